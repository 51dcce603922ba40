"""The list of businesses: searched, sorted and cut into pages, in a handful of queries however many there are.

Called by `pages.businesses`. Only the businesses on the page get their sparkline.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from markupsafe import Markup

from clarity_pipeline.connections.status import ConnectionStatus, connection_statuses
from clarity_pipeline.home import Home
from clarity_pipeline.panel.views.charts import sparkline
from clarity_pipeline.panel.views.transliteration import searchable
from clarity_pipeline.panel.views.wording import COUNTED_IN, number
from clarity_pipeline.state.schema.alerts import alerts
from clarity_pipeline.state.schema.connections import business_config
from clarity_pipeline.warehouse.published.published_days import Total, sessions_by_business, sessions_by_day

DAYS = 7
ON_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Row:
    """A business in the list; `sessions` is None without a day of data in the last 7, `counted` says what they are."""

    status: ConnectionStatus
    sessions: int | None
    counted: str
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

STATUS_SORTS: Mapping[str, Callable[[ConnectionStatus], Any]] = MappingProxyType(
    {
        "state": lambda status: (_URGENCY[status.badge.tone], searchable(status.business.name)),
        "synced": lambda status: status.last_synced_at or _NEVER,
        "left": lambda status: status.calls_left_today,
    }
)
"""Orders that need the status of every business; the others need it for those on the page alone, which is most of the time."""

SORTS = ("name", "sessions", "alerts", *STATUS_SORTS)
"""By name of `sort`; a minus before it turns the order around."""

DEFAULT_SORT = "name"


def list_businesses(
    home: Home, *, business_ids: Collection[str] | None, query: str = "", sort: str = DEFAULT_SORT, page: int = 1
) -> Listing:
    """Those of `business_ids` (None: all) whose name, slug or project ID has `query`; an unknown `sort` is by name."""
    by = sort.removeprefix("-")
    if by not in SORTS:
        sort = by = DEFAULT_SORT
    to_date = home.yesterday()
    from_date = to_date - timedelta(days=DAYS - 1)
    with home.state.read() as connection:
        names = _names(connection, business_ids)
        sessions = sessions_by_business(connection, from_date=from_date, to_date=to_date)
        firing = sa.select(alerts.c.business_id, sa.func.count()).where(alerts.c.state == "firing").group_by(alerts.c.business_id)
        open_alerts = {row[0]: row[1] for row in connection.execute(firing)}
    wanted = searchable(query.strip())
    found = [business_id for business_id, words in names.items() if wanted in words]
    keys: Callable[[str], Any] = {
        "name": lambda business_id: names[business_id],
        "sessions": lambda business_id: sessions[business_id].sessions if business_id in sessions else -1,
        "alerts": lambda business_id: open_alerts.get(business_id, 0),
    }.get(by, lambda business_id: business_id)
    statuses: dict[str, ConnectionStatus] = {}
    if order := STATUS_SORTS.get(by):
        statuses = _statuses(home, found if wanted else business_ids)
        keys = {business_id: order(status) for business_id, status in statuses.items()}.__getitem__
    found.sort(key=keys, reverse=sort.startswith("-"))
    pages = max(1, -(-len(found) // ON_A_PAGE))
    page = min(max(1, page), pages)
    shown = found[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]
    statuses = statuses or _statuses(home, shown)
    with home.state.read() as connection:
        counted = {each: sessions[each].counted for each in shown if each in sessions}
        by_day = sessions_by_day(connection, counted, from_date=from_date, to_date=to_date)
    return Listing(
        rows=tuple(
            _row(statuses[each], sessions.get(each), open_alerts.get(each, 0), by_day.get(each, {}), from_date)
            for each in shown
            if each in statuses
        ),
        known=len(names),
        found=len(found),
        page=page,
        pages=pages,
        query=query,
        sort=sort,
    )


def _row(status: ConnectionStatus, total: Total | None, open_alerts: int, by_day: Mapping[date, int], from_date: date) -> Row:
    counted = COUNTED_IN[total.counted] if total else ""
    sparkline = _sparkline(by_day, from_date, counted=counted or COUNTED_IN["pages"])
    return Row(status, total.sessions if total else None, counted, open_alerts, sparkline)


def _names(connection: sa.Connection, business_ids: Collection[str] | None) -> dict[str, str]:
    """What a search looks into: name, slug and project ID, by slug."""
    columns = business_config.c
    query = sa.select(columns.business_id, columns.name, columns.project_id).order_by(columns.business_id)
    if business_ids is not None:
        query = query.where(columns.business_id.in_(list(business_ids)))
    return {row.business_id: searchable(f"{row.name}\n{row.business_id}\n{row.project_id}") for row in connection.execute(query)}


def _statuses(home: Home, business_ids: Collection[str] | None) -> dict[str, ConnectionStatus]:
    found = connection_statuses(home.state, clock=home.clock, business_ids=business_ids)
    return {each.business.business_id: each for each in found}


def _sparkline(by_day: Mapping[date, int], from_date: date, *, counted: str) -> Markup:
    values = [by_day.get(from_date + timedelta(days=place)) for place in range(DAYS)]
    said = ", ".join("no data" if value is None else number(value) for value in values)
    return Markup(sparkline(values, title=f"{counted[:1].upper()}{counted[1:]} of the last {DAYS} days: {said}"))  # noqa: S704 (escaped in charts)
