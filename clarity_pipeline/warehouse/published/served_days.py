"""The days of a business as they are served, and what a span of them adds up to. Called by `panel`.

Sums are sums of days; averages are weighted by the days' sessions, which differs from the rules' own only where Clarity left the
metric out for some pages. A day that was never loaded is missing and not zero, so a span says how many days it has.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.published import serving_days

COUNTS = (
    "sessions",
    "bot_sessions",
    "distinct_users",
    "dead_clicks",
    "rage_clicks",
    "quick_backs",
    "excessive_scroll",
    "script_errors",
    "error_clicks",
)
AVERAGES = ("pages_per_session", "scroll_depth", "engagement_time_ms")

_c = serving_days.c


@dataclass(frozen=True, slots=True)
class ServedDay:
    """One business on one UTC date; a count is None where Clarity left the metric out, an average also without sessions."""

    business_id: str
    date: date
    sessions: int
    bot_sessions: int
    distinct_users: int | None
    pages_per_session: float | None
    scroll_depth: float | None
    engagement_time_ms: float | None
    dead_clicks: int | None
    rage_clicks: int | None
    excessive_scroll: int | None
    quick_backs: int | None
    script_errors: int | None
    error_clicks: int | None
    devices: list[list[Any]]
    quality: str | None
    coverage: float
    truncated: bool
    window_start: datetime
    window_end: datetime
    loaded_at: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """What days add up to: a value by name of COUNTS and AVERAGES, None where no day has one; page-sessions by device."""

    days: int
    values: dict[str, float | int | None]
    devices: tuple[tuple[str, int], ...]


def served_days(state: StateDatabase, business_id: str, *, from_date: date, to_date: date) -> list[ServedDay]:
    """The days that have data, oldest first, both dates included."""
    query = sa.select(serving_days).where(_c.business_id == business_id, _c.date.between(from_date, to_date)).order_by(_c.date)
    with state.read() as connection:
        return [ServedDay(*row) for row in connection.execute(query)]


def add_up(days: Sequence[ServedDay]) -> Span:
    """The span of `days`; of none, every value is None."""
    values: dict[str, float | int | None] = {}
    for name in COUNTS:
        known = [value for day in days if (value := getattr(day, name)) is not None]
        values[name] = sum(known) if known else None
    for name in AVERAGES:
        weighed = [(value, day.sessions) for day in days if (value := getattr(day, name)) is not None and day.sessions]
        weight = sum(sessions for _, sessions in weighed)
        values[name] = sum(value * sessions for value, sessions in weighed) / weight if weight else None
    devices: Counter[str] = Counter()
    for day in days:
        for device, sessions in day.devices:
            devices[device or "unknown"] += sessions or 0
    return Span(len(days), values, tuple(devices.most_common()))


def sessions_by_business(connection: sa.Connection, *, from_date: date, to_date: date) -> dict[str, int]:
    """Page-sessions of every business that has a day in the span, for a list of many."""
    query = sa.select(_c.business_id, sa.func.sum(_c.sessions)).where(_c.date.between(from_date, to_date))
    return {business_id: int(total) for business_id, total in connection.execute(query.group_by(_c.business_id))}


def sessions_by_day(
    connection: sa.Connection, business_ids: Sequence[str], *, from_date: date, to_date: date
) -> dict[str, dict[date, int]]:
    """Page-sessions of each day of some businesses, for their sparklines."""
    found: dict[str, dict[date, int]] = {business_id: {} for business_id in business_ids}
    query = sa.select(_c.business_id, _c.date, _c.sessions)
    for business_id, day, sessions in connection.execute(
        query.where(_c.business_id.in_(business_ids), _c.date.between(from_date, to_date))
    ):
        found[business_id][day] = sessions
    return found
