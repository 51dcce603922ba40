"""What the audit log has of sign-ins: who came in and how, who failed, which sign-ins were ended. Bounded, whoever knocks.

Written by `sign_ins` in the transaction that it tells of, and by `front_door` after a wrong password. The address is shortened
to its network, the browser to its kind; what somebody typed as an account's name is told only where there is such an account.
"""

from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from clarity_pipeline.connections.audit import forget_old_sign_ins, note
from clarity_pipeline.panel.access.callers import Caller
from clarity_pipeline.panel.access.policy import actor_of
from clarity_pipeline.settings.settings import Clock
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.panel import panel_users

How = Literal["password", "invite", "new password", "password and code", "password and recovery code", "single sign-on"]

TOLD_ONE_BY_ONE = 20
"""Failures of one account in a day; from then on each doubling is told: who tries ten thousand times gets 29 entries."""

_u = panel_users.c


def note_sign_in(connection: sa.Connection, user_id: int, *, at: datetime, caller: Caller, how: How) -> None:
    """Somebody has come in; entries that are too old go with it."""
    forget_old_sign_ins(connection, now=at)
    place = {"network": caller.shown_network, "browser": caller.browser}
    note(connection, "signed_in", at=at, business_id=None, actor=_actor(connection, user_id), how=how, **place)


def note_sign_out(connection: sa.Connection, user_id: int, *, at: datetime, sign_ins: int, why: str) -> None:
    """So many sign-ins of somebody were ended by themselves."""
    note(connection, "signed_out", at=at, business_id=None, actor=_actor(connection, user_id), sign_ins=sign_ins, why=why)


class FailedSignIns:
    """Writes of one state database."""

    def __init__(self, state: StateDatabase, *, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def tell(self, email: str | None, caller: Caller, *, tries: int, step: str | None = None) -> None:
        """A wrong try: of an account the `tries`-th of a day, or (None) of all those on names that no account has.

        `step` names it where the password was right.
        """
        if tries > TOLD_ONE_BY_ONE and tries & (tries - 1):
            return
        place = {"network": caller.shown_network, "browser": caller.browser, "account": email, "tries": tries, "step": step}
        with self._state.write() as connection:
            note(connection, "sign_in_failed", at=self._clock(), business_id=None, actor="visitor", **place)


def _actor(connection: sa.Connection, user_id: int) -> str:
    row = connection.execute(sa.select(_u.email, _u.role).where(_u.user_id == user_id)).one()
    return actor_of(row.email, row.role)
