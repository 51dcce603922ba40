"""What is drawn on the charts of a business beside its numbers: changes that people marked, and days with an open alert."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.alerts import alerts
from clarity_pipeline.state.schema.markers import change_markers
from clarity_pipeline.state.schema.rules import rules

MOST_ALERTS = 200
"""Of one span: a chart with more says nothing."""


@dataclass(frozen=True, slots=True)
class KnownDays:
    """By date: the notes of changes, and how many alerts were open in words."""

    changes: Mapping[date, Sequence[str]]
    alerts: Mapping[date, Sequence[str]]

    @property
    def marks(self) -> list[tuple[date, str]]:
        """The changes as a chart draws them."""
        return [(day, f"changed: {note}") for day, notes in self.changes.items() for note in notes]


def known_of(state: StateDatabase, business_id: str, *, from_date: date, to_date: date) -> KnownDays:
    """Between two dates, both included."""
    mark, alert = change_markers.c, alerts.c
    with state.read() as connection:
        marks = connection.execute(
            sa.select(mark.at, mark.note).where(mark.business_id == business_id, mark.removed_at.is_(None)).order_by(mark.at)
        ).all()
        lasting = sa.or_(alert.resolved_on.is_(None), alert.resolved_on >= from_date)
        told = connection.execute(
            sa.select(alert.opened_on, alert.resolved_on, alert.rule_id, rules.c.document)
            .join(rules, rules.c.rule_id == alert.rule_id, isouter=True)
            .where(alert.business_id == business_id, alert.state != "pending", alert.opened_on <= to_date, lasting)
            .order_by(alert.opened_on.desc())
            .limit(MOST_ALERTS)
        ).all()
    changes: dict[date, list[str]] = {}
    for changed in marks:
        if from_date <= changed.at.date() <= to_date:
            changes.setdefault(changed.at.date(), []).append(changed.note)
    names: dict[date, set[str]] = {}
    after = to_date + timedelta(days=1)
    for each in told:
        first, last = max(each.opened_on, from_date), min(each.resolved_on or after, after)
        for number in range((last - first).days):
            names.setdefault(first + timedelta(days=number), set()).add((each.document or {}).get("name", each.rule_id))
    return KnownDays(changes, {day: [f"alert open: {', '.join(sorted(found))}"] for day, found in names.items()})
