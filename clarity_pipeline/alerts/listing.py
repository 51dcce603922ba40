"""Alerts as others read them: the JSON of `alerts --json`. Reads only."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.alerts.history import evaluation_of
from clarity_pipeline.alerts.messages import explanation
from clarity_pipeline.alerts.people import find_alert, silences_at
from clarity_pipeline.rules.engine.incidents import Incident
from clarity_pipeline.rules.language.subject import Subject
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.alerts import acknowledgements, alerts
from clarity_pipeline.state.schema.connections import business_config
from clarity_pipeline.state.schema.messages import outbox
from clarity_pipeline.state.schema.messages import told as told_table


def list_alerts(state: StateDatabase) -> list[dict[str, Any]]:
    """One document an alert, oldest first; dates as ISO text.

    business, rule, severity, state, since, last_evaluated, summary; id, scope, entity (empty for a business) and its name,
    unknown_since, and who has acknowledged it.
    """
    table, seen = alerts, acknowledgements
    with state.read() as connection:
        by = {row.alert_id: row.author for row in connection.execute(sa.select(seen.c.alert_id, seen.c.author))}
        rows = connection.execute(sa.select(table).order_by(table.c.opened_on, table.c.business_id, table.c.rule_id)).all()
    return [
        {
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
            "acknowledged_by": by.get(row.alert_id),
        }
        for row in rows
    ]


def alert_in_full(state: StateDatabase, alert_id: str, *, now: datetime) -> dict[str, Any]:
    """All that is known of one alert, found by the beginning of its id; `UnknownAlert` else.

    What `list_alerts` says of it, and: facts, caveat, link, note, silences that hold, messages with what became of each.
    """
    with state.read() as connection:
        row = find_alert(connection, alert_id)
        subject = Subject(row.rule_id, row.business_id, row.scope, row.entity)
        evaluation = evaluation_of(connection, subject, row.last_fired_on)
        config, seen, sent, told = business_config.c, acknowledgements.c, outbox.c, told_table.c
        project_id = connection.scalar(sa.select(config.project_id).where(config.business_id == row.business_id))
        note = connection.scalar(sa.select(seen.note).where(seen.alert_id == row.alert_id))
        holding = [each for each in silences_at(connection, now) if each.covers(subject)]
        messages = connection.execute(
            sa.select(told.transition, sent.channel, sent.state, sent.attempts, sent.created_at, sent.sent_at)
            .join(told_table, told.message_id == sent.message_id)
            .where(told.alert_id == row.alert_id)
            .order_by(sent.created_at)
        ).all()
    dates = (row.opened_on, row.last_fired_on, row.last_evaluated_on, row.resolved_on, row.firing_on, row.unknown_since)
    facts = explanation.facts(
        evaluation, scope=row.scope, entity=row.entity, entity_name=row.entity_name, incident=Incident(*dates)
    )
    (listed,) = (each for each in list_alerts(state) if each["id"] == row.alert_id)
    return {
        **listed,
        "facts": facts,
        "caveat": explanation.caveat(evaluation),
        "link": explanation.link(project_id),
        "note": note,
        "silences": [{"until": each.until, "reason": each.reason, "author": each.author} for each in holding],
        "messages": [
            dict(zip(("transition", "channel", "state", "attempts", "written_at", "sent_at"), each, strict=True))
            for each in messages
        ],
    }
