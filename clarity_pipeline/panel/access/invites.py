"""One-time links with which people set their own name and password: nobody else ever knows it, nobody mails it.

Made by the people page and the command line, used up by `front_door`. A link is valid for 72 hours and once; a newer one for the
same address ends the older. One that was made for a known user sets their password anew and changes nothing else of them.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.connections.audit import PIPELINE, Actor, note
from clarity_pipeline.connections.audit_sentences import Action
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.policy import Role
from clarity_pipeline.panel.access.secret_links import digest, new_secret
from clarity_pipeline.panel.access.users import InvalidAccount, User, check_businesses, clean_email, create_user, reset_user
from clarity_pipeline.settings.settings import Clock
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.panel import panel_invites, panel_users

VALID = timedelta(hours=72)
VALID_BY_MAIL = timedelta(hours=1)
_i, _u = panel_invites.c, panel_users.c


class InviteOver(ClarityPipelineError):
    """The link was used, replaced, taken back or is older than 72 hours, or it never was one."""

    reason = "invite_over"


@dataclass(frozen=True, slots=True)
class Invite:
    """An open invite without its secret; `user_id` is somebody who is known already and gets a new password."""

    invite_id: int
    email: str
    role: Role
    business_ids: tuple[str, ...]
    user_id: int | None
    expires_at: datetime


class Invites:
    """The invites of one state database."""

    def __init__(self, state: StateDatabase, *, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def make(
        self,
        email: str,
        *,
        role: Role,
        business_ids: Collection[str] = (),
        actor: Actor = PIPELINE,
        invited_by: int | None = None,
    ) -> str:
        """The secret of a link for somebody new; `InvalidAccount` for who has an account, or a client without a business."""
        address = clean_email(email)
        if role == "client" and not business_ids:
            raise InvalidAccount("A client sees their own businesses alone: choose at least one")
        with self._state.write() as connection:
            if connection.scalar(sa.select(sa.exists().where(_u.email == address))):
                raise InvalidAccount("There is an account with that address already; give them a new password link instead")
            known = check_businesses(connection, business_ids if role == "client" else ())
            own: dict[str, Any] = {"role": role, "businesses": list(known) or None}
            note(connection, "invited", at=self._clock(), business_id=None, actor=actor, account=address, **own)
            return self._make(connection, email=address, role=role, business_ids=list(known), invited_by=invited_by)

    def make_for(self, user: User, *, actor: Actor = PIPELINE, invited_by: int | None = None) -> str:
        """The secret of a link with which a known user sets a new password."""
        if user.disabled_at is not None:
            raise InvalidAccount("This account is disabled; enable it before its password is set anew")
        with self._state.write() as connection:
            who: dict[str, Any] = {"email": user.email, "role": user.role, "user_id": user.user_id}
            note(connection, "password_link_made", at=self._clock(), business_id=None, actor=actor, account=user.email)
            return self._make(connection, **who, business_ids=[], invited_by=invited_by)

    def make_reset(self, email: str) -> str | None:
        """The secret of a link for who has forgotten their password, good for an hour; None where nobody has that address.

        Older links stay good: a stranger who asks must not end what an admin made.
        """
        with self._state.write() as connection:
            query = sa.select(_u.user_id, _u.role).where(_u.email == email, _u.disabled_at.is_(None))
            row = connection.execute(query).one_or_none()
            if row is None:
                return None
            over = (_i.user_id == row.user_id, _i.accepted_at.is_(None), _i.expires_at <= self._clock())
            connection.execute(sa.delete(panel_invites).where(*over))
            who: dict[str, Any] = {"email": email, "role": row.role, "user_id": row.user_id, "business_ids": []}
            return self._insert(connection, **who, invited_by=None, valid=VALID_BY_MAIL)

    def look(self, secret: str) -> Invite:
        """The open invite of a link, or `InviteOver`."""
        with self._state.read() as connection:
            return self._open(connection, secret)

    def accept(self, secret: str, *, name: str, password_phc: str) -> User:
        """Use it up and make the user (or set their password), in one transaction: of two who try at once one is told no."""
        with self._state.write() as connection:
            invite = self._open(connection, secret)
            used = {"accepted_at": self._clock()}
            connection.execute(sa.update(panel_invites).where(_i.invite_id == invite.invite_id).values(**used))
            now = self._clock()
            done: Action = "password_changed" if invite.user_id is not None else "invite_accepted"
            note(connection, done, at=now, business_id=None, actor=f"invite:{invite.email}", account=invite.email)
            if invite.user_id is not None:
                others = (_i.user_id == invite.user_id, _i.accepted_at.is_(None))
                connection.execute(sa.delete(panel_invites).where(*others))
                return reset_user(connection, invite.user_id, name=name, password_phc=password_phc, now=now)
            given: dict[str, Any] = {"role": invite.role, "business_ids": invite.business_ids, "password_phc": password_phc}
            return create_user(connection, email=invite.email, name=name, now=now, **given)

    def open_ones(self) -> list[Invite]:
        """Those that can still be used, the oldest first."""
        with self._state.read() as connection:
            rows = connection.execute(_COLUMNS.where(*self._is_open()).order_by(_i.invite_id))
            return [_invite(row) for row in rows]

    def take_back(self, invite_id: int, *, actor: Actor = PIPELINE) -> None:
        """End one that was not used yet."""
        unused = (_i.invite_id == invite_id, _i.accepted_at.is_(None))
        with self._state.write() as connection:
            if (email := connection.scalar(sa.delete(panel_invites).where(*unused).returning(_i.email))) is not None:
                note(connection, "invite_taken_back", at=self._clock(), business_id=None, actor=actor, account=email)

    def _make(self, connection: sa.Connection, *, email: str, **values: Any) -> str:
        connection.execute(sa.delete(panel_invites).where(_i.email == email, _i.accepted_at.is_(None)))
        return self._insert(connection, email=email, **values, valid=VALID)

    def _insert(self, connection: sa.Connection, *, valid: timedelta, **values: Any) -> str:
        secret, now = new_secret(), self._clock()
        times = {"created_at": now, "expires_at": now + valid}
        connection.execute(sa.insert(panel_invites).values(secret_sha256=digest(secret), **values, **times))
        return secret

    def _open(self, connection: sa.Connection, secret: str) -> Invite:
        row = connection.execute(_COLUMNS.where(_i.secret_sha256 == digest(secret), *self._is_open())).one_or_none()
        if row is None:
            raise InviteOver("This link was used already, taken back, or is too old; ask your agency for a new one")
        return _invite(row)

    def _is_open(self) -> tuple[sa.ColumnElement[bool], ...]:
        return (_i.accepted_at.is_(None), _i.expires_at > self._clock())


def take_open_invite(connection: sa.Connection, email: str, *, now: datetime) -> Invite | None:
    """Use up the open invite of somebody new whose address is proved otherwise, in the caller's transaction; None without one."""
    is_open = (_i.email == email, _i.user_id.is_(None), _i.accepted_at.is_(None), _i.expires_at > now)
    row = connection.execute(_COLUMNS.where(*is_open).order_by(_i.invite_id.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    connection.execute(sa.update(panel_invites).where(_i.invite_id == row.invite_id).values(accepted_at=now))
    return _invite(row)


_COLUMNS = sa.select(_i.invite_id, _i.email, _i.role, _i.business_ids, _i.user_id, _i.expires_at)


def _invite(row: Any) -> Invite:
    return Invite(row.invite_id, row.email, row.role, tuple(row.business_ids), row.user_id, row.expires_at)


def invite_path(secret: str) -> str:
    """Where the link leads; behind the `?`, so that no log has it."""
    return f"/invite?code={secret}"
