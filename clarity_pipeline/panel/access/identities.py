"""Who somebody is at the provider of OpenID Connect, by its own name for them; an address only leads to the first meeting.

Called by `openid`. Nobody gets in who was not invited: the first time an address that the provider says it has verified must be
that of an account, or of an open invite, which is used up. From then on the name alone counts, so that an address which is given
to somebody else later lets nobody into the account of before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.connections.audit import note
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.invites import take_open_invite
from clarity_pipeline.panel.access.users import InvalidAccount, clean_email, clean_name, create_user, get_user
from clarity_pipeline.settings.settings import Clock
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.panel import panel_identities, panel_users

_i, _u = panel_identities.c, panel_users.c

_TRUE = frozenset({"true", "1"})


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
class Identities:
    """Those of one state database."""

    state: StateDatabase
    clock: Clock

    def user_of(self, person: Person, *, unguessable_phc: str) -> int:
        """The number of the account, made of an open invite where it is new; raise `NotInvited`.

        `unguessable_phc` becomes its password: one that nobody knows, until they set one by a link.
        """
        with self.state.write() as connection:
            known = sa.select(_i.user_id).where(_i.issuer == person.issuer, _i.subject == person.subject)
            user_id = connection.scalar(known)
            if user_id is None:
                user_id = self._first_meeting(connection, person, unguessable_phc)
            if user_id is None or get_user(connection, user_id).disabled_at is not None:
                raise NotInvited(
                    "You are known there; nobody has invited you here with that address, or it is unverified; ask your agency"
                )
            return int(user_id)

    def _first_meeting(self, connection: sa.Connection, person: Person, phc: str) -> int | None:
        if person.email is None:
            return None
        user_id = connection.scalar(sa.select(_u.user_id).where(_u.email == person.email))
        now = self.clock()
        if user_id is None:
            invite = take_open_invite(connection, person.email, now=now)
            if invite is None:
                return None
            name = _name_of(person)
            given: dict[str, Any] = {"role": invite.role, "business_ids": invite.business_ids, "password_phc": phc}
            user_id = create_user(connection, email=person.email, name=name, now=now, **given).user_id
            who = f"invite:{person.email}"
            note(connection, "invite_accepted", at=now, business_id=None, actor=who, account=person.email)
        elif connection.scalar(sa.select(sa.exists().where(_i.issuer == person.issuer, _i.user_id == user_id))):
            return None  # somebody else has the address now
        row = {"issuer": person.issuer, "subject": person.subject, "user_id": user_id, "made_at": now}
        connection.execute(sa.insert(panel_identities).values(**row))
        account, host = get_user(connection, user_id).email, person.issuer.partition("//")[2].partition("/")[0]
        note(connection, "identity_added", at=now, business_id=None, actor=f"openid:{account}", account=account, issuer=host)
        return int(user_id)


def _name_of(person: Person) -> str:
    try:
        return clean_name(person.name)
    except InvalidAccount:
        return str(person.email)[:100]
