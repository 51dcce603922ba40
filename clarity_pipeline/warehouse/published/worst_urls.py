"""The worst pages of a span of days: those on which most sessions met trouble. Called by `panel`.

Each day keeps its worst pages only, so a page's sums leave out the days on which it was not among them. A page's address comes
from strangers: it is text, never a link.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.clarity.measures import SIGNALS
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.published import serving_urls

EVENTS = tuple(signal.events for signal in SIGNALS)

_BEFORE = (
    *("url", "sessions", "affected_sessions", "dead_clicks", "rage_clicks"),
    *("quick_backs", "excessive_scroll", "script_errors", "error_clicks"),
)
"""What each list held while pages were stored without names: a home keeps such days until they are served anew."""

_c = serving_urls.c


@dataclass(frozen=True, slots=True)
class WorstUrl:
    """A page over a span; `affected_sessions` is a lower bound, `url` None where Clarity sent no address; `events` by column.

    `is_folded`: on a day it stood for several addresses, so its sessions are an upper bound.
    """

    url: str | None
    sessions: int
    is_folded: bool
    affected_sessions: int
    events: Mapping[str, int]


def packed(pages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The pages of a day as `clarity_serving_urls.urls` holds them: names once, then a list of values a page."""
    names = list(pages[0]) if pages else []
    return {"names": names, "pages": [[page[name] for name in names] for page in pages]}


def worst_urls(state: StateDatabase, business_id: str, *, from_date: date, to_date: date) -> list[WorstUrl]:
    """Every page that was among the worst of a day, both dates included; the one with most affected sessions first."""
    span = sa.and_(_c.business_id == business_id, _c.date.between(from_date, to_date))
    sums: dict[str | None, Counter[str]] = defaultdict(Counter)
    with state.read() as connection:
        for urls in connection.scalars(sa.select(_c.urls).where(span)):
            for page in _unpacked(urls):
                sums[page.pop("url")].update(page)
    found = [
        WorstUrl(
            url, counts["sessions"], bool(counts["folded"]), counts["affected_sessions"], {name: counts[name] for name in EVENTS}
        )
        for url, counts in sums.items()
    ]
    return sorted(found, key=lambda each: (-each.affected_sessions, -each.sessions, each.url or ""))


def page_days(state: StateDatabase, business_id: str, url: str, *, from_date: date, to_date: date) -> dict[date, WorstUrl]:
    """One page by day, both dates included: the days on which it was among the worst, and no others."""
    query = sa.select(_c.date, _c.urls).where(_c.business_id == business_id, _c.date.between(from_date, to_date))
    found = {}
    with state.read() as connection:
        for row in connection.execute(query):
            for page in _unpacked(row.urls):
                if page["url"] == url:
                    events = {name: page[name] for name in EVENTS}
                    is_folded = bool(page.get("folded"))
                    found[row.date] = WorstUrl(url, page["sessions"], is_folded, page["affected_sessions"], events)
    return found


def _unpacked(urls: Any) -> Iterator[dict[str, Any]]:
    names, pages = (urls["names"], urls["pages"]) if isinstance(urls, dict) else (_BEFORE, urls)
    return (dict(zip(names, values, strict=True)) for values in pages)


def newest_urls(state: StateDatabase, business_ids: Collection[str] | None, *, until: date) -> list[tuple[str, str]]:
    """Business and address of every page among the worst of the newest date, of these businesses or of all; the worst first."""
    newest = sa.select(sa.func.max(_c.date)).where(_c.date <= until).scalar_subquery()
    query = sa.select(_c.business_id, _c.urls).where(_c.date == newest).order_by(_c.business_id)
    if business_ids is not None:
        query = query.where(_c.business_id.in_(list(business_ids)))
    with state.read() as connection:
        rows = connection.execute(query).all()
    found = [(row.business_id, page) for row in rows for page in _unpacked(row.urls) if page["url"]]
    found.sort(key=lambda each: -each[1]["affected_sessions"])
    return [(business_id, page["url"]) for business_id, page in found]
