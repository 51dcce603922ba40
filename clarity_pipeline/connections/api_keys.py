"""Keys of programs: the one model for whatever a program may ask us over the network.

Made by an admin, in the panel or at the command line; asked for by the guard of the panel's JSON API. A key is shown once: the
database holds its SHA-256, which needs no slow hash (256 random bits, nothing to guess), and its prefix, by which people know
it. It says what may be done (`scopes`), of which businesses, and until when; it is never changed, only revoked. What is done
with it is in its own name, whoever made it.
"""

import hashlib
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, get_args

import sqlalchemy as sa

from clarity_pipeline.connections.audit import Actor, note
from clarity_pipeline.connections.credentials import is_slug
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.settings.settings import Clock
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.api_keys import api_keys
from clarity_pipeline.state.schema.connections import business_config

Scope = Literal["read", "markers"]
"""`read` what the businesses have; `markers` says that something of theirs was changed, and takes nothing back."""

SCOPES: tuple[Scope, ...] = get_args(Scope)

DAYS, MOST_DAYS = 90, 366
A_MINUTE, MOST_A_MINUTE = 120, 6000
LONGEST_NAME = 100

_MARK = "clp_"
_PREFIX_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
_PREFIX_LENGTH = 8
_KEY = re.compile(rf"{_MARK}[{_PREFIX_LETTERS}]{{{_PREFIX_LENGTH}}}_[A-Za-z0-9_-]{{43}}")
_c = api_keys.c


class InvalidKey(ClarityPipelineError):
    """The key is none of ours, or it is over; which of these is not said."""

    reason = "invalid_key"


class InvalidApiKey(ClarityPipelineError):
    """A key that cannot be made as asked for; nothing was stored."""

    reason = "invalid_api_key"


class UnknownApiKey(ClarityPipelineError):
    """No key has that prefix."""

    reason = "unknown_api_key"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret; `business_ids` is None for one that may ask of every business."""

    key_id: int
    prefix: str
    name: str
    scopes: frozenset[Scope]
    business_ids: frozenset[str] | None
    a_minute: int
    created_by: Actor
    created_at: datetime
    expires_at: datetime
    last_used_on: date | None
    revoked_at: datetime | None

    @property
    def is_agency(self) -> bool:
        """Whether every business is its to see."""
        return self.business_ids is None

    @property
    def actor(self) -> Actor:
        """Who did it, as the audit log and markers name it."""
        return f"key:{self.prefix}"

    def state(self, now: datetime) -> Literal["active", "expired", "revoked"]:
        """Whether it opens anything."""
        if self.revoked_at is not None:
            return "revoked"
        return "active" if self.expires_at > now else "expired"

    def document(self, now: datetime) -> dict[str, Any]:
        """For `--json`."""
        return {
            "prefix": self.prefix,
            "name": self.name,
            "state": self.state(now),
            "scopes": sorted(self.scopes),
            "businesses": None if self.business_ids is None else sorted(self.business_ids),
            "requests_a_minute": self.a_minute,
            "created_by": self.created_by,
            "created_at": self.created_at,
            "expires_at": self.expires_at,
            "last_used_on": self.last_used_on,
            "revoked_at": self.revoked_at,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a new key is to be; checked by `ApiKeys.make`."""

    name: str
    scopes: Collection[str]
    business_ids: Collection[str] | None
    days: int = DAYS
    a_minute: int = A_MINUTE


