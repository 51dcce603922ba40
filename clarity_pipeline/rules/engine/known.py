"""All that is known of one business when its rules are asked, and one subject's part of it on one day.

Made by `judging.inputs`; asked by `evaluate`. Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from clarity_pipeline.rules.engine.ad_days import ad_total
from clarity_pipeline.rules.engine.history import Days, History
from clarity_pipeline.rules.engine.mix import Mix
from clarity_pipeline.rules.language.metric import Family
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.trust.regime import Event

PRESENT_DAYS = 7
"""A page is among the busiest, and an ad entity is still there, by these days, the evaluated one included."""

ConnectionState = Literal["stale", "rejected"]


@dataclass(frozen=True, slots=True)
class Entity:
    """One campaign, ad set or ad: what its platform says of it a day, and the canonical page that it leads to."""

    level: str
    entity_id: str
    name: str | None
    landing_url: str | None
    history: History


@dataclass(frozen=True, slots=True)
class Outage:
    """That nothing comes from Clarity, and why in words: the dates from `since` on that are missing are missing because of it."""

    since: date
    said: str


@dataclass(frozen=True, slots=True)
class Change:
    """A change that somebody marked: of a page, or of the whole site where that is None."""

    url: str | None
    changed_on: date
    note: str = ""


@dataclass(frozen=True, slots=True)
class Experiment:
    """What came of one variant by `to_date`, as `experiment_quality` says; None where it cannot be told."""

    name: str
    variant: str
    from_date: date
    to_date: date
    more_conversions_and_more_frustration: bool | None


def _nothing() -> History:
    return History((), ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One business. `as_known` asks for the past as it was known then; the live run takes what is known now.

    `rest` is the business without the visits from the countries `left_out`, by the lane that has countries, and `page_shares`
    their part of the visits of each page; None and nothing where no country counts anew. `mix` tells which visits came, as they
    are known now; None where no rule tests a signal. `connection` is how the connection is on `connection_on`, the day that is
    evaluated last; of earlier days nobody knows. `time_zone` is that of its ad accounts, where it is known.
    """

    business_id: str
    business: History = field(default_factory=_nothing)
    site: History = field(default_factory=_nothing)
    pages: Mapping[str, History] = field(default_factory=dict)
    entities: Sequence[Entity] = ()
    changes: Sequence[Change] = ()
    experiments: Sequence[Experiment] = ()
    events: Sequence[Event] = ()
    connection: frozenset[ConnectionState] | None = None
    connection_on: date | None = None
    outage: Outage | None = None
    as_known: bool = False
    time_zone: str | None = None
    rest: History | None = None
    left_out: tuple[str, ...] = ()
    page_shares: Mapping[str, float] = field(default_factory=dict)
    mix: Mix | None = None
    _totals: list[History] = field(default_factory=list, compare=False, repr=False)

    def ad_total(self) -> History:
        """What its ad platforms say of the whole business, added up when it is first asked for."""
        if not self._totals:
            self._totals.append(ad_total((each.level, each.history) for each in self.entities))
        return self._totals[0]

    def days(self, history: History, as_of: date) -> Days:
        """The days of one of its places, as they are asked for."""
        return history.at(as_of) if self.as_known else history.now()

    def views(self, rule: Rule, as_of: date) -> list["View"]:
        """Whom the rule is asked about on a day: the business, its busiest pages, or its entities that are still there."""
        if rule.scope == "business":
            return [View(self, as_of)]
        if rule.scope == "url":
            return [View(self, as_of, entity=url, page=url) for url in self._busiest(as_of, rule.top)]
        from_date = as_of - timedelta(days=PRESENT_DAYS - 1)
        found = []
        for entity in self.entities:
            if entity.level == rule.scope:
                days = self.days(entity.history, as_of)
                start, stop = days.span(from_date, as_of)
                if days.present[stop] > days.present[start]:
                    found.append(View(self, as_of, entity.entity_id, entity.name, entity.landing_url, entity.history))
        return found

    def _busiest(self, as_of: date, top: int) -> Iterable[str]:
        """The pages with most sessions, and those that somebody marked as changed, where they have any."""
        from_date = as_of - timedelta(days=PRESENT_DAYS - 1)
        sessions: dict[str, int] = {}
        for url, history in self.pages.items():
            days = self.days(history, as_of)
            if days.length and (column := days.column("sessions")):
                start, stop = days.span(from_date, as_of)
                if (total := column.sums[stop] - column.sums[start]) > 0:
                    sessions[url] = total
        busiest = sorted(sessions, key=lambda url: (-sessions[url], url))[:top]
        marked = (change.url for change in self.changes if change.url in sessions and change.changed_on <= as_of)
        return dict.fromkeys([*busiest, *(url for url in marked if url)])


@dataclass(frozen=True, slots=True)
class View:
    """One subject on one day; `page` is what it is about or where it leads."""

    known: Known
    as_of: date
    entity: str = ""
    name: str | None = None
    page: str | None = None
    numbers: History | None = None

    def days(self, family: Family) -> Days:
        """The days of a family's place; without any where there is none."""
        known = self.known
        if family == "business":
            return known.days(known.business, self.as_of)
        if family == "page":
            history = known.pages.get(self.page) if self.page else None
        else:
            history = known.site if family == "site" else self.numbers or (None if self.entity else known.ad_total())
        return NOTHING if history is None else known.days(history, self.as_of)

    def changes(self) -> list[Change]:
        """The marked changes that concern it, the newest last: of the page where it is about one, and of the whole site."""
        mine = (each for each in self.known.changes if each.changed_on <= self.as_of)
        concerned = (each for each in mine if not self.entity or each.url is None or each.url == self.page)
        return sorted(concerned, key=lambda each: each.changed_on)


NOTHING = Days((), {})
