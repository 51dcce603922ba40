"""Days made up for the tests of the spike and of the change."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import numpy as np

from clarity_pipeline.rules.spike.baseline import Day, Flag
from clarity_pipeline.rules.spike.spike import Weighed, weigh
from clarity_pipeline.rules.spike.spike_settings import DEFAULT, SpikeSettings
from clarity_pipeline.rules.spike.spike_verdict import Verdict

TODAY = date(2026, 11, 20)


def today(signal: int, *, sessions: int = 1_000, events: int | None = None, flags: Iterable[Flag] = ()) -> Day:
    return Day(date=TODAY, sessions=sessions, signal_sessions=signal, events=events, flags=frozenset(flags))


def ending_yesterday(signals: Sequence[int], *, sessions: int = 1_000, last: date = TODAY, events_each: float = 2.0) -> list[Day]:
    """Days up to the one before `last`, oldest first."""
    return [
        Day(
            date=last - timedelta(days=len(signals) - place),
            sessions=sessions,
            signal_sessions=signal,
            events=round(signal * events_each),
        )
        for place, signal in enumerate(signals)
    ]


def spike(day: Day, before: Iterable[Day], settings: SpikeSettings = DEFAULT) -> Verdict:
    """The test of one quantity, decided at the level of its settings."""
    weighed = weigh(day, before, settings)
    return weighed.decide(settings.alpha) if isinstance(weighed, Weighed) else weighed


def quiet(*, rate: float = 0.05, sessions: int = 1_000, days: int = 34, seed: int = 1, cv: float = 0.12) -> list[Day]:
    """Days whose rate wobbles by `cv` around `rate`."""
    rng = np.random.default_rng(seed)
    signals = rng.poisson(sessions * rate * rng.gamma(cv**-2, cv**2, days))
    return ending_yesterday([int(signal) for signal in signals], sessions=sessions)