class ApiKeys:
    """The keys of one state database."""

    def __init__(self, state: StateDatabase, *, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def make(self, wanted: Wanted, *, actor: Actor) -> tuple[str, ApiKey]:
        """The key, which nobody can see again, and what is stored of it; `InvalidApiKey`."""
        values, now = _checked(wanted), self._clock()
        prefix = "".join(secrets.choice(_PREFIX_LETTERS) for _ in range(_PREFIX_LENGTH))
        key = f"{_MARK}{prefix}_{secrets.token_urlsafe(32)}"
        expires_at = now + timedelta(days=wanted.days)
        made = {"created_by": actor, "created_at": now, "expires_at": expires_at}
        with self._state.write() as connection:
            _check_businesses(connection, values["business_ids"])
            row = {**values, **made, "prefix": prefix, "secret_sha256": _digest(key)}
            connection.execute(sa.insert(api_keys).values(**row))
            own = {
                "scopes": values["scopes"],
                "businesses": values["business_ids"],
                "expires_at": expires_at.isoformat(),
            }
            note(connection, "key_made", at=now, business_id=None, actor=actor, key=prefix, **own)
            return key, _found(connection, prefix)

    def all(self) -> list[ApiKey]:
        """Every key that ever was, the newest first."""
        with self._state.read() as connection:
            return [_key(row) for row in connection.execute(sa.select(api_keys).order_by(_c.key_id.desc()))]

    def revoke(self, prefix: str, *, actor: Actor) -> ApiKey:
        """End it, from the next request on; a key that is over stays as it is. Raises `UnknownApiKey`."""
        with self._state.write() as connection:
            found = _found(connection, prefix)
            if found.revoked_at is not None:
                return found
            now = self._clock()
            connection.execute(sa.update(api_keys).where(_c.key_id == found.key_id).values(revoked_at=now))
            note(connection, "key_revoked", at=now, business_id=None, actor=actor, key=found.prefix)
            return _found(connection, found.prefix)

    def holder(self, key: str) -> ApiKey:
        """Whose key it is, or `InvalidKey`; the first use of a UTC day is written down."""
        now, row = self._clock(), None
        if _KEY.fullmatch(key):
            with self._state.read() as connection:
                row = connection.execute(sa.select(api_keys).where(_c.secret_sha256 == _digest(key))).one_or_none()
        if row is None or (found := _key(row)).state(now) != "active":
            raise InvalidKey("That key is unknown, expired or revoked; ask an agency admin for another one")
        if found.last_used_on != now.date():
            with self._state.write() as connection:
                this = _c.key_id == found.key_id
                connection.execute(sa.update(api_keys).where(this).values(last_used_on=now.date()))
        return found


def _checked(wanted: Wanted) -> dict[str, Any]:
    name = " ".join(wanted.name.split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise InvalidApiKey(f"A key has a name of 1 to {LONGEST_NAME} characters, such as the program that uses it")
    if not wanted.scopes or not set(wanted.scopes) <= set(SCOPES):
        raise InvalidApiKey(f"Say what the key is for: {' or '.join(SCOPES)}, or both")
    if wanted.business_ids is not None and not wanted.business_ids:
        raise InvalidApiKey("Choose at least one business, or say that the key is for all of them")
    if not 1 <= wanted.days <= MOST_DAYS:
        raise InvalidApiKey(f"A key is valid for 1 to {MOST_DAYS} days; make the next one before it ends")
    if not 1 <= wanted.a_minute <= MOST_A_MINUTE:
        raise InvalidApiKey(f"A key takes 1 to {MOST_A_MINUTE} requests a minute")
    own = None if wanted.business_ids is None else sorted(set(wanted.business_ids))
    return {"name": name, "scopes": sorted(set(wanted.scopes)), "business_ids": own, "a_minute": wanted.a_minute}


def _check_businesses(connection: sa.Connection, wanted: list[str] | None) -> None:
    if wanted is None:
        return
    slugs = [each for each in wanted if is_slug(each)]  # Postgres takes no NUL in a text, not even to look for it
    query = sa.select(business_config.c.business_id).where(business_config.c.business_id.in_(slugs))
    if set(connection.scalars(query)) != set(wanted):
        raise InvalidApiKey("A business of that list does not exist; choose from those that are connected")


def _found(connection: sa.Connection, prefix: str) -> ApiKey:
    shown = prefix.removeprefix(_MARK).partition("_")[0]
    query = sa.select(api_keys).where(_c.prefix == shown)
    row = connection.execute(query).one_or_none() if shown.isalnum() and shown.isascii() else None
    if row is None:
        raise UnknownApiKey("There is no key with that prefix; `clarity-pipeline keys list` shows them")
    return _key(row)


def _key(row: Any) -> ApiKey:
    values = {name: value for name, value in row._mapping.items() if name != "secret_sha256"}  # noqa: SLF001 - public, by SQLAlchemy
    own = values["business_ids"]
    return ApiKey(**{**values, "scopes": frozenset(values["scopes"]), "business_ids": None if own is None else frozenset(own)})


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
