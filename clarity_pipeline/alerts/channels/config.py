"""What a stored channel needs to reach its receiver, as the one text that is sealed: addresses, secrets, recipients.

Kept by `alerts.outbox.channel_store`, turned into a channel by `open_channel`. Nothing of it may be shown but `hint`:
at most receivers who knows the address may post.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from clarity_pipeline.alerts.channels.address import parse_address
from clarity_pipeline.alerts.channels.channel import Channel
from clarity_pipeline.alerts.channels.email import PORTS, EmailChannel, Security
from clarity_pipeline.alerts.channels.posting import Hook
from clarity_pipeline.alerts.channels.slack import SlackChannel
from clarity_pipeline.alerts.channels.teams import TeamsChannel
from clarity_pipeline.alerts.channels.webhook import WebhookChannel, key_of
from clarity_pipeline.errors import ClarityPipelineError

Kind = Literal["email", "slack", "teams", "webhook", "action"]
KINDS: tuple[Kind, ...] = ("email", "slack", "teams", "webhook", "action")
SIGNED: frozenset[Kind] = frozenset({"webhook", "action"})
"""Whose messages carry a signature, always: programs must know that it is we who ask."""

HINT_LETTERS = 4

_MAIL_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}")


class InvalidChannel(ClarityPipelineError):
    """What was given cannot be a channel; nothing was stored."""

    reason = "invalid_channel"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailConfig:
    """An SMTP server, and who writes to whom. `ca_file` names a file with the authority of a house's own certificate."""

    host: str = field(repr=False)
    port: int = field(repr=False)
    security: Security
    sender: str = field(repr=False)
    recipients: tuple[str, ...] = field(repr=False)
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None

    @property
    def hint(self) -> str:
        """What people may see."""
        return f"{self.host}, {len(self.recipients)} recipient{'s' * (len(self.recipients) != 1)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HookConfig:
    """A webhook's address and, where messages are signed, the secret."""

    url: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)
    ca_file: str | None = None

    @property
    def hint(self) -> str:
        """What people may see."""
        parts = urlsplit(self.url)
        tail = parts.path.strip("/") + parts.query
        return f"{parts.hostname} …{self.url[-HINT_LETTERS:]}" if len(tail) >= 4 * HINT_LETTERS else str(parts.hostname)


Config = MailConfig | HookConfig


def checked(kind: Kind, config: Config, *, allowed: frozenset[str]) -> Config:
    """The configuration as it will be used, or one of the errors that say what to change; nothing is resolved or sent."""
    if config.ca_file is not None:
        config = replace(config, ca_file=str(Path(config.ca_file).absolute()))
        if not Path(str(config.ca_file)).is_file():
            raise InvalidChannel("the file of --ca-file is not there; give a PEM file with the authority's certificate")
    if isinstance(config, HookConfig):
        parse_address(config.url, allowed=allowed)
        if config.secret is not None or kind in SIGNED:
            key_of(config.secret or "")
        return config
    for address, option in ((config.sender, "--from"), *((each, "--to") for each in config.recipients)):
        if not _MAIL_ADDRESS.fullmatch(address):
            raise InvalidChannel(f"{option} must be a plain e-mail address such as alerts@agency.example")
    if not config.recipients:
        raise InvalidChannel("a channel for e-mail needs somebody to write to: give --to ADDRESS, once for each")
    if not _HOST.fullmatch(config.host):
        raise InvalidChannel("--smtp-host must be the name of a mail server such as smtp.agency.example")
    return config


def as_text(config: Config) -> str:
    """What is sealed."""
    return json.dumps(asdict(config))


def from_text(kind: Kind, text: str) -> Config:
    """What was sealed."""
    found: Mapping[str, Any] = json.loads(text)
    if kind == "email":
        return MailConfig(**{**found, "recipients": tuple(found["recipients"])})
    return HookConfig(**found)


def open_channel(kind: Kind, config: Config, *, allowed: frozenset[str]) -> Channel:
    """The channel itself; raise `WebhookUrlRefused` where the deployment no longer allows its address."""
    if isinstance(config, MailConfig):
        return EmailChannel(**{name: getattr(config, name) for name in MailConfig.__dataclass_fields__})
    hook = Hook(parse_address(config.url, allowed=allowed), ca_file=config.ca_file)
    if kind == "slack":
        return SlackChannel(hook)
    return TeamsChannel(hook) if kind == "teams" else WebhookChannel(hook, config.secret)


def usual_port(security: Security) -> int:
    """587 for STARTTLS, 465 for TLS from the start."""
    return PORTS[security]
