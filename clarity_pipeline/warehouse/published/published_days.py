"""The days of a business as they are served, by visits of pages or of its site, and what a span adds up to. Called by `panel`.

Sums are sums of days; averages are weighted by the days' sessions, which differs from the rules' own only where Clarity left the
metric out for some pages. A day that was never loaded is missing and not zero, so a span says how many days it has.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import sqlalchemy as sa

from clarity_pipeline.clarity.measures import SERVED
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.published import serving_days, serving_site_days

COUNTS = tuple(measure.column for measure in SERVED if measure.fold == "sum")
AVERAGES = tuple(measure.column for measure in SERVED if measure.fold == "mean")

Number = float | int | None

_c = serving_days.c
_site = serving_site_days.c
MEASURES = tuple(measure.column for measure in SERVED if measure.column not in {"sessions", "bot_sessions"})
"""The served ones but the sessions, by column."""

Counted = Literal["site", "pages"]
"""What the numbers of a span count: sessions of the whole site, or visits of pages. Never both."""


@dataclass(frozen=True, slots=True)
class PublishedDay:
    """One business on one UTC date, by visits of pages, or its whole site, which has no devices.

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
    """What days add up to: a value by name of COUNTS and AVERAGES, None where no day has one; visits of pages by device."""

    days: int
    values: dict[str, Number]
    devices: tuple[tuple[str, int], ...]


def published_days(state: StateDatabase, business_id: str, *, from_date: date, to_date: date) -> list[PublishedDay]:
    """The days that have data, oldest first, both dates included."""
    query = sa.select(serving_days).where(_c.business_id == business_id, _c.date.between(from_date, to_date)).order_by(_c.date)
    with state.read() as connection:
        return [_day(row) for row in connection.execute(query).mappings()]


def _day(row: sa.RowMapping) -> PublishedDay:
    facts = {name: value for name, value in row.items() if name not in MEASURES}
    return PublishedDay(**facts, measures={name: row[name] for name in row if name in MEASURES})


def published_site_days(state: StateDatabase, business_id: str, *, from_date: date, to_date: date) -> list[PublishedDay]:
    """The days of the whole site, of dates that have the totals, oldest first, both dates included."""
    asked = sa.and_(_site.business_id == business_id, _site.date.between(from_date, to_date))
    with state.read() as connection:
        rows = connection.execute(sa.select(serving_site_days).where(asked).order_by(_site.date)).mappings()
        return [PublishedDay(**{**row, "measures": {**_UNKNOWN, **row["measures"]}}, devices=[]) for row in rows]


_UNKNOWN: Mapping[str, Number] = dict.fromkeys(MEASURES)
"""Of a measure that is newer than the publication."""


def leading(days: Sequence[PublishedDay], site_days: Sequence[PublishedDay]) -> Counted:
    """Which numbers of a span lead: the site's where every date that has data has them."""
    told = {day.date for day in site_days}
    return "site" if told and all(day.date in told for day in days) else "pages"


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


@dataclass(frozen=True, slots=True)
class Total:
    """Sessions of a span, and of what."""

    sessions: int
    counted: Counted


def sessions_by_business(
    connection: sa.Connection, *, from_date: date, to_date: date, business_ids: Collection[str] | None = None
) -> dict[str, Total]:
    """Of every business that has a day in the span, for a list of many: sessions of its site, or else visits of its pages.

    With `business_ids` of those alone.
    """
    of_site, of_pages = (_in_span(columns, from_date, to_date, business_ids) for columns in (_site, _c))
    told = sa.select(_site.business_id, _site.date).where(of_site).subquery()
    same_day = sa.and_(told.c.business_id == _c.business_id, told.c.date == _c.date)
    visits = (
        sa.select(
            _c.business_id,
            sa.func.sum(_c.sessions).label("total"),
            (sa.func.count() - sa.func.count(told.c.date)).label("untold"),
        )
        .select_from(serving_days.outerjoin(told, same_day))
        .where(of_pages)
        .group_by(_c.business_id)
    )
    sites = sa.select(_site.business_id, sa.func.sum(_site.sessions).label("total")).where(of_site)
    by_pages = {row.business_id: row for row in connection.execute(visits)}
    of_sites = {row.business_id: int(row.total) for row in connection.execute(sites.group_by(_site.business_id))}
    whole = {name: total for name, total in of_sites.items() if name not in by_pages or not by_pages[name].untold}
    pages = {name: Total(int(row.total), "pages") for name, row in by_pages.items()}
    return pages | {name: Total(total, "site") for name, total in whole.items()}


def _in_span(columns: Any, from_date: date, to_date: date, business_ids: Collection[str] | None) -> sa.ColumnElement[bool]:
    in_span: sa.ColumnElement[bool] = columns.date.between(from_date, to_date)
    return in_span if business_ids is None else sa.and_(in_span, columns.business_id.in_(list(business_ids)))


def sessions_by_day(
    connection: sa.Connection, counted: Mapping[str, Counted], *, from_date: date, to_date: date
) -> dict[str, dict[date, int]]:
    """Sessions of each day of some businesses, each counted in its way, for their sparklines."""
    found: dict[str, dict[date, int]] = {business_id: {} for business_id in counted}
    for way, table in (("pages", serving_days), ("site", serving_site_days)):
        columns, names = table.c, [name for name, each in counted.items() if each == way]
        query = sa.select(columns.business_id, columns.date, columns.sessions)
        for row in connection.execute(query.where(columns.business_id.in_(names), columns.date.between(from_date, to_date))):
            found[row.business_id][row.date] = row.sessions
    return found
