"""The message that a channel gets: one JSON document, documented here, the same for every channel.

    {"id": "<64 hex>",                       stable: drop what you have seen before
     "type": "clarity.alert.opened",         or clarity.alert.resolved, clarity.alert.reminded
     "timestamp": "2026-11-22T06:00:00+00:00",   when the news was written down
     "data": {"alert_id": "<32 hex>",        the same in opened and resolved
              "business": "acme", "business_name": "Acme Shop",
              "scope": "business", "entity": "", "entity_name": null,   or url and its address, campaign and its id, ...
              "rule": "dead-clicks-spike", "rule_name": "Dead clicks jumped", "revision": 1,
              "severity": "warning", "action": "alert",
              "state": "firing",             or resolved
              "since": "2026-11-18", "last_fired_on": "2026-11-18", "resolved_on": null,
              "summary": "a sentence for a person",
              "became_normal": null,         or {"times": 3.0, "until": "2026-11-17"}: it ended, and the level stayed
              "facts": [["Dead clicks", "1,240, 2026-11-12 to 2026-11-18"], ["Normal", "..."], ["Data", "7 of 7 days, ..."]],
              "caveat": "why it may be wrong", "link": "the project in Clarity",
              "series": {"label": ..., "days": [...], "values": [...], "normal": ...},   or null
              "quality": {"days_with_data": 7, "recovered": 0, ...},                    or null
              "evidence": [{"metric": ..., "from_date": ..., "to_date": ..., "value": ..., "threshold": ..., ...}]}}

`evidence` is what the rule saw on `last_fired_on`, one entry a leaf (`rules.engine.evidence.Evidence`). Addresses and
names of entities come from strangers. Pure.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clarity_pipeline.alerts.alert import Alert, Transition, message_id
from clarity_pipeline.alerts.messages import explanation, wording
from clarity_pipeline.alerts.messages.became_normal import BecameNormal
from clarity_pipeline.rules.book.rule_store import StoredRule
from clarity_pipeline.rules.engine.evidence import Evaluation
from clarity_pipeline.rules.language.subject import Subject


@dataclass(frozen=True, slots=True)
class About:
    """Whom it is about, with what people call them."""

    subject: Subject
    business_name: str
    entity_name: str | None
    project_id: str | None


def compose(
    alert: Alert,
    transition: Transition,
    *,
    channel: str,
    stored: StoredRule,
    about: About,
    evaluation: Evaluation,
    written_at: datetime,
    became: BecameNormal | None = None,
) -> dict[str, Any]:
    """The document of one piece of news for one channel."""
    rule, incident, kind = stored.rule, alert.incident, transition.partition("-")[0]
    summary = {
        "opened": lambda: wording.fired(about.business_name, rule, evaluation.evidence),
        "reminded": lambda: wording.reminded(about.business_name, rule, evaluation.evidence, incident),
        "resolved": lambda: wording.resolved(about.business_name, rule, incident, became),
    }[kind]()
    is_over = kind == "resolved"
    return {
        "id": message_id(alert.alert_id, transition=transition, channel=channel),
        "type": f"clarity.alert.{kind}",
        "timestamp": written_at.isoformat(),
        "data": {
            "alert_id": alert.alert_id,
            "business": about.subject.business_id,
            "business_name": about.business_name,
            "scope": about.subject.scope,
            "entity": about.subject.entity,
            "entity_name": about.entity_name,
            "rule": rule.id,
            "rule_name": rule.name,
            "revision": stored.revision,
            "severity": rule.severity,
            "action": rule.action,
            "state": "resolved" if is_over else "firing",
            "since": incident.opened_on.isoformat(),
            "last_fired_on": incident.last_fired_on.isoformat(),
            "resolved_on": incident.resolved_on.isoformat() if incident.resolved_on and is_over else None,
            "summary": summary,
            "became_normal": {"times": round(became.times, 2), "until": became.until.isoformat()} if became and is_over else None,
            "facts": explanation.facts(
                evaluation,
                scope=about.subject.scope,
                entity=about.subject.entity,
                entity_name=about.entity_name,
                incident=incident,
            ),
            "caveat": None if is_over else explanation.caveat(evaluation),
            "link": explanation.link(about.project_id),
            "series": None if is_over else explanation.series(evaluation.series),
            "quality": evaluation.quality.model_dump(mode="json") if evaluation.quality else None,
            "evidence": [leaf.model_dump(mode="json") for leaf in evaluation.evidence],
        },
    }
