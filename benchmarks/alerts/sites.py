"""Years of days of made-up sites, fast: what the fake Clarity's sessions come to when they are counted as its API counts them.

`simulator.sessions.draw_day` draws every session; 200 sites x 400 days x 20,000 sessions of it would take hours. So its
habits are measured once for each site shape, from sessions that it drew (`measure`), and whole days are drawn from them:

- sessions are Poisson around a mean that wobbles by gamma, as in `draw_day`; then so is the number of sessions that see a
  page (thinning), and the number of those that see k pages;
- a page-session has the signal with the chance that one of its views has it, where the rate wobbles by gamma once a day.

Both are what `draw_day` does, not a fit to it; `test_sites` holds means, variances and whole distributions against it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from clarity_pipeline.simulator.presets import large_shop, mid_size, small
from clarity_pipeline.simulator.sessions import HUMAN, draw_day
from clarity_pipeline.simulator.site import EVENTS, Event, EventRate, Page, Site

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

FIRST = date(2025, 1, 6)
"""A Monday."""

SHAPES: Mapping[str, Site] = {"large_shop": large_shop(), "mid_size": mid_size(), "small": small()}
_MORE = tuple(Page(f"/products/more-{number}", 1) for number in range(10))
FIFTY_PAGES = replace(large_shop(), project_id="f1ftypages", pages=(*large_shop().pages, *_MORE))
SIZES = (30, 100, 400, 2_000, 20_000)
SIGNALS: tuple[Event, ...] = ("rage_clicks", "dead_clicks")


@dataclass(frozen=True, slots=True, eq=False)
class Habits:
    """Of one session of a site: chances. P pages, at most K views or pages."""

    site: Site
    pages_seen: Floats  # K + 1: it sees k different pages
    visits: Floats  # P: it sees the page
    views: Floats  # P x (K + 1): so many views of the page, where it sees it

    def signal_chance(self, event: Event, wobble: Floats, factors: Floats) -> Floats:
        """Chance that a page-session has the event; `wobble` has D days, `factors` is D x P or 1 x P, the answer D x P."""
        per_view = self._per_view(event, wobble, factors)
        without = sum(self.views[:, k] * (1 - per_view) ** k for k in range(1, self.views.shape[1]) if self.views[:, k].any())
        return np.asarray(1 - without)

    def hits_a_session(self, event: Event, wobble: Floats, factors: Floats) -> Floats:
        """Views with the event a page-session, D x P."""
        return self._per_view(event, wobble, factors) * (self.views @ np.arange(self.views.shape[1]))

    def _per_view(self, event: Event, wobble: Floats, factors: Floats) -> Floats:
        own = np.array([dict(page.rates).get(event, 1.0) for page in self.site.pages])
        return np.minimum(1.0, self.rate(event).per_view * own * factors * wobble[:, None])

    def rate(self, event: Event) -> EventRate:
        """The site's own rate of the event."""
        return next(rate for rate in self.site.rates if rate.event == event)

    @property
    def busiest(self) -> int:
        """The page that draws the most dead clicks: where the ads land."""
        return int(np.argmax(self.visits * [dict(page.rates).get("dead_clicks", 1.0) for page in self.site.pages]))


@lru_cache(maxsize=8)
def habits(shape: str) -> Habits:
    """The habits of a shape, from 60,000 sessions or so that `draw_day` drew."""
    return measure(FIFTY_PAGES if shape == "fifty_pages" else SHAPES[shape])


