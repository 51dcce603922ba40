"""What is true of a site on a UTC date, in the two ways in which a session of several pages can be counted.

Counted by columns, since 40,000 sessions in plain loops take a second; a test holds it against `simulator.truth`. Clarity counts
a session once in every *address* it saw, so that whoever saw one page under two addresses (a click id, then the plain one) is
two, and no client can see that. That is the truth that numbers are held against (`by_page`, `of_site`), so that an error is one
of method. `visits_by_page` counts such a session once, and the report says how far the two are apart.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from clarity_pipeline.normalize.urls import canonical_url
from clarity_pipeline.simulator.sessions import BOT, HUMAN, Floats, Ints, Label, Sessions
from clarity_pipeline.simulator.site import EVENTS
from clarity_pipeline.simulator.truth import Tally, Truth

canonical = lru_cache(200_000)(lambda raw: canonical_url(raw, kept_parameters=frozenset()))
"""The pipeline's own idea of a page, for lack of a better one: a false fold of two pages is not measured here."""


@dataclass(frozen=True)
class DayTruth:
    """The truth of one site and UTC date, counted when it is asked for."""

    sessions: Sessions

    @cached_property
    def by_page(self) -> Mapping[Label, Tally]:
        """By canonical page, a session once in each address; without users, whom no sum over addresses can tell."""
        sessions = self.sessions
        address, humans = sessions.codes("url"), sessions.kind[sessions.view_session] == HUMAN
        pages, page_of_address = _folded(sessions.values["url"])
        pairs, pair_of_view = np.unique(address * len(sessions.kind) + sessions.view_session, return_inverse=True)
        pair_address, pair_session = np.divmod(pairs, max(1, len(sessions.kind)))
        pair_kind, page_of_pair, page_of_view = (
            sessions.kind[pair_session],
            page_of_address[pair_address],
            page_of_address[address],
        )

        def count(of: Ints, weights: Floats | Ints | None = None) -> list[float]:
            return np.bincount(of, weights, minlength=len(pages)).tolist()  # type: ignore[no-any-return]

        by_human = page_of_pair[pair_kind == HUMAN]
        columns: dict[str, list[float]] = {
            "sessions": count(by_human),
            "bot_sessions": count(page_of_pair[pair_kind == BOT]),
            "pages": count(by_human, sessions.pages[pair_session[pair_kind == HUMAN]]),
            "views": count(page_of_view[humans]),
            "scroll": count(page_of_view[humans], sessions.scroll[humans]),
            "active_s": count(page_of_view[humans], sessions.active_s[humans]),
            "total_s": count(page_of_view[humans], sessions.total_s[humans]),
        }
        tallies = {page: Tally() for page in pages}
        for name, values in columns.items():
            for tally, value in zip(tallies.values(), values, strict=True):
                setattr(tally, name, value if name == "scroll" else int(value))
        for line, event in enumerate(EVENTS):
            hit = np.flatnonzero(sessions.events[line])
            happened = count(page_of_view[hit], sessions.events[line][hit])
            affected = count(page_of_pair[np.unique(pair_of_view[hit])])
            for tally, events, of_sessions in zip(tallies.values(), happened, affected, strict=True):
                tally.events[event], tally.event_sessions[event] = int(events), int(of_sessions)
        return tallies

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
    def users(self) -> int:
        """Distinct people behind human sessions and visits without a URL, which is how Clarity counts users."""
        return len(np.unique(self.sessions.user[self.sessions.kind != BOT]))

    @property
    def visitors(self) -> int:
        """Human sessions of the whole site, each once."""
        return int((self.sessions.kind == HUMAN).sum())


def _folded(addresses: Sequence[Label]) -> tuple[list[Label], Ints]:
    """The pages behind some addresses, and the place of each address among them."""
    pages: dict[Label, int] = {}
    places = [pages.setdefault(None if url is None else canonical(url), len(pages)) for url in addresses]
    return list(pages), np.array(places, dtype=np.int64)


def added(tallies: Iterable[Tally]) -> Tally:
    """One tally of several."""
    whole = Tally()
    for each in tallies:
        for name in ("sessions", "bot_sessions", "pages", "views", "scroll", "active_s", "total_s"):
            setattr(whole, name, getattr(whole, name) + getattr(each, name))
        for mine, theirs in ((whole.events, each.events), (whole.event_sessions, each.event_sessions)):
            for event, count in theirs.items():
                mine[event] += count
    return whole
