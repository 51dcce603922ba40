"""What is normal for one quantity of one site or page: the rate a session, and how much it wobbles, told from earlier days.

Called by `spike` and `change_point`. Pure. A day that is not comparable says so by a flag and counts for nothing; which days
were left out, and why, goes into the verdict.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from operator import attrgetter
from typing import Literal

from clarity_pipeline.rules.statistics.dispersion import dispersion

Quantity = Literal["signal_sessions", "events"]
"""Sessions with at least one event, of which one visitor's 80 clicks are one; or the events themselves."""

Flag = Literal["recovered", "truncated", "shifted", "regime_change", "incident"]
"""Why a day is not comparable. `incident`: it fired by itself, on an earlier day's evaluation."""

PRIOR_DISPERSION = 0.03
"""A rate that wobbles by 17 % a day: what few days are drawn to. `PRIOR_DAYS` says how strongly."""

PRIOR_DAYS = 5.0
LEAST_DISPERSION = 0.01
"""No rate of people is steadier than 10 % a day, however steady it looked for four weeks."""

TAIL = 3.0
"""How far out, in standard deviations, the dispersion has to be right: about where alarms begin."""

UNSEEN = 0.5
"""Half an event is added to a baseline's count (Jeffreys' prior of a rate), so that what never happened has a rate too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One date of one site or page. `sessions` is the exposure; `events` is needed only where events are the quantity."""

    date: date
    sessions: int
    signal_sessions: int
    events: int | None = None
    flags: frozenset[Flag] = frozenset()

    def __post_init__(self) -> None:
        if min(self.sessions, self.signal_sessions, self.events or 0) < 0:
            raise ValueError(f"a count of {self.date} is negative")

    def count(self, quantity: Quantity) -> int:
        """The quantity; `ValueError` where the day does not know its events."""
        if quantity == "signal_sessions":
            return self.signal_sessions
        if self.events is None:
            raise ValueError(f"the events of {self.date} are not given; give them, or take sessions with the signal")
        return self.events


_date = attrgetter("date")


@dataclass(frozen=True, slots=True, eq=False)
class Standard:
    """What a visit of each date is worth in visits of the baseline, by its mix (`standardised`), from `first` on.

    `doubts` is the variance of the factor's logarithm, for the days that are judged and 0 before. `lane` is what tells it.
    """

    first: date
    factors: Sequence[float]
    doubts: Sequence[float]
    lane: str

    def exposure(self, day: Day) -> float:
        """The day's sessions as so many of the baseline's mix."""
        place = (day.date - self.first).days
        return day.sessions * self.factors[place] if 0 <= place < len(self.factors) else float(day.sessions)

    def doubt(self, days: Sequence[Day]) -> float:
        """That of several days together: at most the mean of theirs."""
        whole = math.fsum(day.sessions for day in days)
        places = [((day.date - self.first).days, day.sessions) for day in days]
        known = math.fsum(self.doubts[place] * sessions for place, sessions in places if 0 <= place < len(self.doubts))
        return known / whole if whole else 0.0


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the baseline leads one to expect: a negative binomial with this mean.

    `wobble` is the days' own part of its `dispersion`; the rest is what a few weeks cannot know of their own rate.
    """

    mean: float
    dispersion: float
    wobble: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The days used and what they say.

    `excluded` are known but not comparable, `missing` is how many are not known or had no session.

    `adopted`: days of an incident were counted after all, since fewer than enough others were left. A level that has stayed
    for three weeks is the new normal, and an incident that fed on its own baseline would never end.
    """

    from_date: date
    to_date: date
    days_used: int
    excluded: tuple[tuple[date, Flag], ...]
    missing: int
    adopted: bool
    sessions: int
    exposure: float
    """The sessions, each as its day's mix counts it."""

    count: int
    dispersion: float
    unevenness: float
    """Sum of squared exposures over the squared sum: 1 / days where all are alike."""

    @property
    def rate(self) -> float:
        """Expected count a session of the baseline's mix."""
        return (self.count + UNSEEN) / self.exposure

    def predict(self, exposures: Sequence[float], *, scale: float = 1.0, doubt: float = 0.0) -> Prediction:
        """For days with so many sessions. With `scale`, as if the site were that many times as large, then as now.

        The sum of equal negative binomial days is one again; unequal ones are matched by their variance, as is the rate's own
        uncertainty: with a dispersion of 0 it gives the exact conditional test of two Poisson rates. `doubt` is the relative
        variance of what the exposures are worth.
        """
        total = sum(exposures)
        mean = self.rate * total * scale
        squares = sum(sessions * sessions for sessions in exposures)
        wobble = max(LEAST_DISPERSION, self.dispersion * squares / (total * total)) if total else self.dispersion
        unsure = 1 / ((self.count + UNSEEN) * scale) + self.dispersion * self.unevenness
        return Prediction(mean=mean, dispersion=wobble + unsure + doubt, wobble=wobble)


