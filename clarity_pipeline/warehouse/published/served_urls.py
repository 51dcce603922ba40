"""The worst pages of a span of days: those on which most sessions met trouble. Called by `panel`.

Each day keeps its worst pages only, so a page's sums leave out the days on which it was not among them. A page's address comes
from strangers: it is text, never a link.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.published import serving_urls

URL_COLUMNS = (
    "url",
    "sessions",
    "affected_sessions",
    "dead_clicks",
    "rage_clicks",
    "quick_backs",
    "excessive_scroll",
    "script_errors",
    "error_clicks",
)
"""What each list in `clarity_serving_urls.urls` holds, in this order; the names of `sql/statements/serving_urls.sql`."""

_c = serving_urls.c


@dataclass(frozen=True, slots=True)
class WorstUrl:
    """A page over a span; `affected_sessions` is a lower bound, `url` None where Clarity sent no address."""

    url: str | None
    sessions: int
    affected_sessions: int
    dead_clicks: int
    rage_clicks: int
    quick_backs: int
    excessive_scroll: int
    script_errors: int
    error_clicks: int


def worst_urls(state: StateDatabase, business_id: str, *, from_date: date, to_date: date) -> list[WorstUrl]:
    """Every page that was among the worst of a day, both dates included; the one with most affected sessions first."""
    span = sa.and_(_c.business_id == business_id, _c.date.between(from_date, to_date))
    sums: dict[str | None, list[int]] = defaultdict(lambda: [0] * (len(URL_COLUMNS) - 1))
    with state.read() as connection:
        for urls in connection.scalars(sa.select(_c.urls).where(span)):
            for url, *counts in urls:
                sums[url] = [before + more for before, more in zip(sums[url], counts, strict=True)]
    found = [WorstUrl(url, *counts) for url, counts in sums.items()]
    return sorted(found, key=lambda each: (-each.affected_sessions, -each.sessions, each.url or ""))
