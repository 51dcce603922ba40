"""Which message is due, how long until the next one is, and which is too old. Used by `outbox` and its sensor."""

from collections.abc import Collection, Set
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.alerts.outbox.channel_health import held_back, refused
from clarity_pipeline.alerts.outbox.turn_order import waits_for_its_opening
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.messages import outbox

KEPT_FOR = timedelta(days=14)
"""So old an alert's message is told no more: a channel that breaks with the year's last day is cured within the first weeks of
the next, and what is older than that has been seen elsewhere."""


def due(state: StateDatabase, *, now: datetime, written_before: datetime, channels: Collection[str]) -> tuple[str, int] | None:
    """A message that should have been sent by now, with its number of tries; what was written only just is another's to send."""
    message = outbox
    old_enough = sa.or_(message.c.attempts > 0, message.c.created_at < written_before)
    with state.read() as connection:
        row = connection.execute(due_query(now, set(channels)).where(old_enough)).one_or_none()
    return None if row is None else (row.message_id, row.attempts)


def waiting(state: StateDatabase) -> int:
    """How many messages were tried in vain and are still to be delivered."""
    message = outbox
    with state.read() as connection:
        count = sa.select(sa.func.count()).where(message.c.state == "pending", message.c.attempts > 0)
        return connection.scalar(count) or 0


def give_up_old(state: StateDatabase, *, played: datetime) -> int:
    """End what is too old by the clock of the day that is played; how many."""
    message = outbox
    old = sa.and_(message.c.state == "pending", message.c.created_at < played - KEPT_FOR)
    with state.read() as connection:  # a lock that is seldom needed
        if not connection.scalar(sa.select(sa.exists().where(old))):
            return 0
    with state.write() as connection:
        values = {"state": "dead", "last_error": "too_old", "lease_owner": None, "lease_until": None}
        return connection.execute(sa.update(message).where(old).values(**values)).rowcount


def due_query(now: datetime, awake: Set[str]) -> sa.Select[Any]:
    """The next message to be sent; a first attempt is always due, whatever clock wrote it down."""
    message = outbox
    return (
        sa.select(message)
        .where(
            message.c.state == "pending",
            sa.or_(message.c.attempts == 0, message.c.due_at <= now),
            sa.or_(message.c.lease_until.is_(None), message.c.lease_until <= now),
            message.c.channel.in_(awake),
            message.c.channel.not_in(held_back(now)),
            ~waits_for_its_opening(),
        )
        .order_by(_tried_where_refused(), message.c.created_at, message.c.message_id)
        .limit(1)
    )


def seconds_to_retry(state: StateDatabase, *, now: datetime, channels: Collection[str]) -> float | None:
    """Seconds until the next retry is due; None when nothing waits for one, or for a channel that refuses alone."""
    message = outbox
    with state.read() as connection:
        due_at = connection.scalar(
            sa.select(sa.func.min(message.c.due_at)).where(
                message.c.state == "pending",
                message.c.attempts > 0,
                message.c.lease_until.is_(None),
                message.c.channel.in_(channels),
                message.c.channel.not_in(held_back(now)),
            )
        )
    return None if due_at is None else max(0.05, (due_at - now).total_seconds())


def _tried_where_refused() -> sa.ColumnElement[int]:
    """For a channel that refuses, how often: should one message be the cause, the others free the channel."""
    return sa.case((outbox.c.channel.in_(refused()), outbox.c.attempts), else_=0)
