"""Delivery: at least once, with an id that stays, whatever dies in between.

Called by `day.evaluate` after `record`, and by a schedule for what is due again.
A message is claimed under a lease in one transaction, sent outside any, and settled in another only if the claim still
holds. Killed before the send, the lease runs out and another takes it; killed after, it is sent again under the same id:
1,500 messages, 4 senders and 38 kills gave 0 missing and 6 duplicates (`docs/design.md#messages`).

A message is tried until it is 14 days old; then, or when it is itself refused, it is dead, and `receipts.resend` puts it back.
What is wrong with a channel as a whole is `channel_health`'s: its messages wait meanwhile.

Where the state's server goes away, each transaction is done again, and no send is. One whose commit went unheard may stand: then
the claim's message waits for its lease, and what was settled is not counted.

`clock` is the machine's, not `CLARITY_NOW`: leases and pauses are about processes, not about the day that is played. What expires
does so by `played`, the clock of that day.
"""

import random
import threading
import time
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal
from uuid import uuid4

import sqlalchemy as sa

from clarity_pipeline.alerts.channels.channel import Channel, DeliveryFailed, Document
from clarity_pipeline.alerts.outbox.channel_health import (
    REFUSED_PAUSE,
    Pass,
    note_failed,
    note_sent,
    was_cured_since,
)
from clarity_pipeline.alerts.outbox.due import due_query, give_up_old, seconds_to_retry
from clarity_pipeline.alerts.outbox.turn_order import why_useless
from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.settings.settings import Clock, utc_now
from clarity_pipeline.state.again import again
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.messages import outbox

BACKOFF_SECONDS = (2, 10, 60, 300, 900, 3600, 7200, 14400)
"""Pauses after the first, second, ... failed attempt, each varied by a fifth; the last one between all later ones."""

FAILURES_A_PASS = 3
"""A channel that failed so often is left alone for the rest of a pass: its receiver is down."""

Settled = Literal["sent", "failed", "dead"]


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of the messages of a pass: sent; failed, to be tried again; dead, refused for good or too old."""

    sent: int = 0
    failed: int = 0
    dead: int = 0


@dataclass(frozen=True, slots=True)
class _Claim:
    message_id: str
    channel: str
    payload: Document
    attempts: int
    last_error: str | None


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
    `send_seconds`, which is less than the lease, is given up. What is for a channel that is not among `channels` is left alone.
    """
    owner = uuid4().hex
    counts: dict[Settled, int] = {"sent": 0, "failed": 0, "dead": again(lambda: give_up_old(state, played=played()))}
    failures: dict[str, int] = {}
    waited = 0.0
    while True:
        awake = {channel for channel in channels if failures.get(channel, 0) < FAILURES_A_PASS}
        claim = again(partial(_claim, state, now=clock(), played=played(), owner=owner, lease_seconds=lease_seconds, awake=awake))
        if claim is None:
            pause = again(lambda: seconds_to_retry(state, now=clock(), channels=set(channels)))
            if pause is None or waited + pause > patience_seconds:
                return Delivered(**counts)
            sleep(pause)
            waited += pause
            failures.clear()
            continue
        failpoint("message_claimed")
        failure = attempt(channels[claim.channel], claim.payload, send_seconds)
        failpoint("message_sent")
        by = Pass(clock(), played(), set(channels))
        settled = again(partial(_settle, state, claim, by, owner=owner, failure=failure, jitter=jitter))
        if settled is not None:
            counts[settled] += 1
        if failure is not None and settled != "dead":
            failures[claim.channel] = failures.get(claim.channel, 0) + 1


def _claim(
    state: StateDatabase, *, now: datetime, played: datetime, owner: str, lease_seconds: float, awake: Set[str]
) -> _Claim | None:
    """Take the oldest message that is due."""
    message, query = outbox, due_query(now, awake)
    with state.write() as connection:
        while (row := connection.execute(query).one_or_none()) and (why := why_useless(connection, row, played=played)):
            this = message.c.message_id == row.message_id
            connection.execute(sa.update(message).where(this).values(state="dead", last_error=why))
        if row is None:
            return None
        connection.execute(
            sa.update(message)
            .where(message.c.message_id == row.message_id)
            .values(lease_owner=owner, lease_until=now + timedelta(seconds=lease_seconds), attempts=row.attempts + 1, due_at=now)
        )
    return _Claim(row.message_id, row.channel, row.payload, row.attempts + 1, row.last_error)


def attempt(channel: Channel, document: Document, seconds: float) -> DeliveryFailed | None:
    """None, or why it failed. In a thread: a receiver that drips outlasts any socket time-out, and must not hold us."""
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
    by: Pass,
    *,
    owner: str,
    failure: DeliveryFailed | None,
    jitter: Callable[[], float],
) -> Settled | None:
    """Write down what became of a claim; None when it had run out and another has taken the message.

    A message that is refused as the channel was before, and the channel took others in between, is itself what is refused.
    """
    message = outbox
    with state.write() as connection:
        refuses = failure.refuses if failure is not None else None
        if failure is not None and refuses == "channel" and claim.last_error == failure.code:
            refuses = "message" if was_cured_since(connection, claim.channel) else "channel"
        settled: Settled = "sent" if failure is None or refuses == "recipients" else "dead" if refuses in _ITSELF else "failed"
        values: dict[str, Any] = {"lease_owner": None, "lease_until": None, "last_error": failure.code if failure else None}
        if failure is not None and settled == "failed":
            values["due_at"] = by.now + _pause(claim, failure, jitter)
        else:
            values |= {"state": settled, "sent_at": by.now if settled == "sent" else None}
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
            note_sent(connection, claim.channel, by, error=failure.code if failure else None)
        elif is_ours and failure is not None and settled == "failed":
            note_failed(connection, claim.channel, by, failure)
    return settled if is_ours else None


_ITSELF = ("message", "size")


def _pause(claim: _Claim, failure: DeliveryFailed, jitter: Callable[[], float]) -> timedelta:
    """A receiver may ask for a longer pause than ours."""
    if failure.refuses == "channel":
        return REFUSED_PAUSE
    pause = BACKOFF_SECONDS[min(claim.attempts, len(BACKOFF_SECONDS)) - 1] * (0.8 + 0.4 * jitter())
    return timedelta(seconds=max(pause, failure.retry_after_seconds or 0.0))
