"""A channel that somebody switches off, and the messages that wait for it: they are dead. Called by `channel_store`."""

from datetime import datetime

import sqlalchemy as sa

from clarity_pipeline.connections.audit import Actor, note
from clarity_pipeline.state.schema.messages import channels, outbox

_c = channels.c
BY_HAND = "by_hand"
WHY_OFF = {BY_HAND: "somebody disabled it"}
"""What each `disabled_reason` means."""


def switch_off(connection: sa.Connection, channel_id: str, *, reason: str, now: datetime, actor: Actor) -> None:
    """Disable a channel and bury what waits for it, in the caller's transaction; nothing happens to one that nobody stored."""
    enabled = sa.and_(_c.channel_id == channel_id, _c.enabled)
    kind = connection.scalar(sa.select(_c.kind).where(enabled))
    if kind is None:
        return
    connection.execute(sa.update(channels).where(enabled).values(enabled=False, disabled_reason=reason, updated_at=now))
    bury(connection, channel_id, why="channel_disabled")
    note(connection, "channel_disabled", at=now, business_id=None, actor=actor, channel=channel_id, kind=kind, reason=reason)


def bury(connection: sa.Connection, channel_id: str, *, why: str) -> None:
    """Give up what waits for the channel; `alerts resend` puts it back."""
    waits = sa.and_(outbox.c.channel == channel_id, outbox.c.state == "pending")
    values = {"state": "dead", "last_error": why, "lease_owner": None, "lease_until": None}
    connection.execute(sa.update(outbox).where(waits).values(**values))
