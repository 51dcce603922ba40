"""What the address of a place asks for beside the business: the span of days, and the order of its table. Pure."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from clarity_pipeline.panel.views.dashboard import METRICS, PAGE_EVENTS, SPANS

URL_SORTS = ("url", "sessions", "affected_sessions", *(each.name for each in PAGE_EVENTS))
DAY_SORTS = ("date", "sessions", *(each.name for each in METRICS["site"]))
GROUP_SORTS = ("value", *URL_SORTS[1:])

_USUAL = {"span": SPANS[0], "urls": "-affected_sessions", "days": "-date", "groups": "-sessions"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the place's address asks for; what it does not know it takes as unasked."""

    path: str
    span: int
    urls: str
    days: str
    groups: str = "-sessions"

    @classmethod
    def of(cls, path: str, *, span: str = "", urls: str = "", days: str = "", groups: str = "") -> "Asked":
        """From the query, each value checked."""
        return cls(
            path=path,
            span=next((each for each in SPANS if str(each) == span), SPANS[0]),
            urls=urls if urls.removeprefix("-") in URL_SORTS else "-affected_sessions",
            days=days if days.removeprefix("-") in DAY_SORTS else "-date",
            groups=groups if groups.removeprefix("-") in GROUP_SORTS else "-sessions",
        )

    def href(self, **other: Any) -> str:
        """The same place, asked for something else; what is usual is left out."""
        return self.path + self.query(**other)

    def query(self, **other: Any) -> str:
        """What stands behind the path: nothing, or `?` and whatever is not usual."""
        wanted = {"span": self.span, "urls": self.urls, "days": self.days, "groups": self.groups} | other
        unusual = {name: value for name, value in wanted.items() if value != _USUAL[name]}
        return f"?{urlencode(unusual)}" if unusual else ""

    @property
    def span_query(self) -> str:
        """What another place of the business is given along."""
        return f"?span={self.span}" if self.span != SPANS[0] else ""
