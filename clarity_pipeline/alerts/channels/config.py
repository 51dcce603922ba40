"""What a kind of channel needs to reach its receiver, as the one text that is sealed: addresses, secrets, recipients.

Each kind is a file beside this one with a frozen dataclass, whose fields say how they are given: `option` at the command line,
`secret` never there but asked for, or a line of a file. The file's class is registered in `kinds.KINDS`; the command line, the
store and the sentences about failures are made from these classes. Nothing of a configuration may be shown but `hint`: at most
receivers who knows the address may post.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, ClassVar, Self

from clarity_pipeline.alerts.channels.channel import Channel
from clarity_pipeline.errors import ClarityPipelineError


class InvalidChannel(ClarityPipelineError):
    """What was given cannot be a channel; nothing was stored."""

    reason = "invalid_channel"


@dataclass(frozen=True, slots=True)
class Option:
    """How a field is given at the command line. One flag means the same in every kind that has it."""

    flag: str
    metavar: str
    help: str
    choices: tuple[str, ...] = ()
    is_repeated: bool = False
    is_port: bool = False


@dataclass(frozen=True, slots=True)
class Secret:
    """A field that is no argument: what it is called when it is asked for, and whether it may be left out."""

    asked_as: str
    may_be_empty: bool = False


def option(flag: str, metavar: str, help: str, *, default: Any = MISSING, **how: Any) -> Any:
    """A field of a configuration that is given at the command line; without a default it must be."""
    if how.get("is_repeated"):
        default = ()
    return field(default=default, repr=False, metadata={"option": Option(flag, metavar, help, **how)})


def secret(asked_as: str, *, may_be_empty: bool = False) -> Any:
    """A field that is sealed and asked for without echo."""
    return field(default=None, repr=False, metadata={"secret": Secret(asked_as, may_be_empty)})


@dataclass(frozen=True, kw_only=True)
class ChannelConfig(ABC):
    """The configuration of one channel; `about` is what its kind is, for the help."""

    kind: ClassVar[str]
    about: ClassVar[str]
    for_actions: ClassVar[bool] = False
    """It gets recommendations and no news."""

    where_to_look: ClassVar[str | None] = None
    """Where a person looks for a message that was taken and did not arrive; None where taken is arrived."""

    meanings: ClassVar[Mapping[str, str]] = {}
    """What the codes of its own failures mean and what to do."""

    ca_file: str | None = option(
        "--ca-file", "FILE", "The authority (PEM) of a receiver with a certificate of the house.", default=None
    )

    @property
    @abstractmethod
    def hint(self) -> str:
        """What people may see."""

    @abstractmethod
    def open(self, *, allowed: frozenset[str]) -> Channel:
        """The channel itself; raise `WebhookUrlRefused` where the deployment no longer allows its address."""

    def checked(self, *, allowed: frozenset[str]) -> Self:  # noqa: ARG002 - for the kinds
        """As it will be used, or one of the errors that say what to change; nothing is resolved or sent."""
        for name, known in options_of(type(self)).items():
            if not known.is_repeated and isinstance(value := getattr(self, name), str) and not value.isprintable():
                raise InvalidChannel(f"{known.flag} must be one line of printable characters")
        if self.ca_file is None:
            return self
        if not Path(self.ca_file).is_file():
            raise InvalidChannel("the file of --ca-file is not there; give a PEM file with the authority's certificate")
        return replace(self, ca_file=str(Path(self.ca_file).absolute()))

    def before_secrets(self, *, allowed: frozenset[str]) -> Self:  # noqa: ARG002 - for the kinds
        """It, or what is wrong with it that can be said before anybody is asked for a secret."""
        return self

    def wanted_secrets(self) -> tuple[str, ...]:
        """The secret fields that it takes as it is set, in the order in which they are asked for and stand in a file."""
        return tuple(secrets_of(type(self)))

    def with_made_secrets(self) -> tuple[Self, str | None]:
        """It, with what nobody gave made up, and a sentence that shows that once."""
        return self, None

    @classmethod
    def from_stored(cls, found: Mapping[str, Any]) -> Self:
        """What was sealed, by this version or an earlier one."""
        known: dict[str, Any] = {name: found[name] for name in (each.name for each in fields(cls)) if name in found}
        return cls(**known | {name: tuple(value) for name, value in known.items() if isinstance(value, list)})


def options_of(kind: type[ChannelConfig]) -> dict[str, Option]:
    """The fields that are given at the command line."""
    return {each.name: each.metadata["option"] for each in fields(kind) if "option" in each.metadata}


def secrets_of(kind: type[ChannelConfig]) -> dict[str, Secret]:
    """The fields that are asked for."""
    return {each.name: each.metadata["secret"] for each in fields(kind) if "secret" in each.metadata}


def required_of(kind: type[ChannelConfig]) -> dict[str, Option]:
    """The options that a new channel cannot do without."""
    return {name: known for name, known in options_of(kind).items() if kind.__dataclass_fields__[name].default is MISSING}
