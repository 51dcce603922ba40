"""Which message must wait for another, and which is of no use any more. Used by `outbox` in the transaction that claims one."""

from datetime import datetime

import sqlalchemy as sa

from clarity_pipeline.state.schema import outbox, told

PAUSE, RESUME = "pause_recommended", "resume_recommended"
OPENINGS = ("opened", PAUSE)
"""Turns that come before every other turn of their alert."""


def waits_for_its_opening() -> sa.ColumnElement[bool]:
    """Whether a message tells a later turn of an alert whose opening, in another message, has not been delivered yet."""
    opening, first, later = outbox.alias(), told.alias(), told.alias()
    return sa.exists().where(
        later.c.message_id == outbox.c.message_id,
        later.c.transition.not_in(OPENINGS),
        first.c.alert_id == later.c.alert_id,
        first.c.channel == later.c.channel,
        first.c.transition.in_(OPENINGS),
        opening.c.message_id == first.c.message_id,
        opening.c.message_id != outbox.c.message_id,
        opening.c.state == "pending",
    )


def bury_useless(connection: sa.Connection, *, now: datetime, played: datetime) -> None:
    """Give up what has expired, and a recommendation to resume what nobody was told to pause; not what is being sent."""
    pause, first = outbox.alias(), told.alias()
    never_paused = sa.exists().where(
        first.c.alert_id == outbox.c.alert_id,
        first.c.channel == outbox.c.channel,
        first.c.transition == PAUSE,
        pause.c.message_id == first.c.message_id,
        pause.c.state == "dead",
    )
    is_free = sa.or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= now)
    for why, useless in (
        ("expired", outbox.c.expires_at <= played),
        ("pause_not_delivered", sa.and_(outbox.c.transition == RESUME, never_paused)),
    ):
        statement = sa.update(outbox).where(outbox.c.state == "pending", is_free, useless)
        connection.execute(statement.values(state="dead", last_error=why, lease_owner=None, lease_until=None))
