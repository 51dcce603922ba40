"""Who may sign in: users with their role, and the businesses of each client.

Called by the sign-in, invite and people pages and by the command line. A user is disabled, never deleted; whatever makes a user
less than before (disabled, another role, fewer businesses) counts from the next request on, because `sign_ins` reads this table
each time. Every change is in the audit log, written in its transaction.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.connections.audit import PIPELINE, Action, Actor, note
from clarity_pipeline.connections.credentials import is_slug
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.policy import Role
from clarity_pipeline.settings import Clock
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.connections import business_config
from clarity_pipeline.state.schema.panel import panel_invites, panel_memberships, panel_sign_ins, panel_users

_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,190}\.[^@\s.]{2,60}")
_LONGEST_NAME = 100
_u, _m = panel_users.c, panel_memberships.c


class InvalidAccount(ClarityPipelineError):
    """An e-mail address, a name, a role or a business of an account that cannot be; nothing was stored."""

    reason = "invalid_account"


class UnknownAccount(ClarityPipelineError):
    """No user has that number."""

    reason = "unknown_account"


class LastAdmin(ClarityPipelineError):
    """Nobody would be left to let people in."""

    reason = "last_admin"


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


class Accounts:
    """The users of one state database."""

    def __init__(self, state: StateDatabase, *, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def all(self) -> list[User]:
        """Everybody, by address, the disabled ones too."""
        with self._state.read() as connection:
            return _users(connection)

    def get(self, user_id: int) -> User:
        """One user, or `UnknownAccount`."""
        with self._state.read() as connection:
            return _get(connection, user_id)

    def credentials(self, email: str) -> tuple[int, str] | None:
        """User and PHC string to verify a password with; None for an unknown or disabled one."""
        try:
            found = clean_email(email)
        except InvalidAccount:
            return None
        with self._state.read() as connection:
            query = sa.select(_u.user_id, _u.password_phc).where(_u.email == found, _u.disabled_at.is_(None))
            row = connection.execute(query).one_or_none()
        return None if row is None else (row.user_id, row.password_phc)

    def create(
        self,
        email: str,
        *,
        name: str,
        role: Role,
        password_phc: str,
        business_ids: Collection[str] = (),
        actor: Actor = PIPELINE,
    ) -> User:
        """A new user; `InvalidAccount` when the address is taken."""
        given: dict[str, Any] = {"name": name, "role": role, "password_phc": password_phc, "business_ids": business_ids}
        with self._state.write() as connection:
            user = create_user(connection, email=clean_email(email), now=self._clock(), **given)
            return self._noted(connection, "account_made", user, actor)

    def set_password(self, user_id: int, password_phc: str, *, actor: Actor = PIPELINE) -> None:
        """Another password; every sign-in of the user ends, and every link to set another."""
        with self._state.write() as connection:
            note(
                connection,
                "password_changed",
                at=self._clock(),
                business_id=None,
                actor=actor,
                account=_get(connection, user_id).email,
            )
            values = {"password_phc": password_phc, "password_changed_at": self._clock()}
            connection.execute(sa.update(panel_users).where(_u.user_id == user_id).values(**values))
            connection.execute(sa.delete(panel_invites).where(panel_invites.c.user_id == user_id))
            _end_sign_ins(connection, user_id)

    def rehash(self, user_id: int, password_phc: str, *, instead_of: str) -> None:
        """The same password under today's parameters, unless it was changed meanwhile."""
        same = (_u.user_id == user_id, _u.password_phc == instead_of)
        with self._state.write() as connection:
            connection.execute(sa.update(panel_users).where(*same).values(password_phc=password_phc))

    def set_role(self, user_id: int, role: Role, *, business_ids: Collection[str] = (), actor: Actor = PIPELINE) -> User:
        """Another role, and for a client their businesses; never so that no admin is left.

        Who is an admin no more has no open links out: somebody could come in by them whom nobody would invite now.
        """
        with self._state.write() as connection:
            user = _get(connection, user_id)
            if role != "agency_admin":
                _keep_an_admin(connection, user)
                _end_links_by(connection, user_id)
            connection.execute(sa.update(panel_users).where(_u.user_id == user_id).values(role=role))
            set_memberships(connection, user_id, business_ids if role == "client" else ())
            changed = _get(connection, user_id)
            return changed if changed == user else self._noted(connection, "role_changed", changed, actor)

    def disable(self, user_id: int, *, actor: Actor = PIPELINE) -> User:
        """Let nobody sign in as this user, end who is, and the open links that they made; never the last admin."""
        with self._state.write() as connection:
            user = _get(connection, user_id)
            _keep_an_admin(connection, user)
            _end_sign_ins(connection, user_id)
            _end_links_by(connection, user_id)
            if user.disabled_at is not None:
                return user
            connection.execute(sa.update(panel_users).where(_u.user_id == user_id).values(disabled_at=self._clock()))
            return self._noted(connection, "account_disabled", _get(connection, user_id), actor)

    def enable(self, user_id: int, *, actor: Actor = PIPELINE) -> User:
        """Let them sign in again, with the password that they had."""
        with self._state.write() as connection:
            user = _get(connection, user_id)
            if user.disabled_at is None:
                return user
            connection.execute(sa.update(panel_users).where(_u.user_id == user_id).values(disabled_at=None))
            return self._noted(connection, "account_enabled", _get(connection, user_id), actor)

    def _noted(self, connection: sa.Connection, action: Action, user: User, actor: Actor) -> User:
        own: dict[str, Any] = {"account": user.email, "role": user.role, "businesses": list(user.business_ids) or None}
        note(connection, action, at=self._clock(), business_id=None, actor=actor, **own)
        return user


