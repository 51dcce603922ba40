"""The days of a business as they are served, and what a span of them adds up to. Called by `panel`.

Sums are sums of days; averages are weighted by the days' sessions, which differs from the rules' own only where Clarity left the
metric out for some pages. A day that was never loaded is missing and not zero, so a span says how many days it has.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.clarity.measures import SERVED
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.published import serving_days

COUNTS = tuple(measure.column for measure in SERVED if measure.fold == "sum")
AVERAGES = tuple(measure.column for measure in SERVED if measure.fold == "mean")

Number = float | int | None

_c = serving_days.c
_MEASURES = frozenset((*COUNTS, *AVERAGES)) - {"sessions", "bot_sessions"}


@dataclass(frozen=True, slots=True)
class PublishedDay:
    """One business on one UTC date.

    `measures` are the served ones but the sessions, by column: a count is None where Clarity left the metric out, an average also
    without sessions.
    """

    business_id: str
    date: date
    sessions: int
    bot_sessions: int
    measures: Mapping[str, Number]
    devices: list[list[Any]]
    quality: str | None
    coverage: float
    truncated: bool
    window_start: datetime
    window_end: datetime
    loaded_at: datetime

    def number(self, column: str) -> Number:
        """A served measure by its column. Raises `KeyError` for what is none."""
        if column in self.measures:
            return self.measures[column]
        return {"sessions": self.sessions, "bot_sessions": self.bot_sessions}[column]


@dataclass(frozen=True, slots=True)
class Span:
    """What days add up to: a value by name of COUNTS and AVERAGES, None where no day has one; page-sessions by device."""

    days: int
    values: dict[str, Number]
    devices: tuple[tuple[str, int], ...]


def published_days(state: StateDatabase, business_id: str, *, from_date: date, to_date: date) -> list[PublishedDay]:
    """The days that have data, oldest first, both dates included."""
    query = sa.select(serving_days).where(_c.business_id == business_id, _c.date.between(from_date, to_date)).order_by(_c.date)
    with state.read() as connection:
        return [_day(row) for row in connection.execute(query).mappings()]


def _day(row: sa.RowMapping) -> PublishedDay:
    facts = {name: value for name, value in row.items() if name not in _MEASURES}
    return PublishedDay(**facts, measures={name: row[name] for name in row if name in _MEASURES})


def add_up(days: Sequence[PublishedDay]) -> Span:
    """The span of `days`; of none, every value is None."""
    values: dict[str, Number] = {}
    for name in COUNTS:
        known = [value for day in days if (value := day.number(name)) is not None]
        values[name] = sum(known) if known else None
    for name in AVERAGES:
        weighed = [(value, day.sessions) for day in days if (value := day.number(name)) is not None and day.sessions]
        weight = sum(sessions for _, sessions in weighed)
        values[name] = sum(value * sessions for value, sessions in weighed) / weight if weight else None
    devices: Counter[str] = Counter()
    for day in days:
        for device, sessions in day.devices:
            devices[device or "unknown"] += sessions or 0
    return Span(len(days), values, tuple(devices.most_common()))


def sessions_by_business(connection: sa.Connection, *, from_date: date, to_date: date) -> dict[str, int]:
    """Page-sessions of every business that has a day in the span, for a list of many."""
    query = sa.select(_c.business_id, sa.func.sum(_c.sessions).label("total")).where(_c.date.between(from_date, to_date))
    return {row.business_id: int(row.total) for row in connection.execute(query.group_by(_c.business_id))}


def sessions_by_day(
    connection: sa.Connection, business_ids: Sequence[str], *, from_date: date, to_date: date
) -> dict[str, dict[date, int]]:
    """Page-sessions of each day of some businesses, for their sparklines."""
    found: dict[str, dict[date, int]] = {business_id: {} for business_id in business_ids}
    query = sa.select(_c.business_id, _c.date, _c.sessions)
    for row in connection.execute(query.where(_c.business_id.in_(business_ids), _c.date.between(from_date, to_date))):
        found[row.business_id][row.date] = row.sessions
    return found
