"""The message that a channel gets: one JSON document, documented here, the same for every channel.

    {"id": "<64 hex>",                       stable: drop what you have seen before
     "type": "clarity.alert.opened",         or clarity.alert.resolved
     "timestamp": "2026-11-22T06:00:00+00:00",   when the news was written down
     "data": {"alert_id": "<32 hex>",        the same in opened and resolved
              "business": "acme", "business_name": "Acme Shop",
              "rule": "dead-clicks-spike", "rule_name": "Dead clicks jumped", "revision": 1,
              "severity": "warning", "action": "alert",
              "state": "firing",             or resolved
              "since": "2026-11-18", "last_fired_on": "2026-11-18", "resolved_on": null,
              "summary": "a sentence for a person",
              "evidence": [{"metric": ..., "from_date": ..., "to_date": ..., "value": ..., "threshold": ..., ...}]}}

`evidence` is what the rule saw on `last_fired_on`, one entry a leaf (`rules.evidence.Evidence`). Pure.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from clarity_pipeline.alerts import wording
from clarity_pipeline.alerts.alert import Alert, Transition, message_id
from clarity_pipeline.alerts.rule_store import StoredRule
from clarity_pipeline.rules.evidence import Evidence


def compose(
    alert: Alert,
    transition: Transition,
    *,
    channel: str,
    stored: StoredRule,
    business_id: str,
    business_name: str,
    evidence: Sequence[Evidence],
    written_at: datetime,
) -> dict[str, Any]:
    """The document of one piece of news for one channel."""
    rule, incident = stored.rule, alert.incident
    return {
        "id": message_id(alert.alert_id, transition=transition, channel=channel),
        "type": f"clarity.alert.{transition}",
        "timestamp": written_at.isoformat(),
        "data": {
            "alert_id": alert.alert_id,
            "business": business_id,
            "business_name": business_name,
            "rule": rule.id,
            "rule_name": rule.name,
            "revision": stored.revision,
            "severity": rule.severity,
            "action": rule.action,
            "state": "firing" if transition == "opened" else "resolved",
            "since": incident.opened_on.isoformat(),
            "last_fired_on": incident.last_fired_on.isoformat(),
            "resolved_on": incident.resolved_on.isoformat() if incident.resolved_on and transition == "resolved" else None,
            "summary": wording.fired(business_name, rule, evidence)
            if transition == "opened"
            else wording.resolved(business_name, rule, incident),
            "evidence": [leaf.model_dump(mode="json") for leaf in evidence],
        },
    }
