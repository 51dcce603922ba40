"""The list of businesses: searched, sorted and cut into pages, in a handful of queries however many there are.

Called by the page of the list. Only the businesses on the page get their sparkline.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from markupsafe import Markup

from clarity_pipeline.businesses.status import ConnectionStatus, connection_statuses
from clarity_pipeline.panel.charts import sparkline
from clarity_pipeline.panel.wording import number
from clarity_pipeline.rooms import Rooms
from clarity_pipeline.serving.days import sessions_by_business, sessions_by_day
from clarity_pipeline.state.schema import alerts

DAYS = 7
ON_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Row:
    """A business in the list; `sessions` is None without a day of data in the last 7."""

    status: ConnectionStatus
    sessions: int | None
    open_alerts: int
    sparkline: Markup


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the list; `known` counts all that the viewer may see, `found` those that the search left."""

    rows: tuple[Row, ...]
    known: int
    found: int
    page: int
    pages: int
    query: str
    sort: str


_URGENCY: Mapping[str, int] = MappingProxyType({"bad": 0, "warn": 1, "good": 2, "off": 3})
_NEVER = datetime.min.replace(tzinfo=UTC)

SORTS: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "name": lambda row: row[0].business.name.casefold(),
        "state": lambda row: (_URGENCY[row[0].badge.tone], row[0].business.name.casefold()),
        "synced": lambda row: row[0].last_synced_at or _NEVER,
        "sessions": lambda row: -1 if row[1] is None else row[1],
        "alerts": lambda row: row[2],
        "left": lambda row: row[0].calls_left_today,
    }
)
"""By name of `sort`; a minus before it turns the order around."""

DEFAULT_SORT = "name"


def list_businesses(
    rooms: Rooms, *, business_ids: Collection[str] | None, query: str = "", sort: str = DEFAULT_SORT, page: int = 1
) -> Listing:
    """Those of `business_ids` (None: all) whose name, slug or project ID has `query`; an unknown `sort` is by name."""
    key = SORTS.get(sort.removeprefix("-"))
    if key is None:
        sort, key = DEFAULT_SORT, SORTS[DEFAULT_SORT]
    to_date = rooms.yesterday()
    from_date = to_date - timedelta(days=DAYS - 1)
    statuses = connection_statuses(rooms.state, clock=rooms.clock, business_ids=business_ids)
    with rooms.state.read() as connection:
        sessions = sessions_by_business(connection, from_date=from_date, to_date=to_date)
        firing = sa.select(alerts.c.business_id, sa.func.count()).where(alerts.c.state == "firing").group_by(alerts.c.business_id)
        open_alerts = {row[0]: row[1] for row in connection.execute(firing)}
        wanted = query.casefold().strip()
        found = [
            (status, sessions.get(status.business.business_id), open_alerts.get(status.business.business_id, 0))
            for status in statuses
            if wanted in f"{status.business.name}\n{status.business.business_id}\n{status.business.project_id}".casefold()
        ]
        found.sort(key=lambda row: row[0].business.business_id)
        found.sort(key=key, reverse=sort.startswith("-"))
        pages = max(1, -(-len(found) // ON_A_PAGE))
        page = min(max(1, page), pages)
        shown = found[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]
        by_day = sessions_by_day(connection, [row[0].business.business_id for row in shown], from_date=from_date, to_date=to_date)
    return Listing(
        rows=tuple(
            Row(status, total, firing_now, _sparkline(by_day[status.business.business_id], from_date))
            for status, total, firing_now in shown
        ),
        known=len(statuses),
        found=len(found),
        page=page,
        pages=pages,
        query=query,
        sort=sort,
    )


def _sparkline(by_day: Mapping[date, int], from_date: date) -> Markup:
    values = [by_day.get(from_date + timedelta(days=place)) for place in range(DAYS)]
    said = ", ".join("no data" if value is None else number(value) for value in values)
    return Markup(sparkline(values, title=f"Page-sessions of the last {DAYS} days: {said}"))  # noqa: S704 (escaped in charts)
