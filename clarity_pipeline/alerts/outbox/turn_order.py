"""Which message must wait for another, and which is of no use any more. Used by `outbox` in the transaction that claims one."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.alerts.alert import PAUSE, RESUME
from clarity_pipeline.state.schema.messages import outbox, told

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


def why_useless(connection: sa.Connection, message: sa.Row[Any], *, played: datetime) -> str | None:
    """Why a message must not be sent any more: it has expired, or tells to resume what nobody was told to pause."""
    if message.expires_at is not None and message.expires_at <= played:
        return "expired"
    if message.transition != RESUME:
        return None
    pause = sa.select(outbox.c.state).join(told, told.c.message_id == outbox.c.message_id)
    theirs = (told.c.alert_id == message.alert_id, told.c.channel == message.channel, told.c.transition == PAUSE)
    return "pause_not_delivered" if connection.scalar(pause.where(*theirs)) == "dead" else None
