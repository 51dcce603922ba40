"""Findings about data, told to the agency's channels: once, again each week while they stand, and no more when they are gone.

Called by `day.evaluate` in each run of the rules. The channels are those of mode `digest` that hear of all businesses. What is
odd and harmless (`info`) is told nowhere. What was told is kept in the state database, with the message in one transaction.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.alerts.outbox.routing import SEVERITIES, Route
from clarity_pipeline.rules.language.rule import Severity
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.messages import findings_told, outbox
from clarity_pipeline.trust.found import Found, said_of_all

REMINDED_AFTER = timedelta(days=7)

SHOWN = 15
"""So many are told one by one; the rest is counted, and `doctor` has all."""

_AS: Mapping[str, Severity] = {"error": "critical", "warning": "warning"}

_Key = tuple[str, str, str, str]
_KEY = ("business_id", "slice", "metric", "code")


def tell_findings(state: StateDatabase, standing: Sequence[Found], *, routes: Sequence[Route], now: datetime) -> int:
    """Write a message to each channel that has something to hear, and forget what stands no more; how many messages."""
    told = [each for each in standing if each.severity in _AS]
    listeners = [each for each in routes if each.businesses == "all" and each.mode == "digest" and not each.for_actions]
    with state.read() as connection:
        known = {each.channel: _told(connection, each.channel) for each in listeners}
    written = 0
    for route in listeners:
        heard = [each for each in told if SEVERITIES.index(_AS[each.severity]) >= SEVERITIES.index(route.min_severity)]
        before = known[route.channel]
        if before.keys() - {_key(each) for each in heard} or _due(heard, before, now):
            written += _tell(state, route.channel, heard, now=now)
    return written


def _tell(state: StateDatabase, channel: str, standing: Sequence[Found], *, now: datetime) -> int:
    """In one transaction: the message, if there is one, and what has been told with it."""
    c = findings_told.c
    with state.write() as connection:
        before = _told(connection, channel)
        due = _due(standing, before, now)
        for key in before.keys() - ({_key(each) for each in standing} - {_key(each) for each in due}):
            connection.execute(
                sa.delete(findings_told).where(c.channel == channel, *(c[n] == v for n, v in zip(_KEY, key, strict=True)))
            )
        if not due:
            return 0
        rows = [
            {"channel": channel, **dict(zip(_KEY, _key(each), strict=True)), "since": each.since, "told_at": now} for each in due
        ]
        connection.execute(sa.insert(findings_told), rows)
        connection.execute(sa.insert(outbox).values(_message(channel, due, now=now)))
    return 1


def _told(connection: sa.Connection, channel: str) -> dict[_Key, datetime]:
    rows = connection.execute(sa.select(findings_told).where(findings_told.c.channel == channel)).mappings()
    return {(row["business_id"], row["slice"], row["metric"], row["code"]): row["told_at"] for row in rows}


def _due(standing: Sequence[Found], told: Mapping[_Key, datetime], now: datetime) -> list[Found]:
    return [each for each in standing if (at := told.get(_key(each))) is None or at <= now - REMINDED_AFTER]


def _key(each: Found) -> _Key:
    return each.business_id, each.slice, each.metric or "", each.code


def _message(channel: str, due: Sequence[Found], *, now: datetime) -> dict[str, Any]:
    """A row of the outbox. The document has the shape of an alert, so that every kind of channel shows it."""
    contents = sorted("\n".join((*_key(each), each.since.isoformat())) for each in due)
    more = [("More", f"{len(due) - SHOWN} others, see `clarity-pipeline doctor`")] if len(due) > SHOWN else []
    document = {
        "id": sha256("\n".join(("findings", channel, now.isoformat(), *contents)).encode()).hexdigest(),
        "type": "clarity.findings.standing",
        "timestamp": now.isoformat(),
        "data": {
            "business": None,
            "business_name": "clarity_pipeline",
            "rule": "findings",
            "rule_name": "findings about the data",
            "severity": _AS[due[0].severity],
            "state": "firing",
            "summary": f"{said_of_all(due)}.",
            "facts": [*((each.business_id, f"{each.sentence}, {each.when}") for each in due[:SHOWN]), *more],
            "findings": [{"business": each.business_id, **_plain(each)} for each in due],
        },
    }
    return {
        "message_id": document["id"],
        "alert_id": "",
        "transition": "findings",
        "channel": channel,
        "payload": document,
        "state": "pending",
        "attempts": 0,
        "due_at": now,
        "created_at": now,
    }


def _plain(each: Found) -> dict[str, Any]:
    document = each.document()
    return document | {"date": each.date.isoformat(), "since": each.since.isoformat()}
