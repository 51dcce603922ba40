"""Sites that are less well-behaved than the fake Clarity's: does the promise still hold where rates wander?

The fake rate wobbles by 12 % a day, each day by itself. Here it also wanders: a lognormal factor with a memory, so that a bad day
is followed by bad days, which no dispersion told from single days can know of.
"""

import numpy as np

from benchmarks.alerts.naive import BEFORE
from benchmarks.alerts.ours import answers, incidents
from benchmarks.alerts.quiet import DAYS
from benchmarks.alerts.sites import SHAPES, Floats, habits, site_days
from clarity_pipeline.simulator.site import Event

KINDS: dict[str, tuple[float, float]] = {
    "as drawn: 12 % a day": (0.0, 0.0),
    "22 % a day": (0.18, 0.0),
    "35 % a day": (0.33, 0.0),
    "22 %, and half of it stays to the next day": (0.18, 0.5),
    "22 %, and nine tenths of it stay": (0.18, 0.9),
}
"""Standard deviation of the extra factor's logarithm, and how much of it stays from one day to the next."""


def false_alarms(*, kind: str, size: float, event: Event, sites: int, days: int = DAYS) -> float:
    """Opened incidents a site and year."""
    opened = 0
    for number in range(sites):
        of = habits(list(SHAPES)[number % len(SHAPES)])
        rng = np.random.default_rng([2030, int(size), number, list(KINDS).index(kind)])
        factors = wander(days, *KINDS[kind], rng=rng)[:, None] * np.ones(len(of.visits))
        opened += incidents(answers(site_days(of, size=size, event=event, factors=factors, rng=rng)).fired)
    return opened * 365 / (days - BEFORE) / sites


def wander(days: int, spread: float, memory: float, *, rng: np.random.Generator) -> Floats:
    """Factors around 1, a first-order autoregression in logarithms."""
    logs = np.zeros(days)
    steps = rng.normal(0, 1, days)
    for number in range(days):
        logs[number] = steps[number] if not number else memory * logs[number - 1] + (1 - memory**2) ** 0.5 * steps[number]
    return np.exp(spread * logs - spread**2 / 2)
