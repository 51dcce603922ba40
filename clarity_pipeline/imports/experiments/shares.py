"""Shares of people, day after day, and whether two of them differ: pure, on the standard library. Called by `quality`.

A share wobbles from day to day by more than chance (weekends, campaigns, one broken release), and a test that does not know it
calls too much. So both the interval and the difference are widened by the wobble that the days themselves show, and by what few
days cannot know of it. The two variants of an experiment live through the same days: they are compared within each day (the test
of Cochran, Mantel and Haenszel), so a common bad day, or a variant that got its visitors later, counts for nothing.

An experiment is looked at every day until somebody is content. A p of one look is wrong then: of experiments in which nothing
differs, 60 looks at 0.01 call out 6 in 100, and with this p 0.3 (`test_looking_every_day`). So `Difference.p` holds however often
it is looked at: it is the inverse of a mixture likelihood ratio (Robbins 1970; Johari, Koomen, Pekelis and Walsh, "Peeking at A/B
Tests", KDD 2017), with effects of about `EFFECT` of the common share in the mixture. It costs days: 1.3 times the control's share
is called out on day 13 in the middle instead of day 7, at 400 visitors a day on each side.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist

PRIOR_DAYS = 5.0
"""Imaginary days that wobble by chance alone are added: the wobble of two days is no knowledge."""

LEAST_EXPECTED = 5.0
"""Expected people with and without it on either side; below, the normal approximation says anything."""

EFFECT = 0.2
"""How large effects are that anybody looks for, as a part of the common share: the standard deviation of the mixture."""

Days = Mapping[date, tuple[int, int]]
"""By date: how many of how many."""

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `of`, and between `low` and `high` with 95 %; None where nobody was there."""

    hits: int
    of: int
    rate: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Difference:
    """The rate less the other's, within days. Two-sided are `p`, of any number of looks, and `p_once`, of this one alone."""

    by: float
    p: float
    p_once: float


def share(days: Days, *, interval: float = 0.95) -> Share:
    """The share over all days with Wilson's interval, of as many people as the wobble of the days leaves."""
    hits, of = (sum(each[place] for each in days.values()) for place in (0, 1))
    if not of:
        return Share(0, 0, None, None, None)
    rate = hits / of
    variance = rate * (1 - rate)
    seen = [(hit - people * rate) ** 2 / (people * variance) if variance else 0.0 for hit, people in days.values() if people]
    wobble, freedom = _wobble(seen)
    people = of / wobble
    t = critical(_NORMAL.inv_cdf(0.5 + interval / 2), freedom=freedom)
    middle = (rate + t * t / (2 * people)) / (1 + t * t / people)
    reach = t / (1 + t * t / people) * math.sqrt(variance / people + (t / (2 * people)) ** 2)
    return Share(hits, of, rate, max(0.0, middle - reach), min(1.0, middle + reach))


def difference(days: Days, control: Days) -> Difference | None:
    """How far apart the shares are on the days that both have; None where that is too little to tell."""
    strata = [_Stratum(*days[day], *control[day]) for day in sorted(days.keys() & control.keys())]
    told = [each for each in strata if each.weight]
    expected = [sum(values) for values in zip(*(each.expected for each in told), strict=True)]
    if not told or min(expected) < LEAST_EXPECTED:
        return None
    by = math.fsum(each.excess for each in told) / math.fsum(each.weight for each in told)
    variance = math.fsum(each.variance for each in told)
    wobble, freedom = _wobble([(each.excess - by * each.weight) ** 2 / each.variance for each in told if each.variance])
    weight = math.fsum(each.weight for each in told)
    error = math.sqrt(variance * wobble) / weight
    z = as_normal(abs(by) / error, freedom=freedom)
    common = sum(each.all_hits for each in told) / sum(each.people for each in told)
    return Difference(by, always_valid(z, spread=EFFECT * common / error), 2 * _NORMAL.cdf(-z))


def always_valid(z: float, *, spread: float) -> float:
    """The p of a normal value `z` that may be looked at whenever one likes.

    Under the mixture of effects ~ N(0, tau^2), with an error of s and `spread` = tau / s, the likelihood ratio to no effect is
    (1 + spread^2)^(-1/2) exp(z^2 / 2 * spread^2 / (1 + spread^2)), a martingale where there is none; p is its inverse.
    """
    squared = spread * spread
    return min(1.0, math.sqrt(1 + squared) * math.exp(-z * z / 2 * squared / (1 + squared)))


@dataclass(frozen=True, slots=True)
class _Stratum:
    """One day of both: `hits` of `of` against `other_hits` of `other_of`."""

    hits: int
    of: int
    other_hits: int
    other_of: int

    @property
    def people(self) -> int:
        return self.of + self.other_of

    @property
    def all_hits(self) -> int:
        return self.hits + self.other_hits

    @property
    def weight(self) -> float:
        return self.of * self.other_of / self.people if self.people else 0.0

    @property
    def excess(self) -> float:
        """Hits beyond those of a day on which both are alike."""
        return self.hits - self.of * self.all_hits / self.people

    @property
    def expected(self) -> tuple[float, float, float, float]:
        share = self.all_hits / self.people
        return self.of * share, self.other_of * share, self.of * (1 - share), self.other_of * (1 - share)

    @property
    def variance(self) -> float:
        """Of the excess when both are alike (hypergeometric)."""
        if self.people < 2:
            return 0.0
        hit, missed = self.all_hits, self.people - self.all_hits
        return self.of * self.other_of * hit * missed / (self.people**2 * (self.people - 1))


def _wobble(chi_squares: Iterable[float]) -> tuple[float, float]:
    """By what variances are to be multiplied, never less than 1; and how many degrees of freedom that rests on."""
    seen = list(chi_squares)
    freedom = max(0, len(seen) - 1) + PRIOR_DAYS
    return max(1.0, (math.fsum(seen) + PRIOR_DAYS) / freedom), freedom


def critical(z: float, *, freedom: float) -> float:
    """The value of Student's t that is as far out as `z` is of the normal: Wallace's approximation (1959) the other way round."""
    scaled = z * (8 * freedom + 3) / (8 * freedom + 1)
    return math.sqrt(freedom * math.expm1(scaled * scaled / freedom))


def as_normal(t: float, *, freedom: float) -> float:
    """The normal value that is as far out as a `t` of 0 or more is of Student's distribution, with 5 degrees or more."""
    return (8 * freedom + 1) / (8 * freedom + 3) * math.sqrt(freedom * math.log1p(t * t / freedom))
