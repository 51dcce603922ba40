"""What became of each message, and how one that was given up is put back. For `alerts deliveries` and `alerts resend`."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from string import hexdigits
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.alerts.answer_log import note_answer
from clarity_pipeline.alerts.outbox.channel_store import IMPLICIT
from clarity_pipeline.alerts.people import find_alert
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.messages import channels, outbox, told

SHORTEST_ID = 8
"""So many letters of a message's id name it, where no other begins like that."""

_c = outbox.c


class NothingToResend(ClarityPipelineError):
    """No message that was given up is meant, or it may not go out again."""

    reason = "nothing_to_resend"


def list_receipts(
    state: StateDatabase,
    *,
    dead_only: bool = False,
    limit: int = 100,
    channel: str | None = None,
    since: datetime | None = None,
) -> list[dict[str, Any]]:
    """One document a message, newest first: id, state, channel, business, alerts, transition, attempts, last_error, instants."""
    query = sa.select(outbox).order_by(_c.created_at.desc(), _c.message_id).limit(limit)
    if dead_only:
        query = query.where(_c.state == "dead")
    if channel is not None:
        query = query.where(_c.channel == channel)
    if since is not None:  # by state as well, which is what the index has
        query = query.where(_c.state.in_(["pending", "sent", "dead"]), _c.created_at >= since)
    alerts: dict[str, list[str]] = defaultdict(list)
    with state.read() as connection:
        rows = connection.execute(query).all()
        meant = told.c.message_id.in_([row.message_id for row in rows])
        for message_id, alert_id in connection.execute(sa.select(told.c.message_id, told.c.alert_id).where(meant)):
            alerts[message_id].append(alert_id)
    return [
        {
            "message": row.message_id,
            "state": row.state,
            "channel": row.channel,
            "business": row.payload["data"].get("business"),
            "alerts": sorted(set(alerts[row.message_id])),
            "transition": row.transition,
            "attempts": row.attempts,
            "last_error": row.last_error,
            "created_at": row.created_at,
            "sent_at": row.sent_at,
            "due_at": row.due_at if row.state == "pending" else None,
        }
        for row in rows
    ]


def resend(state: StateDatabase, message_id: str, *, now: datetime) -> int:
    """Put a message that was given up back, by its id or the beginning of it; 1. Raise `NothingToResend`."""
    if len(message_id) < SHORTEST_ID or not set(message_id) <= set(hexdigits):
        raise NothingToResend(f"a message is named by at least {SHORTEST_ID} letters of its id: see `alerts deliveries --dead`")
    with state.write() as connection:
        begins = _c.message_id.startswith(message_id.lower(), autoescape=True)
        found = connection.execute(sa.select(outbox).where(begins).limit(2)).all()
        if len(found) != 1:
            number = "more than one" if found else "no"
            raise NothingToResend(f"{number} message begins like that: see `clarity-pipeline alerts deliveries --dead`")
        (row,) = found
        if row.state != "dead":
            raise NothingToResend(f"the message was not given up: it is {row.state}, and nothing need be done")
        if row.expires_at is not None and row.expires_at <= now:
            raise NothingToResend("the message has expired: nobody may act on it any more")
        _refuse_off(connection, row.channel)
        return _put_back(connection, [row.message_id], now)


def resend_dead(state: StateDatabase, *, channel: str, now: datetime) -> int:
    """Put back everything of a channel that was given up and has not expired; how many. Raise `NothingToResend`."""
    with state.write() as connection:
        _refuse_off(connection, channel)
        fresh = sa.or_(_c.expires_at.is_(None), _c.expires_at > now)
        ids = connection.scalars(sa.select(_c.message_id).where(_c.channel == channel, _c.state == "dead", fresh)).all()
        if not ids:
            raise NothingToResend("no message of that channel was given up: see `clarity-pipeline alerts deliveries --dead`")
        return _put_back(connection, ids, now)


def resend_of(state: StateDatabase, alert_id: str, message_id: str, *, author: str, now: datetime) -> None:
    """Put a message about an alert back that was given up, by both whole ids, with a line of the alert's history."""
    if not set(message_id) <= set(hexdigits):
        raise NothingToResend("there is no such message about this alert")
    with state.write() as connection:
        is_it = sa.and_(told.c.message_id == message_id, told.c.alert_id == alert_id)
        row = connection.execute(sa.select(outbox).join(told, told.c.message_id == _c.message_id).where(is_it).limit(1)).first()
        if row is None or row.state != "dead":
            raise NothingToResend("that message was not given up, and nothing need be done")
        if row.expires_at is not None and row.expires_at <= now:
            raise NothingToResend("the message has expired: nobody may act on it any more")
        _refuse_off(connection, row.channel)
        _put_back(connection, [row.message_id], now)
        note_answer(connection, find_alert(connection, alert_id), "resent", author=author, at=now, channel=row.channel)


def _refuse_off(connection: sa.Connection, channel: str) -> None:
    if channel in IMPLICIT:
        return
    enabled = connection.scalar(sa.select(channels.c.enabled).where(channels.c.channel_id == channel))
    if enabled is None:
        raise NothingToResend(
            "there is no such channel any more: `clarity-pipeline channels add` it under the same id, then resend"
        )
    if not enabled:
        raise NothingToResend(f"the channel {channel} is off: `clarity-pipeline channels enable {channel}`, then resend")


def _put_back(connection: sa.Connection, ids: Sequence[str], now: datetime) -> int:
    """As if it were written now, so that its age is counted anew."""
    values = {"state": "pending", "attempts": 0, "due_at": now, "created_at": now, "last_error": None}
    values |= {"lease_owner": None, "lease_until": None}
    for message_id in ids:
        connection.execute(sa.update(outbox).where(_c.message_id == message_id).values(**values))
    return len(ids)
