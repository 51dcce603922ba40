"""Rules, days and a clock made up for tests of what is written."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.alerts.outbox.routing import Routes
from clarity_pipeline.alerts.record import Recorded, record
from clarity_pipeline.rules.book.rule_store import StoredRule
from clarity_pipeline.rules.engine.evidence import Outcome
from clarity_pipeline.rules.judging.judgement import Judgement, judge
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.alerts import alerts
from clarity_pipeline.state.schema.messages import outbox
from clarity_pipeline_tests.rules.made_up import daily, rule, threshold

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
CLICKS: dict[Outcome, int | None] = {"fired": 500, "not": 5, "unknown": None}


@dataclass
class HandClock:
    """Stands still until somebody sleeps."""

    now: datetime = NOW
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


def stored(revision: int = 1, **fields: Any) -> StoredRule:
    fields = {"name": "Too many dead clicks", "resolve_after_days": 1, **fields}
    return StoredRule(rule(threshold(value=100, window_days=1), **fields), revision, NOW)


def day(number: int) -> date:
    return date(2026, 11, number)


def judgement(number: int, outcome: Outcome, *, business: str = "acme", by: StoredRule | None = None) -> Judgement:
    """What a rule on more than 100 dead clicks says of a day; the real evaluation, of made-up numbers."""
    clicks = CLICKS[outcome]
    about = replace(daily(day(number), [clicks]), business_id=business)
    (only,) = judge([by or stored()], known=about, days=[day(number)])
    assert only.evaluation.outcome == outcome
    return only


def run(
    state: StateDatabase,
    days: Mapping[int, Outcome],
    *,
    business: str = "acme",
    by: StoredRule | None = None,
    channels: Collection[str] = ("log",),
) -> Recorded:
    """One run over the given days of November."""
    judgements = [judgement(number, outcome, business=business, by=by) for number, outcome in days.items()]
    return record(state, clock=lambda: NOW, judgements=judgements, routes=Routes(tuple(channels)))


def rows(state: StateDatabase, table: sa.Table, *columns: str) -> list[Any]:
    """The rows of a table in the order of its first column, as tuples of the named columns."""
    with state.read() as connection:
        found = connection.execute(sa.select(table).order_by(*table.primary_key)).all()
    return [tuple(getattr(row, column) for column in columns) if len(columns) > 1 else getattr(row, columns[0]) for row in found]


def messages(state: StateDatabase) -> list[tuple[str, str, str]]:
    """What was said: alert, transition, channel, in a stable order."""
    return sorted(rows(state, outbox, "alert_id", "transition", "channel"))


def incidents(state: StateDatabase) -> list[tuple[int, int, int | None]]:
    """First, last and ending day of every alert."""
    found: Iterable[Any] = rows(state, alerts, "opened_on", "last_fired_on", "resolved_on")
    return sorted((opened.day, last.day, ended.day if ended else None) for opened, last, ended in found)
