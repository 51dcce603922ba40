"""The list of businesses: filtered, searched, sorted and cut into pages, in a handful of queries however many there are.

Called by `pages.businesses`. The worst come first unless something else is asked for. Only the businesses on the page get their
sparkline.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from markupsafe import Markup

from clarity_pipeline.connections.groups import Group
from clarity_pipeline.connections.status import ConnectionStatus, connection_statuses
from clarity_pipeline.home import Home
from clarity_pipeline.panel.access.policy import Viewer, may
from clarity_pipeline.panel.views.charts import sparkline
from clarity_pipeline.panel.views.transliteration import searchable
from clarity_pipeline.panel.views.triage import ALL, FILTER, URGENCY, Trouble, counted, troubles
from clarity_pipeline.panel.views.what_is_wrong import Wrong, wrong_of
from clarity_pipeline.panel.views.wording import COUNTED_IN, number
from clarity_pipeline.warehouse.published.published_days import Total, sessions_by_business, sessions_by_day

DAYS = 7
ON_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Row:
    """A business in the list; `sessions` is None without a day of data in the last 7, `counted` says what they are."""

    trouble: Trouble
    sessions: int | None
    counted: str
    sparkline: Markup
    wrong: tuple[Wrong, ...]

    @property
    def status(self) -> ConnectionStatus:
        """How its connection is."""
        return self.trouble.status


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the list; `known` counts all that the viewer may see, `found` those that search and filter left.

    `counts` says of those that the search and the group left how many each filter leaves; `groups` are those that can be chosen,
    none for a client.
    """

    rows: tuple[Row, ...]
    known: int
    found: int
    counts: Mapping[str, int]
    page: int
    pages: int
    query: str
    sort: str
    show: str
    groups: tuple[Group, ...]
    group: Group | None


_NEVER = datetime.min.replace(tzinfo=UTC)

_ORDERS: Mapping[str, Callable[[Trouble], Any]] = MappingProxyType(
    {
        "urgency": lambda each: each.urgency,
        "name": lambda each: searchable(each.status.business.name),
        "state": lambda each: (URGENCY[each.status.badge.tone], searchable(each.status.business.name)),
        "synced": lambda each: each.status.last_synced_at or _NEVER,
        "alerts": lambda each: len(each.alerts),
        "left": lambda each: each.status.calls_left_today,
    }
)

SORTS = (*_ORDERS, "sessions")
"""By name of `sort`; a minus before it turns the order around."""

DEFAULT_SORT = "urgency"


def list_businesses(
    home: Home, viewer: Viewer, *, query: str = "", sort: str = DEFAULT_SORT, show: str = ALL, group: str = "", page: int = 1
) -> Listing:
    """Those of the viewer whose name, slug or project ID has `query`.

    An unknown `sort` is the worst first, an unknown `group`, or any for a client, none.
    """
    business_ids = None if viewer.is_agency else viewer.business_ids
    by = sort.removeprefix("-")
    if by not in SORTS:
        sort = by = DEFAULT_SORT
    show = show if show in FILTER else ALL
    to_date = home.yesterday()
    from_date = to_date - timedelta(days=DAYS - 1)
    statuses = _statuses(home, business_ids)
    wanted = searchable(query.strip())
    groups = tuple(home.groups.all()) if may(viewer, "manage_groups") else ()
    chosen = next((each for each in groups if each.group_id == group), None)
    asked = {name: status for name, status in statuses.items() if chosen is None or name in chosen.business_ids}
    searched = {name: status for name, status in asked.items() if not wanted or wanted in _words(status)}
    with home.state.read() as connection:
        known = troubles(connection, searched, yesterday=to_date, is_agency=viewer.is_agency)
        found = [name for name, trouble in known.items() if FILTER[show].holds(trouble)]
        sessions = sessions_by_business(connection, from_date=from_date, to_date=to_date) if by == "sessions" else {}
        by_number = {name: sessions[name].sessions if name in sessions else -1 for name in found}
        keys = {name: _ORDERS[by](known[name]) for name in found} if by in _ORDERS else by_number
        found.sort(key=keys.__getitem__, reverse=sort.startswith("-"))
        pages = max(1, -(-len(found) // ON_A_PAGE))
        page = min(max(1, page), pages)
        shown = found[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]
        sessions = sessions or sessions_by_business(connection, from_date=from_date, to_date=to_date, business_ids=shown)
        counted_as = {each: sessions[each].counted for each in shown if each in sessions}
        by_day = sessions_by_day(connection, counted_as, from_date=from_date, to_date=to_date)
    return Listing(
        rows=tuple(_row(known[each], sessions.get(each), by_day.get(each, {}), from_date) for each in shown),
        known=len(statuses),
        found=len(found),
        counts=counted(known.values()),
        page=page,
        pages=pages,
        query=query,
        sort=sort,
        show=show,
        groups=groups,
        group=chosen,
    )


def _row(trouble: Trouble, total: Total | None, by_day: Mapping[date, int], from_date: date) -> Row:
    in_words = COUNTED_IN[total.counted] if total else ""
    sparkline = _sparkline(by_day, from_date, counted=in_words or COUNTED_IN["pages"])
    return Row(trouble, total.sessions if total else None, in_words, sparkline, wrong_of(trouble))


def _words(status: ConnectionStatus) -> str:
    """What a search looks into, folded."""
    business = status.business
    return searchable(f"{business.name}\n{business.business_id}\n{business.project_id}")


def _statuses(home: Home, business_ids: Collection[str] | None) -> dict[str, ConnectionStatus]:
    found = connection_statuses(home.state, clock=home.clock, business_ids=business_ids)
    return {each.business.business_id: each for each in found}


def _sparkline(by_day: Mapping[date, int], from_date: date, *, counted: str) -> Markup:
    values = [by_day.get(from_date + timedelta(days=place)) for place in range(DAYS)]
    said = ", ".join("no data" if value is None else number(value) for value in values)
    return sparkline(values, title=f"{counted[:1].upper()}{counted[1:]} of the last {DAYS} days: {said}")
