"""What the address of a place asks for beside the business: the span of days, and the order of its table. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from clarity_pipeline.panel.views.dashboard import SPANS
from clarity_pipeline.panel.views.shown_metrics import METRICS, PAGE_EVENTS

URL_SORTS = ("url", "sessions", "affected_sessions", *(each.name for each in PAGE_EVENTS))
DAY_SORTS = ("date", "sessions", *(each.name for each in METRICS["site"]))
GROUP_SORTS = ("value", *URL_SORTS[1:])

_USUAL = {"span": SPANS[0], "urls": "-affected_sessions", "days": "-date", "groups": "-sessions"}

LONGEST_SPAN = 400
"""Days; as many as the panel's copy has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the place's address asks for; what it does not know it takes as unasked.

    `span` days are shown, up to `until` where dates were chosen by hand, else up to yesterday. `problem` says why they were not
    taken. `url` is the page that a place is about.
    """

    path: str
    span: int = SPANS[0]
    urls: str = "-affected_sessions"
    days: str = "-date"
    groups: str = "-sessions"
    until: date | None = None
    problem: str = ""
    url: str = ""

    @classmethod
    def of(cls, path: str, query: Mapping[str, str], *, yesterday: date) -> "Asked":
        """From the query, each value checked."""
        urls, days, groups = (query.get(name, "") for name in ("urls", "days", "groups"))
        asked = cls(
            path=path,
            span=next((each for each in SPANS if str(each) == query.get("span")), SPANS[0]),
            urls=urls if urls.removeprefix("-") in URL_SORTS else "-affected_sessions",
            days=days if days.removeprefix("-") in DAY_SORTS else "-date",
            groups=groups if groups.removeprefix("-") in GROUP_SORTS else "-sessions",
            url=query.get("url", ""),
        )
        if not query.get("from") and not query.get("to"):
            return asked
        first, last = _day(query.get("from", "")), _day(query.get("to", "")) or yesterday
        if first is None or first > last or last > yesterday or last - first >= timedelta(days=LONGEST_SPAN):
            return replace(asked, problem=_problem(asked, yesterday))
        return replace(asked, span=(last - first).days + 1, until=last)

    @property
    def since(self) -> date | None:
        """The first day, where dates were chosen by hand."""
        return self.until and self.until - timedelta(days=self.span - 1)

    def href(self, **other: Any) -> str:
        """The same place, asked for something else; what is usual is left out."""
        return self.path + self.query(**other)

    def query(self, **other: Any) -> str:
        """What stands behind the path: nothing, or `?` and whatever is not usual."""
        by_hand = self.until is not None and "span" not in other
        dates = {"from": self.since, "to": self.until} if by_hand else {"span": self.span}
        wanted = {"url": self.url, **dates, "urls": self.urls, "days": self.days, "groups": self.groups} | other
        unusual = {name: value for name, value in wanted.items() if value and value != _USUAL.get(name)}
        return f"?{urlencode(unusual)}" if unusual else ""

    @property
    def span_query(self) -> str:
        """What another place of the business is given along: the days alone."""
        return Asked(path="", span=self.span, until=self.until).query()


def _problem(asked: Asked, yesterday: date) -> str:
    wanted = f"a first day that is not after the last, a last one that is not after {yesterday}, and at most {LONGEST_SPAN} days"
    return f"Choose {wanted}. The last {asked.span} days are shown."


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
