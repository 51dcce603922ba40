"""Our test over a series, day after day as it would have run: a day that fired is left out of later baselines."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np

from benchmarks.alerts.naive import BEFORE, Bools
from benchmarks.alerts.sites import FIRST, Series
from clarity_pipeline.rules.spike.baseline import Day, Flag
from clarity_pipeline.rules.spike.page_spikes import spikes_among
from clarity_pipeline.rules.spike.spike import Weighed, weigh
from clarity_pipeline.rules.spike.spike_settings import DEFAULT, SpikeSettings
from clarity_pipeline.rules.spike.spike_verdict import Outcome, Verdict

NAME = "ours"
INCIDENT: frozenset[Flag] = frozenset({"incident"})


@dataclass(slots=True)
class Answers:
    """D days as the naive detectors answer them, and how often which outcome came from how many looks."""

    fired: Bools
    outcomes: Counter[tuple[Outcome, int]] = field(default_factory=Counter)


def day(series: Series, number: int, *, fired: bool = False) -> Day:
    return Day(
        date=FIRST + timedelta(days=number),
        sessions=int(series.sessions[number]),
        signal_sessions=int(series.signal_sessions[number]),
        events=int(series.events[number]),
        flags=INCIDENT if fired else frozenset(),
    )


def answers(series: Series, settings: SpikeSettings = DEFAULT, *, weigh: Callable[..., Weighed | Verdict] = weigh) -> Answers:
    """Every day from the 36th on; `weigh` may be another way to weigh a day."""
    days = len(series.sessions)
    past = [day(series, number) for number in range(BEFORE)]
    found = Answers(np.zeros(days, dtype=bool))
    for number in range(BEFORE, days):
        weighed = weigh(day(series, number), past[-BEFORE:], settings)
        outcome = weighed.outcome(settings.alpha) if isinstance(weighed, Weighed) else weighed.outcome
        found.outcomes[outcome, len(weighed.looks)] += 1
        found.fired[number] = outcome == "fired"
        past.append(day(series, number, fired=outcome == "fired"))
    return found


def page_answers(pages: Mapping[str, Series], settings: SpikeSettings = DEFAULT, *, together: bool = True) -> dict[str, Bools]:
    """D days of every page; `together` holds false discoveries over all of them, else each is tested as if it were alone."""
    days = len(next(iter(pages.values())).sessions)
    if not together:
        return {page: answers(series, settings).fired for page, series in pages.items()}
    past = {page: [day(series, number) for number in range(BEFORE)] for page, series in pages.items()}
    fired = {page: np.zeros(days, dtype=bool) for page in pages}
    for number in range(BEFORE, days):
        today = {page: (day(series, number), past[page][-BEFORE:]) for page, series in pages.items()}
        for page, verdict in spikes_among(today, settings).items():
            fired[page][number] = verdict.outcome == "fired"
            past[page].append(day(pages[page], number, fired=verdict.outcome == "fired"))
    return fired


def incidents(fired: Bools) -> int:
    """Opened incidents: fired days in a row are one."""
    return int((fired & ~np.concatenate(([False], fired[:-1]))).sum())
