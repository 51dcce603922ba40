"""What moves a site's rate with nothing broken, scenario by scenario, and faults to be seen beside it.

Called by `mixed`. Each scenario takes a generator and gives a site's nature and what the year does to it; the words of a
scenario are what the report prints.
"""

from collections.abc import Callable, Mapping

import numpy as np

from benchmarks.alerts.harsher import wander
from benchmarks.alerts.mixed_sites import AUDIENCE, DEVICES, LANDING, PAGES, SOURCES, Nature, Plan, nature, spells, steady
from benchmarks.alerts.quiet import DAYS
from benchmarks.alerts.sites import Floats

Scenario = Callable[[np.random.Generator], tuple[Nature, Plan]]


def ordinary(rng: np.random.Generator) -> tuple[Nature, Plan]:
    return nature(rng), steady()


def bursts(rng: np.random.Generator) -> tuple[Nature, Plan]:
    """Eight a year, each of them half to twice the site's visits more, all of them on the landing page."""
    of, plan = nature(rng), steady()
    visits = np.ones((DAYS, PAGES, 1, 1))
    share = float(of.shares[LANDING].sum())
    for first, length in spells(rng, a_year=8, lengths=(5, 14)):
        visits[first : first + length, LANDING] += rng.uniform(0.5, 2.0) / share
    return of, Plan(visits, plan.rates)


def launch_days(rng: np.random.Generator, *, seen: bool) -> tuple[Nature, Plan]:
    """Five launches of one or two days and a Black Friday of five: 2.1 times the visits, 1.5 to 1.8 times the rate, on all pages.

    Seen, those who come on top are of one source and have its rate every day; else they are like all others but for the rate.
    """
    day = float(rng.uniform(1.5, 1.8))
    of = nature(rng, audience=1 + (day - 1) * 2.1 / 1.1 if seen else 1.0)
    visits, rates = np.ones((DAYS, 1, 1, SOURCES)), np.ones((DAYS, 1, 1, 1))
    days = [*spells(rng, a_year=5, lengths=(1, 2)), (320, 5)]
    for first, length in days:
        if seen:
            visits[first : first + length, :, :, AUDIENCE] += 1.1 / of.shares[:, :, AUDIENCE].sum()
        else:
            visits[first : first + length] *= 2.1
            rates[first : first + length] *= day
    return of, Plan(visits, rates)


def device_walk(rng: np.random.Generator) -> tuple[Nature, Plan]:
    """The share of phones walks between 30 and 90 %; they have three times the rate of desktops, always."""
    of = nature(rng, phones=3.0)
    share, walk = np.empty(DAYS), 0.6
    for number, step in enumerate(rng.normal(0, 0.05, DAYS)):
        walk = min(0.9, max(0.3, walk + step))
        share[number] = walk
    now = of.shares.sum(axis=(0, 2))
    wanted = np.stack([share, *((1 - share) * part / now[1:].sum() for part in now[1:])], axis=1)
    return of, Plan((wanted / now)[:, None, :, None], steady().rates)


def wandering(rng: np.random.Generator, *, spread: float, memory: float) -> tuple[Nature, Plan]:
    return nature(rng), Plan(steady().visits, _daily(wander(DAYS, spread, memory, rng=rng)))


def seasons(rng: np.random.Generator) -> tuple[Nature, Plan]:
    """Visits go up and down by half over a year, the rate by a fifth."""
    year = np.sin(2 * np.pi * (np.arange(DAYS) / 365 + rng.uniform()))
    return nature(rng), Plan(_daily(1 + 0.5 * year), _daily(1 + 0.2 * year))


def growth(rng: np.random.Generator) -> tuple[Nature, Plan]:
    """Three times the visits after a year."""
    return nature(rng), Plan(_daily(3 ** (np.arange(DAYS) / 365)), steady().rates)


def weekends_only(rng: np.random.Generator) -> tuple[Nature, Plan]:
    weekend = np.arange(DAYS) % 7 >= 5
    return nature(rng), Plan(_daily(np.where(weekend, 3.5, 0.0)), steady().rates)


def mostly_zero(rng: np.random.Generator) -> tuple[Nature, Plan]:
    return nature(rng, level=0.0005), steady()


def very_many_clicks(rng: np.random.Generator) -> tuple[Nature, Plan]:
    """A few visitors with hundreds of clicks each, on one day in ten."""
    clicks = np.where(rng.uniform(size=DAYS) < 0.1, rng.integers(80, 800, DAYS), 0).astype(float)
    return nature(rng), Plan(steady().visits, steady().rates, {"clicks": clicks})


def crawlers(rng: np.random.Generator) -> tuple[Nature, Plan]:
    """Undetected ones, six times a year for 2 to 30 days: as many visits again, over all pages, none of them with a signal."""
    plan = steady()
    visits, rates = plan.visits.copy(), plan.rates.copy()
    for first, length in spells(rng, a_year=6, lengths=(2, 30)):
        visits[first : first + length] *= 2
        rates[first : first + length] /= 2
    return nature(rng), Plan(visits, rates)


SCENARIOS: Mapping[str, Scenario] = {
    "ordinary": ordinary,
    "campaign bursts onto one landing page": bursts,
    "launch days, their audience can be seen": lambda rng: launch_days(rng, seen=True),
    "launch days, their audience cannot be seen": lambda rng: launch_days(rng, seen=False),
    "device mix walks from 30 to 90 % phones": device_walk,
    "rate wanders by 25 %, memory 0.9": lambda rng: wandering(rng, spread=0.25, memory=0.9),
    "rate wanders by 35 %, memory 0.7": lambda rng: wandering(rng, spread=0.35, memory=0.7),
    "seasons": seasons,
    "growth to three times": growth,
    "weekends only": weekends_only,
    "mostly zero": mostly_zero,
    "few visitors with very many clicks": very_many_clicks,
    "undetected crawlers": crawlers,
}


def fault(*, factor: float, page: int | None, day: int) -> Floats:
    """Factors of the rates from a day on: of one page, or of the whole site."""
    rates = np.ones((DAYS, PAGES, DEVICES, SOURCES))
    rates[day:, slice(None) if page is None else page] = factor
    return rates


def _daily(values: Floats) -> Floats:
    return np.asarray(values, dtype=float)[:, None, None, None]
