"""What is true of a site on a UTC date, in the two ways in which a session of several pages can be counted.

`simulator.truth` counts; here its tallies are put together by canonical page. Clarity counts a session once in every *address* it
saw, so that whoever saw one page under two addresses (a click id, then the plain one) is two; no client can see that. That is
the truth that numbers are held against (`by_page`, `of_site`): an error is then an error of method. `visits_by_page` counts such
a session once, and the report says how far the two are apart.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from clarity_pipeline.metrics.urls import canonical_url
from clarity_pipeline.simulator.sessions import HUMAN, Label, Sessions
from clarity_pipeline.simulator.truth import Tally, Truth

canonical = lru_cache(200_000)(lambda raw: canonical_url(raw, kept_parameters=frozenset()))
"""The pipeline's own idea of a page, for lack of a better one: a false fold of two pages is not measured here."""


@dataclass(frozen=True)
class DayTruth:
    """The truth of one site and UTC date, counted when it is asked for."""

    sessions: Sessions

    @cached_property
    def by_page(self) -> Mapping[Label, Tally]:
        """By canonical page, a session once in each address."""
        pages: defaultdict[Label, list[Tally]] = defaultdict(list)
        for (url,), tally in Truth(self.sessions).by("url").items():
            pages[None if url is None else canonical(url)].append(tally)
        return {page: added(tallies) for page, tallies in pages.items()}

    @cached_property
    def of_site(self) -> Tally:
        """All pages added, as `business_day` adds them: page-sessions."""
        return added(self.by_page.values())

    def by_tuple(self, dimensions: tuple[str, ...]) -> Mapping[tuple[Label, ...], int]:
        """Human sessions by canonical tuple of a slice, a session once in each address."""
        place = dimensions.index("url")
        sessions: defaultdict[tuple[Label, ...], int] = defaultdict(int)
        for key, tally in Truth(self.sessions).by(*dimensions).items():
            url = key[place]
            sessions[(*key[:place], None if url is None else canonical(url), *key[place + 1 :])] += tally.sessions
        return sessions

    @cached_property
    def visits_by_page(self) -> Mapping[Label, int]:
        """Human sessions by canonical page, each once."""
        urls = tuple(None if url is None else canonical(url) for url in self.sessions.values["url"])
        folded = replace(self.sessions, values=self.sessions.values | {"url": urls})
        return {page: tally.sessions for (page,), tally in Truth(folded).by("url").items()}

    @property
    def raw_urls(self) -> int:
        """How many addresses were seen, click ids and all."""
        return len(set(self.sessions.codes("url").tolist()))

    @property
    def visitors(self) -> int:
        """Human sessions of the whole site, each once."""
        return int((self.sessions.kind == HUMAN).sum())


def added(tallies: Iterable[Tally]) -> Tally:
    """One tally of several: numbers added, visitors united."""
    whole = Tally()
    for each in tallies:
        for name in ("sessions", "bot_sessions", "pages", "views", "scroll", "active_s", "total_s"):
            setattr(whole, name, getattr(whole, name) + getattr(each, name))
        whole.users |= each.users
        for mine, theirs in (
            (whole.events, each.events),
            (whole.event_views, each.event_views),
            (whole.event_sessions, each.event_sessions),
        ):
            for event, count in theirs.items():
                mine[event] += count
    return whole
