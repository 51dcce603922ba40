"""The users of the panel, read and written in the caller's transaction: one row per user, one per business of a client.

Called by `accounts` and `invites`, so that an invite is used up together with the account that it makes.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.connections.credentials import is_readable, is_slug
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.policy import Role
from clarity_pipeline.state.schema.connections import business_config
from clarity_pipeline.state.schema.panel import panel_memberships, panel_sign_ins, panel_users

_u, _m = panel_users.c, panel_memberships.c
_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,190}\.[^@\s.]{2,60}")

_LONGEST_NAME = 100


class InvalidAccount(ClarityPipelineError):
    """An e-mail address, a name, a role or a business of an account that cannot be; nothing was stored."""

    reason = "invalid_account"


class InvalidZone(InvalidAccount):
    """No time zone has that name."""

    field = "time_zone"


class UnknownAccount(ClarityPipelineError):
    """No user has that number."""

    reason = "unknown_account"


@dataclass(frozen=True, slots=True)
class User:
    """An account without its password; `business_ids` matter for clients alone."""

    user_id: int
    email: str
    name: str
    role: Role
    business_ids: tuple[str, ...]
    disabled_at: datetime | None
    created_at: datetime
    password_changed_at: datetime
    password_is_known: bool
    """False where a provider made the account and nobody has set a password since."""
    time_zone: str | None = None
    """In which they read instants; None: UTC."""


def clean_email(text: str) -> str:
    """Lower case and without blanks around; `InvalidAccount` when it is no address. The text is not repeated: people mistype.

    A letter that only becomes one of ASCII in lower case, as the sign of Kelvin becomes k, would be somebody else's address.
    """
    email = text.strip().lower()
    if not _EMAIL.fullmatch(email) or (email.isascii() and not text.strip().isascii()):
        raise InvalidAccount("That is no e-mail address; write it like maria@example.com")
    return email


def clean_name(text: str) -> str:
    """One line of at most 100 characters."""
    name = " ".join(text.split())
    if not 1 <= len(name) <= _LONGEST_NAME or not is_readable(name):
        raise InvalidAccount(f"A name has 1 to {_LONGEST_NAME} characters; write it as colleagues would")
    return name


def create_user(
    connection: sa.Connection,
    *,
    email: str,
    name: str,
    role: Role,
    password_phc: str,
    business_ids: Collection[str],
    now: datetime,
    password_is_known: bool = True,
) -> User:
    """In the caller's transaction, so that an invite is used up together with it."""
    values: dict[str, Any] = {"email": email, "name": clean_name(name), "role": role, "password_phc": password_phc}
    if connection.scalar(sa.select(sa.exists().where(_u.email == email))):
        raise InvalidAccount("There is an account with that e-mail address already; sign in with it, or change it under People")
    values |= {"created_at": now, "password_changed_at": now, "password_is_known": password_is_known}
    user_id: int = connection.execute(sa.insert(panel_users).values(**values).returning(_u.user_id)).scalar_one()
    set_memberships(connection, user_id, business_ids if role == "client" else ())
    return get_user(connection, user_id)


def reset_user(connection: sa.Connection, user_id: int, *, name: str, password_phc: str, now: datetime) -> User:
    """In the caller's transaction: a known user's name and password anew; every sign-in of theirs ends."""
    user = get_user(connection, user_id)
    if user.disabled_at is not None:
        raise InvalidAccount("This account is disabled; ask your agency")
    values = {"name": clean_name(name), "password_phc": password_phc, "password_changed_at": now, "password_is_known": True}
    connection.execute(sa.update(panel_users).where(_u.user_id == user_id).values(**values))
    end_sign_ins(connection, user_id)
    return get_user(connection, user_id)


def check_businesses(connection: sa.Connection, business_ids: Collection[str]) -> tuple[str, ...]:
    """Sorted, each one known; else `InvalidAccount`."""
    wanted = sorted(set(business_ids))
    slugs = [each for each in wanted if is_slug(each)]  # Postgres takes no NUL in a text, not even to look for it
    known = set(connection.scalars(sa.select(business_config.c.business_id).where(business_config.c.business_id.in_(slugs))))
    if known != set(wanted):
        raise InvalidAccount("A business of that list does not exist; choose from those that are connected")
    return tuple(wanted)


def set_memberships(connection: sa.Connection, user_id: int, business_ids: Collection[str]) -> None:
    """Replace a client's businesses."""
    wanted = check_businesses(connection, business_ids)
    connection.execute(sa.delete(panel_memberships).where(_m.user_id == user_id))
    for business_id in wanted:
        connection.execute(sa.insert(panel_memberships).values(user_id=user_id, business_id=business_id))


def read_users(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> list[User]:
    """By address, each with the businesses of a client."""
    own: dict[int, list[str]] = {}
    for row in connection.execute(sa.select(panel_memberships).order_by(_m.business_id)):
        own.setdefault(row.user_id, []).append(row.business_id)
    columns = [column for column in panel_users.columns if column.name != "password_phc"]
    rows = connection.execute(sa.select(*columns).where(*where).order_by(_u.email)).mappings()
    return [User(**row, business_ids=tuple(own.get(row["user_id"], ()))) for row in rows]


def get_user(connection: sa.Connection, user_id: int) -> User:
    """One user, or `UnknownAccount`."""
    found = read_users(connection, _u.user_id == user_id)
    if not found:
        raise UnknownAccount("There is no such account; go back to People")
    return found[0]


def end_sign_ins(connection: sa.Connection, user_id: int) -> None:
    """Sign the user out wherever they are signed in."""
    connection.execute(sa.delete(panel_sign_ins).where(panel_sign_ins.c.user_id == user_id))
