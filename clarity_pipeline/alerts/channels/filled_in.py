"""From what a person fills in to a channel's configuration: a new one, or one with some of it changed. Pure.

For the panel's forms and its API, whose fields are those of the kind. A secret that is left empty stays as it is; nothing that
was stored is ever given back.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from clarity_pipeline.alerts.channels.config import (
    ChannelConfig,
    InvalidChannel,
    Option,
    Secret,
    options_of,
    required_of,
    secrets_of,
)
from clarity_pipeline.alerts.channels.email import EmailConfig
from clarity_pipeline.alerts.channels.kinds import KINDS, Kind

NOT_FROM_AFAR = frozenset({"ca_file"})
"""Names a file of the machine that sends: for who has a shell there."""


_WHERE = ("host", "port", "security")
"""What says where a mail server is."""


def fields_of(kind: Kind) -> tuple[dict[str, Option], dict[str, Secret]]:
    """What can be filled in of a kind: its options, and its secrets."""
    options = {name: known for name, known in options_of(KINDS[kind]).items() if name not in NOT_FROM_AFAR}
    return options, secrets_of(KINDS[kind])


def known_kind(text: str) -> Kind:
    """The kind of that name, or `InvalidChannel`."""
    if text not in KINDS:
        raise InvalidChannel(f"a channel is of one of these kinds: {', '.join(KINDS)}")
    return text


def filled_in(kind: Kind, given: Mapping[str, Any], *, allowed: frozenset[str]) -> tuple[ChannelConfig, str | None]:
    """A new configuration, and a sentence that shows once what was made up for it; `InvalidChannel` says what is missing."""
    options, secrets = _own(kind, given)
    for name, needed in required_of(KINDS[kind]).items():
        if name not in options:
            raise InvalidChannel(f"{needed.flag} is missing: {needed.help}")
    config = _from_afar(KINDS[kind](**options)).before_secrets(allowed=allowed)
    return _with(config, secrets).with_made_secrets()


def changed(kind: Kind, known: ChannelConfig, given: Mapping[str, Any], *, allowed: frozenset[str]) -> ChannelConfig:
    """The configuration with what is given in place of what was; an option that is given empty is taken away."""
    options, secrets = _own(kind, given)
    named = fields_of(kind)[0]
    needed = required_of(KINDS[kind])
    for name in named.keys() & given.keys():
        if name not in options and name in needed:
            raise InvalidChannel(f"{needed[name].flag} is missing: {needed[name].help}")
    emptied: dict[str, Any] = {
        name: KINDS[kind].__dataclass_fields__[name].default for name in named.keys() & given.keys() - options.keys()
    }
    given_anew = replace(known, **emptied, **options)
    moved = any(getattr(given_anew, name, None) != getattr(known, name, None) for name in _WHERE)
    return _with((_from_afar(given_anew) if moved else given_anew).before_secrets(allowed=allowed), secrets)


def _from_afar(config: ChannelConfig) -> ChannelConfig:
    """A mail server that is named in a browser is held to what webhooks are: public, or listed by whoever runs this."""
    return replace(config, is_from_afar=True) if isinstance(config, EmailConfig) else config


def _with(config: ChannelConfig, secrets: Mapping[str, str]) -> ChannelConfig:
    """With the secrets that are given; what it cannot do without must be there, given or known."""
    known = secrets_of(type(config))
    full = replace(config, **{name: value for name, value in secrets.items() if name in config.wanted_secrets()})
    for name in full.wanted_secrets():
        if getattr(full, name) is None and not known[name].may_be_empty:
            raise InvalidChannel(f"the {known[name].asked_as} is missing")
    return full


def _own(kind: Kind, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """What was given of the kind's options and secrets, in their types; empty is not given."""
    options, secrets = fields_of(kind)
    found: dict[str, Any] = {}
    for name, known in options.items():
        value = given.get(name)
        if known.is_repeated:
            many = tuple(each.strip() for each in value or () if each.strip())
            if many:
                found[name] = many
        elif value is not None and str(value).strip():
            found[name] = _value(known, str(value).strip())
    typed = {name: str(given[name]).strip() for name in secrets if given.get(name) is not None}
    return found, {name: value for name, value in typed.items() if value}


def _value(known: Option, text: str) -> Any:
    if known.choices and text not in known.choices:
        raise InvalidChannel(f"{known.flag} is one of {', '.join(known.choices)}")
    if not known.is_port:
        return text
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 65535):
        raise InvalidChannel(f"{known.flag} is a number from 1 to 65535")
    return int(text)
