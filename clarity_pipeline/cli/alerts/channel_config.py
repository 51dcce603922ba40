"""From what a person gives to `channels add` and `update` to a channel's configuration; and what `channels list` shows of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import click

from clarity_pipeline.alerts.channels.config import (
    SIGNED,
    Config,
    HookConfig,
    InvalidChannel,
    Kind,
    MailConfig,
    usual_port,
)
from clarity_pipeline.alerts.channels.email import Security
from clarity_pipeline.alerts.outbox.channel_store import StoredChannel, open_channels
from clarity_pipeline.cli.alerts.secret_source import ask, secret_lines
from clarity_pipeline.connections.secrets import SecretUnreadable
from clarity_pipeline.home import Home

_OF_MAIL = {
    "recipients": "--to", "sender": "--from", "smtp_host": "--smtp-host", "smtp_port": "--smtp-port",
    "smtp_security": "--smtp-security", "smtp_user": "--smtp-user",
}  # fmt: skip


def new_config(kind: Kind, given: Mapping[str, Any], secret_file: str | None) -> Config:
    """The configuration of a channel to be; what is secret comes from the file, or is asked for."""
    if kind != "email":
        _refuse_mail_options(given)
        url, secret = _hook_secrets(kind, secret_file)
        return HookConfig(url=url, secret=secret, ca_file=given["ca_file"])
    if not given["smtp_host"]:
        raise click.UsageError("a channel for e-mail needs a mail server: give --smtp-host HOST")
    if not given["recipients"]:
        raise click.UsageError("a channel for e-mail needs somebody to write to: give --to ADDRESS, once for each")
    sender = given["sender"] or (given["smtp_user"] if "@" in (given["smtp_user"] or "") else None)
    if sender is None:
        raise click.UsageError("a letter needs a sender: give --from ADDRESS")
    if secret_file is not None and not given["smtp_user"]:
        raise click.UsageError("a password is of no use without a user: give --smtp-user NAME")
    security: Security = given["smtp_security"] or "starttls"
    return MailConfig(
        host=given["smtp_host"],
        port=given["smtp_port"] or usual_port(security),
        security=security,
        sender=sender,
        recipients=given["recipients"],
        username=given["smtp_user"],
        password=_password(secret_file) if given["smtp_user"] else None,
        ca_file=given["ca_file"],
    )


def changed_config(kind: Kind, known: Config, given: Mapping[str, Any], *, secret_file: str | None, ask_secret: bool) -> Config:
    """The configuration with what is given in place of what was; a webhook keeps its signing secret when none is given."""
    renews = secret_file is not None or ask_secret
    if isinstance(known, HookConfig):
        _refuse_mail_options(given)
        url, secret = _hook_secrets(kind, secret_file) if renews else (known.url, None)
        return replace(known, url=url, secret=secret or known.secret, ca_file=given["ca_file"] or known.ca_file)
    username = given["smtp_user"] or known.username
    if renews and username is None:
        raise click.UsageError("a password is of no use without a user: give --smtp-user NAME")
    security = given["smtp_security"] or known.security
    port = usual_port(security) if security != known.security else known.port
    return MailConfig(
        host=given["smtp_host"] or known.host,
        port=given["smtp_port"] or port,
        security=security,
        sender=given["sender"] or known.sender,
        recipients=given["recipients"] or known.recipients,
        username=username,
        password=_password(secret_file) if renews else known.password,
        ca_file=given["ca_file"] or known.ca_file,
    )


def row_of(home: Home, stored: StoredChannel) -> dict[str, Any]:
    """What people and programs may see of a channel."""
    try:
        receiver = open_channels(home).config_of(stored).hint
    except SecretUnreadable:
        receiver = "does not open: see `secrets check`"
    return {
        "channel": stored.channel_id,
        "kind": stored.kind,
        "enabled": stored.enabled,
        "disabled_reason": stored.disabled_reason,
        "receiver": receiver,
        "businesses": stored.businesses if isinstance(stored.businesses, str) else list(stored.businesses),
        "min_severity": stored.min_severity,
        "mode": stored.mode,
        "created_at": stored.created_at,
        "updated_at": stored.updated_at,
    }


def _refuse_mail_options(given: Mapping[str, Any]) -> None:
    for name, option in _OF_MAIL.items():
        if given[name]:
            raise click.UsageError(f"{option} is for e-mail; a webhook needs its address alone, asked for or in --secret-file")


def _hook_secrets(kind: Kind, secret_file: str | None) -> tuple[str, str | None]:
    """Address and signing secret."""
    if secret_file is None:
        url = ask("webhook's address")
        return url, (ask("signing secret, empty for none of your own", may_be_empty=True) or None) if kind in SIGNED else None
    url, *more = secret_lines(secret_file)
    if len(more) > (kind in SIGNED):
        raise InvalidChannel(
            "the secret file must hold the webhook's address in its first line"
            + (", its signing secret in the second or nothing," if kind in SIGNED else "")
            + " and no further line"
        )
    return url, more[0] if more else None


def _password(secret_file: str | None) -> str:
    if secret_file is None:
        return ask("SMTP password")
    password, *more = secret_lines(secret_file)
    if more:
        raise InvalidChannel("the secret file must hold the password in one line and nothing else")
    return password
