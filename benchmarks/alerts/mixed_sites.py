"""Site-years with pages, devices and sources, each cell with a rate of its own: where a site's rate moves with nothing broken.

`sites` draws a whole site with one mix of visitors. Here every page x device x source has its share of the visits and its rate
of a signal, constant over the year, and a scenario moves the visits, or all rates alike, or really breaks a page. Page visits
are Poisson around a mean that wobbles by `TRAFFIC_CV` a day, a visit has the signal with its cell's rate times the day's wobble
of `RATE_CV`, as the fake Clarity draws them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from benchmarks.alerts.naive import BEFORE
from benchmarks.alerts.quiet import DAYS
from benchmarks.alerts.sites import Floats, Ints, Series, wobbles

PAGES, DEVICES, SOURCES = 12, 3, 5
PAGES_A_SESSION = 1.8
TRAFFIC_CV, RATE_CV = 0.10, 0.12
RATE = 0.03
WEEKDAYS = (1.1, 1.1, 1.05, 1.05, 1.0, 0.85, 0.85)
LANDING = 3
"""The page on which campaigns land: the fourth busiest, whose rate is 2.5 times the site's."""

AUDIENCE = 4
"""The source that brings the audience of launch days, where it can be seen; 3 % of the visits of other days."""

Lane = Literal["device", "source"]


@dataclass(frozen=True, slots=True, eq=False)
class MixedSite:
    """D days x P pages x V devices x S sources: page visits, and those with the signal."""

    visits: Ints
    signal_visits: Ints
    events: Ints

    def series(self) -> Series:
        """The site's sums, as `business_day` has them."""
        return Series(self.visits.sum(axis=(1, 2, 3)), self.signal_visits.sum(axis=(1, 2, 3)), self.events)

    def page(self, number: int) -> Series:
        """One page's; its events are its visits with them."""
        hit = self.signal_visits[:, number].sum(axis=(1, 2))
        return Series(self.visits[:, number].sum(axis=(1, 2)), hit, hit)

    def lane(self, lane: Lane) -> tuple[Ints, Ints]:
        """Visits and those with the signal of one lane, D x P x its values."""
        axis = 3 if lane == "device" else 2
        return self.visits.sum(axis=axis), self.signal_visits.sum(axis=axis)


@dataclass(slots=True, eq=False)
class Plan:
    """What a scenario does to a site: factors of visits, of rates, of clicks a visit, each broadcast to D x P x V x S."""

    visits: Floats
    rates: Floats
    own: Mapping[str, Floats] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Nature:
    """What does not change over a year: shares of the visits and relative rates, P x V x S."""

    shares: Floats
    rates: Floats
    level: float = RATE


def nature(rng: np.random.Generator, *, phones: float = 1.0, audience: float = 1.0, level: float = RATE) -> Nature:
    """A site at random; phones have `phones` times the rate of desktops, the audience's source so many times that of others."""
    pages = 1 / np.arange(1, PAGES + 1)
    shares = pages[:, None, None] * np.array([0.62, 0.34, 0.04])[:, None] * np.array([0.42, 0.25, 0.18, 0.12, 0.03])
    shares = shares * rng.gamma(8, 1 / 8, shares.shape)
    rates = np.exp(rng.normal(0, 0.4, PAGES))[:, None, None] * np.array([phones, 1.0, 0.5 + phones / 2])[:, None]
    rates = rates * np.array([1.0, 1.1, 0.9, 1.05, audience])
    rest = np.delete(np.arange(PAGES), LANDING)
    rates[LANDING] *= 2.5 * np.average(rates[rest], weights=shares[rest]) / np.average(rates[LANDING], weights=shares[LANDING])
    return Nature(shares / shares.sum(), rates / np.average(rates, weights=shares), level)


def draw(of: Nature, plan: Plan, *, size: float, rng: np.random.Generator) -> MixedSite:
    """A year of it, with `size` sessions on an average day."""
    days = len(plan.visits)
    daily = size * PAGES_A_SESSION * np.resize(WEEKDAYS, days) * wobbles(rng, TRAFFIC_CV, days)
    visits = rng.poisson(daily[:, None, None, None] * of.shares * plan.visits)
    chance = of.level * of.rates * wobbles(rng, RATE_CV, days)[:, None, None, None] * plan.rates
    hit = rng.binomial(visits, np.minimum(1.0, chance))
    total = hit.sum(axis=(1, 2, 3))
    more = np.where(total > 0, rng.negative_binomial(np.maximum(1, total), 0.5), 0)
    clicks = plan.own.get("clicks")
    return MixedSite(visits, hit, total + more + (0 if clicks is None else rng.poisson(clicks)))


def steady(days: int = DAYS) -> Plan:
    """Nothing happens."""
    return Plan(np.ones((days, 1, 1, 1)), np.ones((days, 1, 1, 1)))


def spells(rng: np.random.Generator, *, a_year: int, lengths: tuple[int, int], days: int = DAYS) -> list[tuple[int, int]]:
    """First days and lengths of what comes some times a year, none over another, none before the 36th day."""
    room = (days - BEFORE) // a_year
    found = []
    for number in range(a_year):
        length = int(rng.integers(lengths[0], lengths[1] + 1))
        found.append((BEFORE + number * room + int(rng.integers(0, max(1, room - length - 3))), length))
    return found
