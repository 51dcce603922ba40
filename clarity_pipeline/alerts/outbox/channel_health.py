"""When a stored channel is switched off by itself. Called by `outbox` in the transaction that settles a message."""

from datetime import datetime

import sqlalchemy as sa

from clarity_pipeline.alerts.channels.channel import DeliveryFailed
from clarity_pipeline.alerts.outbox.switch_off import DEAD_LETTERS, GONE, switch_off
from clarity_pipeline.connections.audit import PIPELINE
from clarity_pipeline.state.schema.messages import channels

DEAD_IN_A_ROW = 10
"""Each was tried for 23 hours: ten, and nothing taken between them, are a receiver that is not there and not one bad message."""

_c = channels.c


def note_sent(connection: sa.Connection, channel_id: str) -> None:
    """A receiver that takes something is there."""
    connection.execute(sa.update(channels).where(_c.channel_id == channel_id, _c.dead_in_a_row > 0).values(dead_in_a_row=0))


def note_dead(connection: sa.Connection, channel_id: str, failure: DeliveryFailed, *, now: datetime) -> None:
    """Count a message that was given up, and switch the channel off when its receiver is gone."""
    this = _c.channel_id == channel_id
    connection.execute(sa.update(channels).where(this).values(dead_in_a_row=_c.dead_in_a_row + 1))
    count = connection.scalar(sa.select(_c.dead_in_a_row).where(this)) or 0
    if failure.for_good or count >= DEAD_IN_A_ROW:
        reason = GONE if failure.for_good else DEAD_LETTERS
        switch_off(connection, channel_id, reason=reason, now=now, actor=PIPELINE)