def measure(site: Site, *, sessions: int = 20_000, days: int = 3) -> Habits:
    """Count how many pages sessions see and how often each, over some days of a larger copy of the site."""
    most = 31
    seen = np.zeros(most)
    views = np.zeros((len(site.pages), most))
    titles = [page.title for page in site.pages]
    humans = 0
    for number in range(days):
        drawn = draw_day(replace(site, sessions_a_day=sessions, bot_share=0.0), FIRST + timedelta(days=number), 1)
        human = drawn.kind == HUMAN
        humans += int(human.sum())
        place = np.array([titles.index(str(title)) for title in drawn.values["title"]])[drawn.view_codes["title"]]
        by_human = human[drawn.view_session]
        pairs, counts = np.unique(drawn.view_session[by_human] * len(titles) + place[by_human], return_counts=True)
        np.add.at(views, (pairs % len(titles), counts), 1)
        different = np.bincount(pairs // len(titles), minlength=len(human))[human]
        seen += np.bincount(different, minlength=most)[:most]
    visits = views.sum(axis=1)
    return Habits(site=site, pages_seen=seen / humans, visits=visits / humans, views=views / np.maximum(1, visits)[:, None])


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """D days of one quantity of a site or page: page-sessions, those with the signal, and the events."""

    sessions: Ints
    signal_sessions: Ints
    events: Ints

    def with_storm(self, day: int, *, clicks: int = 80) -> "Series":
        """The same with one more visitor on a day, who clicks so often."""
        sessions, signal_sessions, events = self.sessions.copy(), self.signal_sessions.copy(), self.events.copy()
        sessions[day] += 1
        signal_sessions[day] += 1
        events[day] += clicks
        return Series(sessions, signal_sessions, events)


def no_change(days: int, pages: int) -> Floats:
    """Factors of a quiet stretch, D x P."""
    return np.ones((days, pages))


def site_days(of: Habits, *, size: float, event: Event, factors: Floats, rng: np.random.Generator) -> Series:
    """The whole site: sums over its pages, as `business_day` has them."""
    mean, wobble = _day_means(of, size=size, days=len(factors), rng=rng)
    pages = np.arange(len(of.pages_seen))
    sessions = (rng.poisson(mean[:, None] * of.pages_seen) * pages).sum(axis=1)
    share = of.visits / of.visits.sum()
    chance = of.signal_chance(event, wobble, factors) @ share
    signal_sessions = rng.binomial(sessions, chance)
    return with_events(of.rate(event), sessions, signal_sessions, of.hits_a_session(event, wobble, factors) @ share / chance, rng)


def page_days(of: Habits, *, size: float, event: Event, factors: Floats, rng: np.random.Generator) -> list[Series]:
    """Every page by itself, as `url_day` has them; one wobble of the rate a day for all."""
    mean, wobble = _day_means(of, size=size, days=len(factors), rng=rng)
    sessions = rng.poisson(mean[:, None] * of.visits)
    chance = of.signal_chance(event, wobble, factors)
    signal_sessions = rng.binomial(sessions, chance)
    hits = of.hits_a_session(event, wobble, factors) / chance
    return [
        with_events(of.rate(event), sessions[:, page], signal_sessions[:, page], hits[:, page], rng)
        for page in range(len(of.visits))
    ]


def _day_means(of: Habits, *, size: float, days: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Mean number of sessions of each day, and the rate's wobble."""
    return day_means(of, size=size, days=days, rng=rng), wobbles(rng, of.site.rates_cv, days)


def day_means(of: Habits, *, size: float, days: int, rng: np.random.Generator) -> Floats:
    """Mean number of sessions of each day; day 0 is a Monday."""
    weekdays = np.array([of.site.weekdays[(FIRST + timedelta(days=number)).weekday()] for number in range(7)])
    return np.asarray(size * weekdays[np.arange(days) % 7] * wobbles(rng, of.site.sessions_cv, days))


def wobbles(rng: np.random.Generator, cv: float, days: int) -> Floats:
    """A factor around 1 for each day, gamma."""
    return rng.gamma(cv**-2, cv**2, days) if cv else np.ones(days)


def with_events(rate: EventRate, sessions: Ints, signal_sessions: Ints, hits: Floats, rng: np.random.Generator) -> Series:
    """The events of sessions with the signal, whose views with it are `hits` a session."""
    views = signal_sessions + rng.poisson(signal_sessions * np.maximum(0, hits - 1))
    more = np.where(views > 0, rng.negative_binomial(np.maximum(1, views), 1 / rate.cluster), 0)
    storms = rng.binomial(views, rate.storm)
    return Series(sessions, signal_sessions, views + more + storms * rng.integers(60, 101, len(views)))


def line(event: Event) -> int:
    """The event's line in the simulator's columns."""
    return EVENTS.index(event)