def baseline(
    days: Iterable[Day],
    *,
    first: date,
    length: int,
    least_days: int,
    quantity: Quantity,
    standard: Standard | None = None,
) -> Baseline | None:
    """The baseline of the `length` dates from `first` on; None where no session was seen on any usable day.

    Whether `days_used` is enough is for the caller to say: `least_days` only decides when incident days are taken back.
    """
    behind = first + timedelta(days=length)
    span = [day for day in days if first <= day.date < behind]
    clean = [day for day in span if not day.flags and day.sessions]
    adopted = len(clean) < least_days
    back = [day for day in span if day.flags == {"incident"} and day.sessions] if adopted else []
    used = clean + back
    sessions = sum(day.sessions for day in used)
    if not sessions:
        return None
    counts = [day.count(quantity) for day in used]
    exposures: list[float] = [day.sessions if standard is None else standard.exposure(day) for day in used]
    exposure = math.fsum(exposures)
    rate = (sum(counts) + UNSEEN) / exposure
    taken = {day.date for day in used}
    excluded = tuple((day.date, min(day.flags)) for day in span if day.flags and day.date not in taken)
    return Baseline(
        from_date=first,
        to_date=first + timedelta(days=length - 1),
        days_used=len(used),
        excluded=excluded,
        missing=length - len(used) - len(excluded),
        adopted=bool(back),
        sessions=sessions,
        exposure=exposure,
        count=sum(counts),
        dispersion=_not_too_small(len(used))
        * dispersion(
            counts,
            [rate * each for each in exposures],
            prior=PRIOR_DISPERSION,
            prior_days=PRIOR_DAYS,
            floor=LEAST_DISPERSION,
        ),
        unevenness=math.fsum(each * each for each in exposures) / exposure**2,
    )


def _not_too_small(days: int) -> float:
    """What a dispersion told from so few days is multiplied by: Student's t over the normal quantile, squared, far out.

    Fisher's expansion, t = z (1 + (z^2 + 1) / (4 degrees)). It is 1.16 with 28 days, 1.30 with 14. Without it,
    and with rates that wobble by 22 % (`docs/design.md#spike`), sites of 2,000 sessions had 1.3 false alarms a year.
    """
    degrees = max(1, days - 1) + PRIOR_DAYS
    return (1 + (TAIL * TAIL + 1) / (4 * degrees)) ** 2


def by_date(days: Iterable[Day], *, before: date) -> list[Day]:
    """The days before a date in their order, for whoever was given more; two of one date are a `ValueError`."""
    earlier = sorted((day for day in days if day.date < before), key=_date)
    dates = [day.date for day in earlier]
    if len(set(dates)) < len(dates):
        twice = next(one for one, next_one in pairwise(dates) if one == next_one)
        raise ValueError(f"{twice} is there twice")
    return earlier
