"""Planted trouble: how soon is it seen? Factors of each day and page, put on the same kind of days as the quiet years."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks.alerts.naive import BEFORE, DETECTORS, Bools
from benchmarks.alerts.ours import NAME, answers
from benchmarks.alerts.sites import SHAPES, Floats, Habits, Series, habits, site_days
from clarity_pipeline.simulator.site import Event

DAYS_AFTER = 14
FACTORS = (1.5, 2.0, 3.0, 5.0)
STORM_CLICKS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is planted from the 36th day on; `factors` gives one a day, on `page` alone where it is named."""

    name: str
    factors: Callable[[int], Floats]
    busiest_page_only: bool = False
    storm: bool = False

    def on(self, of: Habits) -> Floats:
        """Factors, D x P."""
        planted = np.ones((BEFORE + DAYS_AFTER, len(of.visits)))
        pages = of.busiest if self.busiest_page_only else slice(None)
        planted[BEFORE:, pages] = self.factors(DAYS_AFTER) if self.busiest_page_only else self.factors(DAYS_AFTER)[:, None]
        return planted


def _step(factor: float) -> Callable[[int], Floats]:
    return lambda days: np.full(days, factor)


def _one_day(days: int) -> Floats:
    return np.where(np.arange(days) == 0, 3.0, 1.0)


def _ramp(days: int) -> Floats:
    """From 1 to 3 within ten days."""
    return np.minimum(3.0, 1 + 0.2 * np.arange(1, days + 1))


PLANS: Mapping[str, Plan] = {
    plan.name: plan
    for plan in (
        *(Plan(name=f"site x{factor:g}", factors=_step(factor)) for factor in FACTORS),
        *(Plan(name=f"page x{factor:g}", factors=_step(factor), busiest_page_only=True) for factor in FACTORS),
        Plan(name="one day x3", factors=_one_day),
        Plan(name="ramp to x3 in 10 days", factors=_ramp),
        Plan(name=f"one visitor, {STORM_CLICKS} clicks", factors=_step(1.0), storm=True),
    )
}


def planted(plan: Plan, *, shape: str, size: float, event: Event, seed: int) -> Series:
    """49 days of a site, the last 14 of them with what is planted."""
    of = habits(shape)
    rng = np.random.default_rng([seed, int(size), len(event)])
    return site_days(of, size=size, event=event, factors=plan.on(of), rng=rng)


def first_days(plan: str, *, size: float, event: Event, sites: int, seed: int = 0) -> dict[str, list[int | None]]:
    """By detector, the day on which each site's trouble was first seen: 1 is the day it began, None is never in 14 days.

    A storm is seen where a visitor with 80 clicks fires and the same visitor with one does not.
    """
    seen: dict[str, list[int | None]] = {name: [] for name in (NAME, *DETECTORS)}
    for number in range(sites):
        series = planted(
            PLANS[plan], shape=list(SHAPES)[number % len(SHAPES)], size=size, event=event, seed=seed * 100_000 + number
        )
        calm = series.with_storm(BEFORE, clicks=1) if PLANS[plan].storm else None
        series = series.with_storm(BEFORE, clicks=STORM_CLICKS) if calm else series
        for name, detector in {NAME: _ours, **DETECTORS}.items():
            seen[name].append(_first(detector(series) & ~detector(calm) if calm else detector(series)))
    return seen


def within(seen: list[int | None], days: int) -> float:
    """Share seen by that day."""
    return sum(day is not None and day <= days for day in seen) / len(seen)


def _ours(series: Series) -> Bools:
    return answers(series).fired


def _first(answers: Bools) -> int | None:
    after = np.flatnonzero(answers[BEFORE:])
    return int(after[0]) + 1 if len(after) else None
