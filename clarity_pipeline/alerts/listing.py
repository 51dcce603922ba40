"""Alerts as others read them: the JSON of `alerts --json`, and all that is known of one. Reads only."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.alerts.answer_log import answers_of
from clarity_pipeline.alerts.channels.kinds import meaning
from clarity_pipeline.alerts.history import evaluation_of
from clarity_pipeline.alerts.inbox import inbox_alert
from clarity_pipeline.alerts.messages import explanation
from clarity_pipeline.alerts.people import find_alert, silences_at
from clarity_pipeline.rules.engine.incidents import Incident
from clarity_pipeline.rules.language.subject import Subject
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.alerts import acknowledgements, alert_standing, alerts
from clarity_pipeline.state.schema.connections import business_config
from clarity_pipeline.state.schema.messages import outbox
from clarity_pipeline.state.schema.messages import told as told_table

_MESSAGE = ("message", "transition", "channel", "state", "attempts", "last_error", "written_at", "sent_at", "due_at")


def list_alerts(state: StateDatabase, *, business_ids: Collection[str] | None = None) -> list[dict[str, Any]]:
    """One document an alert, oldest first; dates as ISO text. Of some businesses alone, or of all.

    business, rule, severity, state, since, last_evaluated, summary; id, scope, entity (empty for a business) and its name,
    unknown_since, who has acknowledged it, and the outcome that somebody closed it with.
    """
    which = [] if business_ids is None else [alerts.c.business_id.in_(business_ids)]
    with state.read() as connection:
        rows = connection.execute(_asked(*which).order_by(alerts.c.opened_on, alerts.c.business_id, alerts.c.rule_id)).all()
    return [_listed(row) for row in rows]


def alert_in_full(state: StateDatabase, alert_id: str, *, now: datetime) -> dict[str, Any]:
    """All that is known of one alert, found by the beginning of its id; `UnknownAlert` else.

    What `list_alerts` says of it, and: place, assignee, snoozed_until, closed_by, closed_at; facts, caveat, link, note, silences
    that hold, messages with what became of each, and the history of what people did, oldest first.
    """
    with state.read() as connection:
        whole = find_alert(connection, alert_id).alert_id
        row = connection.execute(_asked(alerts.c.alert_id == whole)).one()
        subject = Subject(row.rule_id, row.business_id, row.scope, row.entity)
        evaluation = evaluation_of(connection, subject, row.last_fired_on)
        config, seen = business_config.c, acknowledgements.c
        project_id = connection.scalar(sa.select(config.project_id).where(config.business_id == row.business_id))
        note = connection.scalar(sa.select(seen.note).where(seen.alert_id == row.alert_id))
        holding = [each for each in silences_at(connection, now) if each.covers(subject)]
        standing = inbox_alert(connection, whole, now=now)
        messages = messages_of(connection, whole)
        history = answers_of(connection, whole)
    dates = (row.opened_on, row.last_fired_on, row.last_evaluated_on, row.resolved_on, row.firing_on, row.unknown_since)
    facts = explanation.facts(
        evaluation, scope=row.scope, entity=row.entity, entity_name=row.entity_name, incident=Incident(*dates)
    )
    return {
        **_listed(row),
        **{name: getattr(standing, name) for name in ("place", "assignee", "snoozed_until", "closed_by", "closed_at")},
        "facts": facts,
        "caveat": explanation.caveat(evaluation),
        "link": explanation.link(project_id),
        "note": note,
        "silences": [
            {"number": each.silence_id, "until": each.until, "reason": each.reason, "author": each.author} for each in holding
        ],
        "messages": messages,
        "history": [each.document() for each in history],
    }


def messages_of(connection: sa.Connection, alert_id: str) -> list[dict[str, Any]]:
    """What was sent about an alert, to which channel, and what became of it, the oldest first."""
    sent, told = outbox.c, told_table.c
    columns = (sent.message_id, told.transition, sent.channel, sent.state, sent.attempts, sent.last_error)
    rows = connection.execute(
        sa.select(*columns, sent.created_at, sent.sent_at, sent.due_at)
        .join(told_table, told.message_id == sent.message_id)
        .where(told.alert_id == alert_id)
        .order_by(sent.created_at, sent.channel)
    )
    found = [dict(zip(_MESSAGE, each, strict=True)) for each in rows]
    return [each | {"why": meaning(each["last_error"]) if each["last_error"] else None} for each in found]


def _asked(*which: sa.ColumnElement[bool]) -> sa.Select[Any]:
    seen, standing = acknowledgements, alert_standing
    joined = alerts.outerjoin(seen, seen.c.alert_id == alerts.c.alert_id).outerjoin(
        standing, standing.c.alert_id == alerts.c.alert_id
    )
    return sa.select(alerts, seen.c.author, standing.c.outcome).select_from(joined).where(*which)


def _listed(row: Any) -> dict[str, Any]:
    return {
        "business": row.business_id,
        "rule": row.rule_id,
        "severity": row.severity,
        "state": row.state,
        "since": row.opened_on.isoformat(),
        "last_evaluated": row.last_evaluated_on.isoformat(),
        "summary": row.summary,
        "id": row.alert_id,
        "scope": row.scope,
        "entity": row.entity,
        "entity_name": row.entity_name,
        "unknown_since": row.unknown_since.isoformat() if row.unknown_since else None,
        "acknowledged_by": row.author,
        "outcome": row.outcome,
    }
