"""Delivery: at least once, with an id that stays, whatever dies in between.

Called by `day.evaluate` and `orchestration.sync` after `evaluations.record`, and by a schedule for what is due again.
A message is claimed under a lease in one transaction, sent outside any, and settled in another only if the claim still
holds. Killed before the send, the lease runs out and another takes it; killed after, it is sent again under the same id:
1,500 messages, 4 senders and 38 kills gave 0 missing and 6 duplicates (`docs/design.md#messages`).

`clock` is the machine's, not `CLARITY_NOW`: leases and pauses are about processes, not about the day that is played. What expires
does so by `played`, the clock of that day.
"""

import random
import threading
import time
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import uuid4

import sqlalchemy as sa

from clarity_pipeline.alerts.channels.channel import Channel, DeliveryFailed, Document
from clarity_pipeline.alerts.outbox.channel_health import note_dead, note_sent
from clarity_pipeline.alerts.outbox.turn_order import waits_for_its_opening, why_useless
from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.settings import Clock, utc_now
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.messages import outbox

BACKOFF_SECONDS = (2, 10, 60, 300, 900, 3600, 7200, 14400, 14400, 14400, 14400, 14400)
"""Pauses after the first, second, ... failed attempt, each varied by a fifth; after them, 23 hours, the message is dead."""

FAILURES_A_PASS = 3
"""A channel that failed so often is left alone for the rest of a pass: its receiver is down."""

Settled = Literal["sent", "failed", "dead"]


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of the messages of a pass: sent; failed, to be tried again; dead, given up."""

    sent: int = 0
    failed: int = 0
    dead: int = 0


@dataclass(frozen=True, slots=True)
class _Claim:
    message_id: str
    channel: str
    payload: Document
    attempts: int


def deliver(
    state: StateDatabase,
    *,
    channels: Mapping[str, Channel],
    clock: Clock = utc_now,
    played: Clock = utc_now,
    sleep: Callable[[float], None] = time.sleep,
    jitter: Callable[[], float] = random.random,
    patience_seconds: float = 0.0,
    lease_seconds: float = 60.0,
    send_seconds: float = 15.0,
) -> Delivered:
    """Send what is due, one after the other, from any number of processes at once.

    With `patience_seconds` it also waits for retries that fall due within that time. A send that takes longer than
    `send_seconds`, which is less than the lease, is given up.
    """
    owner = uuid4().hex
    counts: dict[Settled, int] = {"sent": 0, "failed": 0, "dead": 0}
    failures: dict[str, int] = {}
    waited = 0.0
    while True:
        resting = {channel for channel, times in failures.items() if times >= FAILURES_A_PASS}
        claim = _claim(state, now=clock(), played=played(), owner=owner, lease_seconds=lease_seconds, resting=resting)
        if claim is None:
            pause = _seconds_to_retry(state, now=clock())
            if pause is None or waited + pause > patience_seconds:
                return Delivered(**counts)
            sleep(pause)
            waited += pause
            failures.clear()
            continue
        failpoint("message_claimed")
        failure = attempt(channels.get(claim.channel), claim.payload, send_seconds)
        failpoint("message_sent")
        settled = _settle(state, claim, owner=owner, now=clock(), failure=failure, jitter=jitter)
        if settled is not None:
            counts[settled] += 1
        if failure is not None:
            failures[claim.channel] = failures.get(claim.channel, 0) + 1


def waiting(state: StateDatabase) -> int:
    """How many messages were tried in vain and are still to be delivered."""
    message = outbox
    with state.read() as connection:
        count = sa.select(sa.func.count()).where(message.c.state == "pending", message.c.attempts > 0)
        return connection.scalar(count) or 0


def _claim(
    state: StateDatabase, *, now: datetime, played: datetime, owner: str, lease_seconds: float, resting: Set[str]
) -> _Claim | None:
    """Take the oldest message that is due; a first attempt always is, whatever clock wrote it down."""
    message = outbox
    due = (
        sa.select(message)
        .where(
            message.c.state == "pending",
            sa.or_(message.c.attempts == 0, message.c.due_at <= now),
            sa.or_(message.c.lease_until.is_(None), message.c.lease_until <= now),
            message.c.channel.not_in(resting),
            ~waits_for_its_opening(),
        )
        .order_by(message.c.created_at, message.c.message_id)
        .limit(1)
    )
    with state.write() as connection:
        while (row := connection.execute(due).one_or_none()) and (why := why_useless(connection, row, played=played)):
            this = message.c.message_id == row.message_id
            connection.execute(sa.update(message).where(this).values(state="dead", last_error=why))
        if row is None:
            return None
        connection.execute(
            sa.update(message)
            .where(message.c.message_id == row.message_id)
            .values(lease_owner=owner, lease_until=now + timedelta(seconds=lease_seconds), attempts=row.attempts + 1, due_at=now)
        )
    return _Claim(row.message_id, row.channel, row.payload, row.attempts + 1)


def attempt(channel: Channel | None, document: Document, seconds: float) -> DeliveryFailed | None:
    """None, or why it failed. In a thread: a receiver that drips outlasts any socket time-out, and must not hold us."""
    if channel is None:
        return DeliveryFailed("channel_not_configured")
    result: list[DeliveryFailed | None] = []

    def send() -> None:
        try:
            channel.send(document)
            result.append(None)
        except DeliveryFailed as error:
            result.append(error)
        except Exception as error:  # a defect of one channel must not stop the others
            result.append(DeliveryFailed(type(error).__name__))

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    thread.join(seconds)
    return result[0] if result else DeliveryFailed("timeout")


def _settle(
    state: StateDatabase,
    claim: _Claim,
    *,
    owner: str,
    now: datetime,
    failure: DeliveryFailed | None,
    jitter: Callable[[], float],
) -> Settled | None:
    """Write down what became of a claim; None when it had run out and another has taken the message.

    A receiver may ask for a longer pause than ours, or say that it is gone: then the message is dead at once.
    """
    is_last = failure is not None and (failure.for_good or claim.attempts > len(BACKOFF_SECONDS))
    settled: Settled = "sent" if failure is None else "dead" if is_last else "failed"
    values: dict[str, Any] = {"lease_owner": None, "lease_until": None, "last_error": failure.code if failure else None}
    if failure is not None and settled == "failed":
        pause = BACKOFF_SECONDS[claim.attempts - 1] * (0.8 + 0.4 * jitter())
        values["due_at"] = now + timedelta(seconds=max(pause, failure.retry_after_seconds or 0.0))
    else:
        values |= {"state": settled, "sent_at": now if settled == "sent" else None}
    message = outbox
    with state.write() as connection:
        is_ours = connection.execute(
            sa.update(message)
            .where(
                message.c.message_id == claim.message_id,
                message.c.lease_owner == owner,
                message.c.attempts == claim.attempts,
                message.c.state == "pending",
            )
            .values(**values)
        ).rowcount
        if is_ours and settled == "sent":
            note_sent(connection, claim.channel)
        elif is_ours and failure is not None and settled == "dead":
            note_dead(connection, claim.channel, failure, now=now)
    return settled if is_ours else None


def _seconds_to_retry(state: StateDatabase, *, now: datetime) -> float | None:
    """Seconds until the next retry is due; None when nothing waits for one."""
    message = outbox
    with state.read() as connection:
        due_at = connection.scalar(
            sa.select(sa.func.min(message.c.due_at)).where(
                message.c.state == "pending", message.c.attempts > 0, message.c.lease_until.is_(None)
            )
        )
    return None if due_at is None else max(0.05, (due_at - now).total_seconds())
