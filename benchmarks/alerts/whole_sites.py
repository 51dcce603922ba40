"""Years of everything that a rule can ask of an unchanged site: all events on the same sessions, averages, bots, pages.

`sites` draws one quantity at a time, which is what the test of one quantity needs; a rule may look at several, so here they share
their days. Scroll depth and engagement do not wander in the simulator, and people's do: they get a wobble of their own here,
gamma as that of the rates, `AVERAGES_CV` a day.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from benchmarks.alerts.sites import FIRST, Floats, Habits, Ints, Series, day_means, no_change, with_events, wobbles
from clarity_pipeline.simulator.site import EVENTS, Event

AVERAGES_CV = 0.05
SCROLL = (56.6, 23.2)
"""Mean and standard deviation of a page-session's scroll depth: 7 + 93 Beta(1.6, 1.4)."""

ENGAGEMENT_MS = (26_000.0, 38_000.0)
"""Of its active time, between the shapes: 24 to 28 s, deviating by 34 to 41 s."""

__all__ = ["FIRST", "SiteYears", "whole_site", "whole_site_pages"]


@dataclass(frozen=True, slots=True, eq=False)
class SiteYears:
    """D days of one site or page."""

    sessions: Ints
    bot_sessions: Ints
    scroll_depth: Floats
    engagement_time_ms: Floats
    events: Mapping[Event, Series]


def whole_site(
    of: Habits, *, size: float, days: int, rng: np.random.Generator, factors: Mapping[Event, Floats] = MappingProxyType({})
) -> SiteYears:
    """The site as `business_day` has it: sums over its pages; `factors` of an event, D x P, make it worse on some."""
    mean = day_means(of, size=size, days=days, rng=rng)
    sessions = (rng.poisson(mean[:, None] * of.pages_seen) * np.arange(len(of.pages_seen))).sum(axis=1)
    share = of.visits / of.visits.sum()
    events: dict[Event, Series] = {}
    quiet = no_change(days, len(of.visits))
    for event in EVENTS:
        wobble, factor = wobbles(rng, of.site.rates_cv, days), factors.get(event, quiet)
        chance = of.signal_chance(event, wobble, factor) @ share
        hits = of.hits_a_session(event, wobble, factor) @ share / chance
        events[event] = with_events(of.rate(event), sessions, rng.binomial(sessions, chance), hits, rng)
    return SiteYears(sessions, _bots(of, mean, rng), *_averages(sessions, rng), events)


def whole_site_pages(of: Habits, *, size: float, days: int, rng: np.random.Generator) -> list[SiteYears]:
    """Every page by itself, as `url_day` has them; one wobble of each rate a day for all."""
    mean = day_means(of, size=size, days=days, rng=rng)
    sessions = rng.poisson(mean[:, None] * of.visits)
    quiet = no_change(days, len(of.visits))
    events: list[dict[Event, Series]] = [{} for _ in of.visits]
    for event in EVENTS:
        wobble = wobbles(rng, of.site.rates_cv, days)
        chance = of.signal_chance(event, wobble, quiet)
        hits = of.hits_a_session(event, wobble, quiet) / chance
        for page, found in enumerate(events):
            signal_sessions = rng.binomial(sessions[:, page], chance[:, page])
            found[event] = with_events(of.rate(event), sessions[:, page], signal_sessions, hits[:, page], rng)
    bots = _bots(of, mean, rng)
    return [
        SiteYears(sessions[:, page], bots // len(events), *_averages(sessions[:, page], rng), found)
        for page, found in enumerate(events)
    ]


def _bots(of: Habits, mean: Floats, rng: np.random.Generator) -> Ints:
    share = of.site.bot_share
    return rng.poisson(mean * share / (1 - share) * wobbles(rng, 2 * of.site.sessions_cv, len(mean)))


def _averages(sessions: Ints, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """NaN on a day without sessions."""
    found = []
    for mean, deviation in (SCROLL, ENGAGEMENT_MS):
        level = mean * wobbles(rng, AVERAGES_CV, len(sessions))
        noise = rng.normal(0, deviation, len(sessions)) / np.sqrt(np.maximum(1, sessions))
        found.append(np.where(sessions > 0, np.maximum(0, level + noise), np.nan))
    return found[0], found[1]
