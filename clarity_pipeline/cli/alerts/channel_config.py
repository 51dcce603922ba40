"""From what a person gives to `channels add` and `update` to a channel's configuration.

Every option and every question comes from the fields of the kinds (`alerts.channels.config`).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import click

from clarity_pipeline.alerts.channels.config import (
    ChannelConfig,
    InvalidChannel,
    Option,
    options_of,
    required_of,
    secrets_of,
)
from clarity_pipeline.alerts.channels.email import EmailConfig
from clarity_pipeline.alerts.channels.kinds import KINDS, Kind
from clarity_pipeline.cli.alerts.secret_source import ask, secret_lines

Given = Mapping[str, Any]
"""By field: what was given at the command line."""

OPTIONS: Mapping[str, Option] = {name: known for kind in KINDS.values() for name, known in options_of(kind).items()}


def with_kind_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Every option of every kind."""
    for name, known in reversed(list(OPTIONS.items())):
        kinds = [each.kind for each in KINDS.values() if name in options_of(each)]
        whose = "" if len(kinds) == len(KINDS) else f"  [{', '.join(kinds)}]"
        choices = click.Choice(known.choices) if known.choices else click.IntRange(1, 65535) if known.is_port else None
        command = click.option(
            known.flag, name, type=choices, metavar=None if known.choices else known.metavar, multiple=known.is_repeated,
            help=known.help + whose,
        )(command)  # fmt: skip
    return command


def new_config(kind: Kind, given: Given, secret_file: str | None, *, allowed: frozenset[str]) -> ChannelConfig:
    """The configuration of a channel to be; what is secret comes from the file, or is asked for."""
    made, known = KINDS[kind], _own(kind, given)
    for name, needed in required_of(made).items():
        if name not in known:
            raise click.UsageError(f"a channel of kind {kind} needs {needed.flag} {needed.metavar}: {needed.help}")
    if "recipients" in options_of(made) and "recipients" not in known:
        raise click.UsageError("a channel for e-mail needs somebody to write to: give --to ADDRESS, once for each")
    return _with_secrets(made(**known).before_secrets(allowed=allowed), secret_file, is_new=True)


def changed_config(
    kind: Kind, known: ChannelConfig, given: Given, *, secret_file: str | None, ask_secret: bool, allowed: frozenset[str]
) -> ChannelConfig:
    """The configuration with what is given in place of what was.

    A secret that is not given stays as it is; one that the change calls for is asked for.
    """
    own = _own(kind, given)
    if isinstance(known, EmailConfig) and own.keys() & {"host", "port", "security"}:
        known = replace(known, is_from_afar=False)  # who has a shell here vouches for it
    changed = replace(known, **own).before_secrets(allowed=allowed)
    missing = [name for name in changed.wanted_secrets() if not _may_be_empty(changed, name) and getattr(changed, name) is None]
    if secret_file is None and not ask_secret and not missing:
        return changed
    return _with_secrets(changed, secret_file, is_new=False)


def _own(kind: Kind, given: Given) -> dict[str, Any]:
    """What was given, if the kind has it."""
    known = {name: value for name, value in given.items() if name in OPTIONS and value not in (None, ())}
    own = options_of(KINDS[kind])
    for name in known:
        if name not in own:
            kinds = ", ".join(each.kind for each in KINDS.values() if name in options_of(each))
            has = ", ".join(each.flag for each in own.values())
            raise click.UsageError(f"{OPTIONS[name].flag} is for channels of kind {kinds}; one of kind {kind} takes {has}")
    return known


def _with_secrets(config: ChannelConfig, secret_file: str | None, *, is_new: bool) -> ChannelConfig:
    """With what is asked for, or stands in the file, a line each in the same order; what may be empty may be left out."""
    wanted = config.wanted_secrets()
    if not wanted:
        if secret_file is None and is_new:
            return config
        raise click.UsageError("a password is of no use without a user: give --smtp-user NAME")
    if secret_file is None:
        asked = {name: ask(_asked_as(config, name), may_be_empty=_may_be_empty(config, name)) or None for name in wanted}
    else:
        asked = dict(zip(wanted, _lines(config, wanted, secret_file), strict=False))
    return replace(config, **{name: value for name, value in asked.items() if value is not None})


def _lines(config: ChannelConfig, wanted: tuple[str, ...], secret_file: str) -> list[str]:
    lines = secret_lines(secret_file)
    needed = sum(not _may_be_empty(config, name) for name in wanted)
    if not needed <= len(lines) <= len(wanted) or not all(lines):
        said = [_asked_as(config, name) + " (or nothing)" * _may_be_empty(config, name) for name in wanted]
        raise InvalidChannel(f"the secret file must hold, a line each and nothing else: {', '.join(said)}")
    return lines


def _asked_as(config: ChannelConfig, name: str) -> str:
    return secrets_of(type(config))[name].asked_as


def _may_be_empty(config: ChannelConfig, name: str) -> bool:
    return secrets_of(type(config))[name].may_be_empty
