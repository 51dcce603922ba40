"""Who may sign in: users with their role, and the businesses of each client.

Called by `front_door` and `panel create-admin`, and by the pages through `panel`. A user is disabled, never deleted; whatever
makes a user less than before (disabled, another role, fewer businesses) counts from the next request on, because `sign_ins`
reads this table each time. Every change is in the audit log, written in its transaction.
"""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.connections.audit import PIPELINE, Actor, note
from clarity_pipeline.connections.audit_sentences import Action
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.normalize.ad_account import time_zone
from clarity_pipeline.panel.access.policy import Role
from clarity_pipeline.panel.access.users import (
    InvalidAccount,
    InvalidZone,
    User,
    clean_email,
    create_user,
    end_sign_ins,
    get_user,
    read_users,
    set_memberships,
)
from clarity_pipeline.settings.settings import Clock
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.connections import business_config
from clarity_pipeline.state.schema.panel import panel_invites, panel_memberships, panel_users

_u, _m, _b = panel_users.c, panel_memberships.c, business_config.c


class LastAdmin(ClarityPipelineError):
    """Nobody would be left to let people in."""

    reason = "last_admin"


class Accounts:
    """The users of one state database."""

    def __init__(self, state: StateDatabase, *, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def all(self) -> list[User]:
        """Everybody, by address, the disabled ones too."""
        with self._state.read() as connection:
            return read_users(connection)

    def get(self, user_id: int) -> User:
        """One user, or `UnknownAccount`."""
        with self._state.read() as connection:
            return get_user(connection, user_id)

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

    def password_of(self, user_id: int) -> str | None:
        """The PHC string of somebody who may sign in, else None."""
        with self._state.read() as connection:
            query = sa.select(_u.password_phc).where(_u.user_id == user_id, _u.disabled_at.is_(None))
            found: str | None = connection.scalar(query)
            return found

    def businesses_of(self, role: Role, business_ids: Collection[str]) -> list[str]:
        """Ids and names of a client's businesses, or of all for the agency: words that no password of theirs is made of."""
        theirs = (_b.business_id.in_(business_ids),) if role == "client" else ()
        with self._state.read() as connection:
            rows = connection.execute(sa.select(_b.business_id, _b.name).where(*theirs)).all()
        return [text for row in rows for text in (row.business_id, row.name)]

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
                account=get_user(connection, user_id).email,
            )
            values = {"password_phc": password_phc, "password_changed_at": self._clock(), "password_is_known": True}
            connection.execute(sa.update(panel_users).where(_u.user_id == user_id).values(**values))
            connection.execute(sa.delete(panel_invites).where(panel_invites.c.user_id == user_id))
            end_sign_ins(connection, user_id)

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
            user = get_user(connection, user_id)
            if role != "agency_admin":
                _keep_an_admin(connection, user)
                _end_links_by(connection, user_id)
            connection.execute(sa.update(panel_users).where(_u.user_id == user_id).values(role=role))
            set_memberships(connection, user_id, business_ids if role == "client" else ())
            changed = get_user(connection, user_id)
            return changed if changed == user else self._noted(connection, "role_changed", changed, actor)

    def set_time_zone(self, user_id: int, text: str) -> User:
        """In which zone they read instants; empty for UTC. Raises `InvalidZone`, which names the nearest."""
        try:
            zone = time_zone(text) if text.strip() else None
        except ValueError as wrong:
            raise InvalidZone(f"That {wrong}") from None
        with self._state.write() as connection:
            connection.execute(sa.update(panel_users).where(_u.user_id == user_id).values(time_zone=zone))
            return get_user(connection, user_id)

    def set_email(self, user_id: int, email: str, *, actor: Actor = PIPELINE) -> User:
        """Another address to sign in with; links that went to the one before are good for nothing any more."""
        address = clean_email(email)
        with self._state.write() as connection:
            before = get_user(connection, user_id)
            if address == before.email:
                return before
            if connection.scalar(sa.select(sa.exists().where(_u.email == address))):
                raise InvalidAccount("Somebody else has an account with that address; give another")
            connection.execute(sa.update(panel_users).where(_u.user_id == user_id).values(email=address))
            connection.execute(sa.delete(panel_invites).where(panel_invites.c.user_id == user_id))
            note(
                connection,
                "address_changed",
                at=self._clock(),
                business_id=None,
                actor=actor,
                account=address,
                before=before.email,
            )
            return get_user(connection, user_id)

    def disable(self, user_id: int, *, actor: Actor = PIPELINE) -> User:
        """Let nobody sign in as this user, end who is, and the open links that they made; never the last admin."""
        with self._state.write() as connection:
            user = get_user(connection, user_id)
            _keep_an_admin(connection, user)
            end_sign_ins(connection, user_id)
            _end_links_by(connection, user_id)
            if user.disabled_at is not None:
                return user
            connection.execute(sa.update(panel_users).where(_u.user_id == user_id).values(disabled_at=self._clock()))
            return self._noted(connection, "account_disabled", get_user(connection, user_id), actor)

    def enable(self, user_id: int, *, actor: Actor = PIPELINE) -> User:
        """Let them sign in again, with the password that they had."""
        with self._state.write() as connection:
            user = get_user(connection, user_id)
            if user.disabled_at is None:
                return user
            connection.execute(sa.update(panel_users).where(_u.user_id == user_id).values(disabled_at=None))
            return self._noted(connection, "account_enabled", get_user(connection, user_id), actor)

    def _noted(self, connection: sa.Connection, action: Action, user: User, actor: Actor) -> User:
        own: dict[str, Any] = {"account": user.email, "role": user.role, "businesses": list(user.business_ids) or None}
        note(connection, action, at=self._clock(), business_id=None, actor=actor, **own)
        return user


def _keep_an_admin(connection: sa.Connection, user: User) -> None:
    others = (_u.role == "agency_admin", _u.disabled_at.is_(None), _u.user_id != user.user_id)
    if user.role == "agency_admin" and not connection.scalar(sa.select(sa.exists().where(*others))):
        raise LastAdmin("This is the only admin, and nobody could let people in afterwards; make somebody else an admin first")


def _end_links_by(connection: sa.Connection, user_id: int) -> None:
    open_ones = (panel_invites.c.invited_by == user_id, panel_invites.c.accepted_at.is_(None))
    connection.execute(sa.delete(panel_invites).where(*open_ones))
