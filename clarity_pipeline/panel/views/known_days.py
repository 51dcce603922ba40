"""What is drawn on the charts of a business beside its numbers: changes that people marked, and days with an open alert.

An alert stands on the charts of what its rule asks and on no other: a rule about dead clicks says nothing of sessions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError

from clarity_pipeline.clarity.measures import MEASURES, SIGNALS
from clarity_pipeline.rules.language.condition import leaves
from clarity_pipeline.rules.language.kinds import asks_metric, tests_signal
from clarity_pipeline.rules.language.metric import EVENTS, metric_of
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.alerts import alerts
from clarity_pipeline.state.schema.markers import change_markers
from clarity_pipeline.state.schema.rules import rules

MOST_MARKS = 500
MOST_ALERTS = 200
"""Of one span: a chart with more says nothing."""


_CHARTS: Mapping[str, str] = MappingProxyType(
    {signal.sessions: signal.events for signal in SIGNALS} | {each.weighted_sum: each.column for each in MEASURES}
)
"""By a column that rules read: that of the chart which shows it, where it is another."""


@dataclass(frozen=True, slots=True)
class KnownDays:
    """By date the notes of changes; by column and date the names of the rules with an open alert about it."""

    changes: Mapping[date, Sequence[str]]
    alerts: Mapping[str, Mapping[date, Sequence[str]]]

    def alert_on(self, column: str, day: date) -> str:
        """What the chart of a column says of a day; empty without an open alert about it."""
        names = self.alerts.get(column, {}).get(day, ())
        return f"alert open: {', '.join(names)}" if names else ""

    @property
    def marks(self) -> list[tuple[date, str]]:
        """The changes as a chart draws them."""
        return [(day, f"changed: {note}") for day, notes in self.changes.items() for note in notes]


def charts_of(document: Any) -> frozenset[str]:
    """The columns of the charts that a stored rule is about; none of a rule that is gone, or that cannot be read."""
    try:
        when = Rule.model_validate(document).when
    except ValidationError:
        return frozenset()
    found = set()
    for _, _, leaf in leaves(when):
        if name := asks_metric(leaf):
            found.add(metric_of(name).column)
        if signal := tests_signal(leaf):
            found.add(EVENTS[signal])
    return frozenset(_CHARTS.get(each, each) for each in found)


def known_of(state: StateDatabase, business_id: str, *, from_date: date, to_date: date, page: str | None = None) -> KnownDays:
    """Between two dates, both included; of one `page` without alerts and changes of another page, or of an ad."""
    mark, alert = change_markers.c, alerts.c
    changed = sa.true() if page is None else sa.or_(mark.url.is_(None), mark.url == page)
    with state.read() as connection:
        marks = connection.execute(
            sa.select(mark.at, mark.note)
            .where(mark.business_id == business_id, mark.removed_at.is_(None), changed, mark.at >= _midnight(from_date))
            .order_by(mark.at)
            .limit(MOST_MARKS)
        ).all()
        lasting = sa.or_(alert.resolved_on.is_(None), alert.resolved_on >= from_date)
        about = sa.true() if page is None else sa.or_(alert.scope == "business", alert.entity == page)
        told = connection.execute(
            sa.select(alert.opened_on, alert.resolved_on, alert.rule_id, rules.c.document)
            .join(rules, rules.c.rule_id == alert.rule_id, isouter=True)
            .where(alert.business_id == business_id, alert.state != "pending", alert.opened_on <= to_date, lasting, about)
            .order_by(alert.opened_on.desc())
            .limit(MOST_ALERTS)
        ).all()
    changes: dict[date, list[str]] = {}
    for row in marks:
        if row.at.date() <= to_date:
            changes.setdefault(row.at.date(), []).append(row.note)
    asked: dict[str, frozenset[str]] = {}
    names: dict[str, dict[date, list[str]]] = {}
    after = to_date + timedelta(days=1)
    for each in told:
        first, last = max(each.opened_on, from_date), min(each.resolved_on or after, after)
        if each.document and each.rule_id not in asked:
            asked[each.rule_id] = charts_of(each.document)
        for column in asked.get(each.rule_id, ()):
            for number in range((last - first).days):
                said = names.setdefault(column, {}).setdefault(first + timedelta(days=number), [])
                said += [name for name in (each.document["name"],) if name not in said]
    return KnownDays(changes, names)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
