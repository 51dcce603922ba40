"""How each channel fares, written in the transaction that settles a message; nobody is switched off for it.

A refusal that only somebody's hand can cure (a password that is switched off, a secret that has expired, a webhook that is gone)
is told once to every other channel; the channel is then tried once an hour, with one message, and at once after a change. Its
messages wait. The first that is taken sets all of them free, and that is told too. A channel that fails in passing for a day is
told of likewise.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.alerts.channels.channel import DeliveryFailed
from clarity_pipeline.alerts.channels.kinds import FOR_ACTIONS, meaning
from clarity_pipeline.alerts.messages.channel_news import CANNOT_DELIVER, DELIVERS_AGAIN, channel_news
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.messages import channel_health, channels, outbox

REFUSED_PAUSE = timedelta(hours=1)
"""A refused channel is tried so rarely: servers lock an account after some wrong logins."""

AWAY = timedelta(minutes=10)
"""A receiver that is back after so long gets what waits at once; one that only asked us to slow down gets it when it said."""

LONG = timedelta(days=1)
"""A channel that has delivered nothing for so long while something waits is told of, whatever the reason."""

_c, _m = channel_health.c, outbox.c


@dataclass(frozen=True, slots=True)
class Health:
    """One channel's row, and how many messages wait for it, since when."""

    channel: str
    delivered_at: datetime | None = None
    failing_since: datetime | None = None
    last_error: str | None = None
    refused_at: datetime | None = None
    next_try_at: datetime | None = None
    told_at: datetime | None = None
    arrived: bool | None = None
    arrived_at: datetime | None = None
    waiting: int = 0
    waiting_since: datetime | None = None

    def sentence(self) -> str:
        """What is wrong, and what to do."""
        what = "cannot deliver" if self.refused_at else "has delivered nothing"
        since = f" since {self.failing_since:%Y-%m-%d %H:%M} UTC" if self.failing_since else ""
        why = f" ({self.last_error}): {meaning(self.last_error)}" if self.last_error else ""
        waits = (
            f"; {self.waiting} message{'s' * (self.waiting != 1)} wait{'s' * (self.waiting == 1)} for it" if self.waiting else ""
        )
        return f"the channel {self.channel} {what}{since}{why}{waits}"


def healths(state: StateDatabase) -> dict[str, Health]:
    """Of every channel that has been tried or is waited for, and is not switched off; no key is needed."""
    pending = sa.select(_m.channel, sa.func.count(), sa.func.min(_m.created_at)).where(_m.state == "pending")
    with state.read() as connection:
        off = set(connection.scalars(sa.select(channels.c.channel_id).where(channels.c.enabled.is_(False))))
        rows = {row["channel"]: dict(row) for row in connection.execute(sa.select(channel_health)).mappings()}
        for channel, number, since in connection.execute(pending.group_by(_m.channel)):
            rows.setdefault(channel, {"channel": channel}).update(waiting=number, waiting_since=since)
    return {channel: Health(**row) for channel, row in sorted(rows.items()) if channel not in off}


def is_silent(health: Health, *, now: datetime, played: datetime) -> bool:
    """Whether it has delivered nothing for a day while something waited, by the clock of its tries or of its messages."""
    if not health.waiting or (health.delivered_at is not None and health.delivered_at > now - LONG):
        return False
    tried = health.failing_since is not None and health.failing_since <= now - LONG
    return tried or (health.waiting_since is not None and health.waiting_since <= played - LONG)


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass of the outbox: the machine's clock, the clock of the day that is played, and the channels that can be told."""

    now: datetime
    played: datetime
    channels: Collection[str]


def note_sent(connection: sa.Connection, channel: str, by: Pass, *, error: str | None) -> None:
    """A receiver that takes something is there: what waits for it goes out now. `error`: some of its recipients refused."""
    before = _read(connection, channel)
    if before.refused_at is not None or (before.failing_since is not None and before.failing_since <= by.now - AWAY):
        try_at_once(connection, channel, now=by.now)
    if before.told_at is not None:
        _tell(connection, before, DELIVERS_AGAIN, by)
    healed = {"failing_since": None, "refused_at": None, "next_try_at": None, "told_at": None}
    _write(connection, channel, {"delivered_at": by.now, "last_error": error, **healed})


