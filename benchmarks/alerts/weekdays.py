"""Would a factor for each weekday help? The same days, tested with it and without it, on sites whose rate has a weekly rhythm.

`with_factor` multiplies each day's sessions by how its weekday's rate stood to the rate of all days in the 28 days before.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from benchmarks.alerts.naive import BEFORE
from benchmarks.alerts.ours import answers, incidents
from benchmarks.alerts.quiet import DAYS
from benchmarks.alerts.sites import SHAPES, habits, no_change, site_days
from clarity_pipeline.rules.spike.baseline import Day
from clarity_pipeline.rules.spike.spike import Weighed, weigh
from clarity_pipeline.rules.spike.spike_settings import SpikeSettings
from clarity_pipeline.rules.spike.spike_verdict import Verdict
from clarity_pipeline.simulator.site import Event

WAYS = {"sessions alone": weigh}
RHYTHMS = (0.0, 0.3, 0.6)
"""How much higher the rate is on Saturdays and Sundays."""


def with_factor(today: Day, before: Sequence[Day], settings: SpikeSettings) -> Weighed | Verdict:
    base = [day for day in before if not day.flags][:28]
    rate = sum(day.signal_sessions for day in base) / max(1, sum(day.sessions for day in base))
    factors = []
    for weekday in range(7):
        same = [day for day in base if day.date.weekday() == weekday]
        expected = rate * sum(day.sessions for day in same)
        factors.append((sum(day.signal_sessions for day in same) + 0.5) / (expected + 0.5))
    seen = [replace(day, sessions=round(day.sessions * factors[day.date.weekday()])) for day in (*before, today)]
    return weigh(seen[-1], seen[:-1], settings)


WAYS["with a factor"] = with_factor


def compare(*, size: float, event: Event, rhythm: float, sites: int, days: int = DAYS) -> dict[str, dict[str, float]]:
    """By way: false alarms a site and year, and the share of twofold jumps seen on the first day."""
    found = {name: {"alarms": 0.0, "seen": 0.0} for name in WAYS}
    for number in range(sites):
        of = habits(list(SHAPES)[number % len(SHAPES)])
        seed = [2029, int(size), number, round(rhythm * 10)]
        weekend = np.where(np.arange(days) % 7 >= 5, 1 + rhythm, 1.0)[:, None] * no_change(days, len(of.visits))
        quiet = site_days(of, size=size, event=event, factors=weekend, rng=np.random.default_rng(seed))
        jump = weekend[: BEFORE + 1 + number % 7].copy()
        jump[-1] *= 2
        jumped = site_days(of, size=size, event=event, factors=jump, rng=np.random.default_rng(seed))
        for name, way in WAYS.items():
            found[name]["alarms"] += incidents(answers(quiet, weigh=way).fired) * 365 / (days - BEFORE) / sites
            found[name]["seen"] += float(answers(jumped, weigh=way).fired[-1]) / sites
    return found