def clean_email(text: str) -> str:
    """Lower case and without blanks around; `InvalidAccount` when it is no address. The text is not repeated: people mistype."""
    email = text.strip().lower()
    if not _EMAIL.fullmatch(email):
        raise InvalidAccount("That is no e-mail address; write it like maria@example.com")
    return email


def clean_name(text: str) -> str:
    """One line of at most 100 characters."""
    name = " ".join(text.split())
    if not 1 <= len(name) <= _LONGEST_NAME or not name.isprintable():
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
) -> User:
    """In the caller's transaction, so that an invite is used up together with it."""
    values: dict[str, Any] = {"email": email, "name": clean_name(name), "role": role, "password_phc": password_phc}
    if connection.scalar(sa.select(sa.exists().where(_u.email == email))):
        raise InvalidAccount("There is an account with that e-mail address already; sign in with it, or change it under People")
    values |= {"created_at": now, "password_changed_at": now}
    user_id: int = connection.execute(sa.insert(panel_users).values(**values).returning(_u.user_id)).scalar_one()
    set_memberships(connection, user_id, business_ids if role == "client" else ())
    return _get(connection, user_id)


def reset_user(connection: sa.Connection, user_id: int, *, name: str, password_phc: str, now: datetime) -> User:
    """In the caller's transaction: a known user's name and password anew; every sign-in of theirs ends."""
    user = _get(connection, user_id)
    if user.disabled_at is not None:
        raise InvalidAccount("This account is disabled; ask your agency")
    values = {"name": clean_name(name), "password_phc": password_phc, "password_changed_at": now}
    connection.execute(sa.update(panel_users).where(_u.user_id == user_id).values(**values))
    _end_sign_ins(connection, user_id)
    return _get(connection, user_id)


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


def _users(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> list[User]:
    own: dict[int, list[str]] = {}
    for row in connection.execute(sa.select(panel_memberships).order_by(_m.business_id)):
        own.setdefault(row.user_id, []).append(row.business_id)
    columns = [column for column in panel_users.columns if column.name != "password_phc"]
    rows = connection.execute(sa.select(*columns).where(*where).order_by(_u.email)).mappings()
    return [User(**row, business_ids=tuple(own.get(row["user_id"], ()))) for row in rows]


def _get(connection: sa.Connection, user_id: int) -> User:
    found = _users(connection, _u.user_id == user_id)
    if not found:
        raise UnknownAccount("There is no such account; go back to People")
    return found[0]


def _keep_an_admin(connection: sa.Connection, user: User) -> None:
    others = (_u.role == "agency_admin", _u.disabled_at.is_(None), _u.user_id != user.user_id)
    if user.role == "agency_admin" and not connection.scalar(sa.select(sa.exists().where(*others))):
        raise LastAdmin("This is the only admin, and nobody could let people in afterwards; make somebody else an admin first")


def _end_links_by(connection: sa.Connection, user_id: int) -> None:
    open_ones = (panel_invites.c.invited_by == user_id, panel_invites.c.accepted_at.is_(None))
    connection.execute(sa.delete(panel_invites).where(*open_ones))


def _end_sign_ins(connection: sa.Connection, user_id: int) -> None:
    connection.execute(sa.delete(panel_sign_ins).where(panel_sign_ins.c.user_id == user_id))