def note_failed(connection: sa.Connection, channel: str, by: Pass, failure: DeliveryFailed) -> None:
    """A try that failed for now, or, where the failure refuses the channel, until somebody changes something."""
    before, now = _read(connection, channel), by.now
    since = before.failing_since or now
    values: dict[str, Any] = {"failing_since": since, "last_error": failure.code}
    if failure.refuses == "channel":
        values |= {"refused_at": before.refused_at or now, "next_try_at": now + REFUSED_PAUSE}
    _write(connection, channel, values)
    is_grave = failure.refuses == "channel" or since <= now - LONG
    if is_grave and before.told_at is None:
        _write(connection, channel, {"told_at": now})
        _tell(connection, _read(connection, channel), CANNOT_DELIVER, by)


def was_cured_since(connection: sa.Connection, channel: str) -> bool:
    """Whether something has gone out since the channel refused last: then it is the message that is refused."""
    before = _read(connection, channel)
    return before.refused_at is None and before.delivered_at is not None


def try_at_once(connection: sa.Connection, channel: str, *, now: datetime) -> None:
    """Somebody changed something: do not wait for the next hour."""
    connection.execute(sa.update(channel_health).where(_c.channel == channel).values(next_try_at=None))
    waits = sa.and_(_m.channel == channel, _m.state == "pending", _m.attempts > 0)
    connection.execute(sa.update(outbox).where(waits).values(due_at=now))


def note_arrival(connection: sa.Connection, channel: str, *, arrived: bool, now: datetime) -> None:
    """What a person said of a test message."""
    _write(connection, channel, {"arrived": arrived, "arrived_at": now})


def forget(connection: sa.Connection, channel: str) -> None:
    """The channel is removed."""
    connection.execute(sa.delete(channel_health).where(_c.channel == channel))


def held_back(now: datetime) -> sa.Select[tuple[str]]:
    """The channels that refuse and are not to be tried yet."""
    return sa.select(_c.channel).where(_c.next_try_at > now)


def refused() -> sa.Select[tuple[str]]:
    """The channels that refuse."""
    return sa.select(_c.channel).where(_c.refused_at.is_not(None))


def _read(connection: sa.Connection, channel: str) -> Health:
    row = connection.execute(sa.select(channel_health).where(_c.channel == channel)).mappings().one_or_none()
    return Health(**row) if row is not None else Health(channel)


def _write(connection: sa.Connection, channel: str, values: Mapping[str, Any]) -> None:
    """Safe on both databases because a writer is alone."""
    if not connection.execute(sa.update(channel_health).where(_c.channel == channel).values(**values)).rowcount:
        connection.execute(sa.insert(channel_health).values(channel=channel, **values))


def _tell(connection: sa.Connection, health: Health, turn: str, by: Pass) -> None:
    """One message to each other channel that has a business in common with this one, and to the log and the like."""
    waiting = connection.scalar(sa.select(sa.func.count()).where(_m.channel == health.channel, _m.state == "pending"))
    known = {name: getattr(health, name) for name in (each.name for each in fields(health))} | {"waiting": waiting or 0}
    for other in _listeners(connection, health.channel, others=by.channels):
        connection.execute(sa.insert(outbox).values(channel_news(Health(**known), turn, to=other, written_at=by.played)))


def _listeners(connection: sa.Connection, channel: str, *, others: Collection[str]) -> list[str]:
    rows = connection.execute(sa.select(channels.c.channel_id, channels.c.kind, channels.c.businesses)).all()
    stored = {row.channel_id: row for row in rows}
    own = stored[channel].businesses if channel in stored else "all"
    return [
        other
        for other in sorted(set(others) - {channel})
        if other not in stored or (stored[other].kind not in FOR_ACTIONS and _share(own, stored[other].businesses))
    ]


def _share(one: str | list[str], other: str | list[str]) -> bool:
    return isinstance(one, str) or isinstance(other, str) or bool(set(one) & set(other))
