"""Who somebody is at the provider of OpenID Connect, by its own name for them; an address only leads to the first meeting.

Called by `openid`. Nobody gets in who was not invited: the first time an address that the provider says it has verified must be
that of an account, or of an open invite, which is used up. From then on the name alone counts, so that an address which is given
to somebody else later lets nobody into the account of before. Who unlinks a provider keeps that name out until they allow it
again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.connections.audit import Actor, note
from clarity_pipeline.connections.audit_sentences import Action
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.invites import take_open_invite
from clarity_pipeline.panel.access.users import InvalidAccount, clean_email, clean_name, create_user, get_user
from clarity_pipeline.settings.settings import Clock
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.panel import panel_identities, panel_users

_i, _u = panel_identities.c, panel_users.c

_TRUE = frozenset({"true", "1"})


class LastWayIn(ClarityPipelineError):
    """Without that provider nobody could get into the account."""

    reason = "last_way_in"


class NotInvited(ClarityPipelineError):
    """The provider knows them; nobody has invited them here, or the account is disabled."""

    reason = "not_invited"


@dataclass(frozen=True, slots=True)
class Person:
    """What is taken of the claims: `email` is None unless the provider says that it has verified it."""

    issuer: str
    subject: str
    email: str | None
    name: str

    @classmethod
    def of(cls, claims: Mapping[str, Any], *, issuer: str) -> "Person":
        """`email_verified`, or at Microsoft `xms_edov`: its `email` may be anything that an owner of some tenant has typed."""
        verified = any(str(claims.get(name, "")).lower() in _TRUE for name in ("email_verified", "xms_edov"))
        given, name = claims.get("email"), claims.get("name")
        try:
            email = clean_email(given) if verified and isinstance(given, str) else None
        except InvalidAccount:
            email = None
        return cls(issuer, str(claims["sub"]), email, name if isinstance(name, str) and name else email or "")


@dataclass(frozen=True, slots=True)
class Linked:
    """A provider that signs somebody in, or did until it was unlinked (`ended_at`)."""

    issuer: str
    made_at: datetime
    ended_at: datetime | None

    @property
    def host(self) -> str:
        """How people know it."""
        return _host(self.issuer)


@dataclass(frozen=True, slots=True)
class Identities:
    """Those of one state database."""

    state: StateDatabase
    clock: Clock

    def of(self, user_id: int) -> list[Linked]:
        """Of each provider the one that counts: what is linked, else what was unlinked last."""
        query = sa.select(_i.issuer, _i.made_at, _i.ended_at).where(_i.user_id == user_id)
        by_end = query.order_by(_i.issuer, _i.ended_at.is_not(None), _i.ended_at.desc())
        found: dict[str, Linked] = {}
        with self.state.read() as connection:
            for row in connection.execute(by_end).mappings():
                found.setdefault(row["issuer"], Linked(**row))
        return list(found.values())

    def unlink(self, user_id: int, issuer: str, *, actor: Actor) -> bool:
        """Have it open nothing any more; whether it did. Raises `LastWayIn` where nobody knows a password of the account."""
        theirs = (_i.user_id == user_id, _i.issuer == issuer, _i.ended_at.is_(None))
        with self.state.write() as connection:
            if not connection.scalar(sa.select(sa.exists().where(*theirs))):
                return False
            if not get_user(connection, user_id).password_is_known:
                raise LastWayIn("You have no password yet, so this is your only way in: set one by Forgotten your password first")
            connection.execute(sa.update(panel_identities).where(*theirs).values(ended_at=self.clock()))
            self._note(connection, "identity_removed", user_id, issuer, actor)
            return True

    def allow_again(self, user_id: int, issuer: str, *, actor: Actor) -> bool:
        """Undo that for the one that was unlinked last; whether there was one, and none is linked meanwhile."""
        at_issuer = (_i.user_id == user_id, _i.issuer == issuer)
        with self.state.write() as connection:
            last = sa.select(_i.subject).where(*at_issuer, ~_is_linked).order_by(_i.ended_at.desc()).limit(1)
            subject = connection.scalar(last)
            if subject is None or connection.scalar(sa.select(sa.exists().where(*at_issuer, _is_linked))):
                return False
            again = sa.update(panel_identities).where(*at_issuer, _i.subject == subject)
            connection.execute(again.values(ended_at=None))
            self._note(connection, "identity_allowed", user_id, issuer, actor)
            return True

    def user_of(self, person: Person, *, unguessable_phc: str) -> tuple[int, bool]:
        """The number of the account, made of an open invite where it is new, and whether one of before was linked by this.

        Raises `NotInvited`. `unguessable_phc` becomes the password of a new one: nobody knows it, until they set one by a link.
        """
        with self.state.write() as connection:
            known = sa.select(_i.user_id, _i.ended_at).where(_i.issuer == person.issuer, _i.subject == person.subject)
            row = connection.execute(known).one_or_none()
            if row is not None and row.ended_at is not None:
                raise NotInvited(
                    "You have unlinked that account: sign in with your password, and allow it again under Your account"
                )
            user_id, is_linked_now = (row.user_id, False) if row else self._first_meeting(connection, person, unguessable_phc)
            if user_id is None or get_user(connection, user_id).disabled_at is not None:
                raise NotInvited(
                    "You are known there; nobody has invited you here with that address, or it is unverified; ask your agency"
                )
            return int(user_id), is_linked_now

    def _first_meeting(self, connection: sa.Connection, person: Person, phc: str) -> tuple[int | None, bool]:
        if person.email is None:
            return None, False
        user_id = connection.scalar(sa.select(_u.user_id).where(_u.email == person.email))
        now, is_known = self.clock(), user_id is not None
        if user_id is None:
            invite = take_open_invite(connection, person.email, now=now)
            if invite is None:
                return None, False
            given: dict[str, Any] = {"role": invite.role, "business_ids": invite.business_ids, "password_phc": phc}
            own: dict[str, Any] = {"name": _name_of(person), "now": now, "password_is_known": False}
            user_id = create_user(connection, email=person.email, **own, **given).user_id
            who = f"invite:{person.email}"
            note(connection, "invite_accepted", at=now, business_id=None, actor=who, account=person.email)
        elif connection.scalar(sa.select(sa.exists().where(_i.issuer == person.issuer, _i.user_id == user_id, _is_linked))):
            return None, False  # somebody else has the address now
        row = {"issuer": person.issuer, "subject": person.subject, "user_id": user_id, "made_at": now}
        connection.execute(sa.insert(panel_identities).values(**row))
        self._note(connection, "identity_added", user_id, person.issuer, f"openid:{get_user(connection, user_id).email}")
        return int(user_id), is_known

    def _note(self, connection: sa.Connection, action: Action, user_id: int, issuer: str, actor: Actor) -> None:
        account = get_user(connection, user_id).email
        note(connection, action, at=self.clock(), business_id=None, actor=actor, account=account, issuer=_host(issuer))


_is_linked = _i.ended_at.is_(None)


def _host(issuer: str) -> str:
    return issuer.partition("//")[2].partition("/")[0]


def _name_of(person: Person) -> str:
    try:
        return clean_name(person.name)
    except InvalidAccount:
        return str(person.email)[:100]
