"""Did each variant get the visitors that it was meant to get? Pure, on the standard library. Called by `quality`.

A split that is not the intended one (sample ratio mismatch) says that what assigns or counts the variants is broken: a redirect
that loses people, a bot that is filtered on one side. Every difference between the variants may come from there, so nothing of
the experiment is told (Fabijan et al., "Diagnosing Sample Ratio Mismatch in Online Controlled Experiments", KDD 2019).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

ALPHA = 0.001
"""The chance to refuse an experiment whose split is as it was meant."""

LEAST_EXPECTED = 5.0
"""Expected visitors of each variant; below, the chi-square distribution says anything."""


@dataclass(frozen=True, slots=True)
class Split:
    """Visitors of each variant on the dates that all have, the shares that were meant, and the p of the chi-square test."""

    visitors: tuple[int, ...]
    intended: tuple[float, ...]
    p: float

    @property
    def is_off(self) -> bool:
        """Whether chance does not explain it."""
        return self.p < ALPHA


def split_of(days: Sequence[Mapping[date, int]], intended: Sequence[float | None]) -> Split | None:
    """How the visitors of the variants, a mapping by date each, were split; None where that cannot be told.

    `intended` are shares or weights; variants of which none is said are meant to be equal, where only some are said nothing can
    be told. A variant that came later or ended earlier counts on the dates that all have.
    """
    said = [each for each in intended if each is not None]
    if len(days) < 2 or (said and len(said) < len(days)):
        return None
    weights = said or [1.0] * len(days)
    common = set.intersection(*(set(each) for each in days))
    visitors = tuple(sum(each[day] for day in common) for each in days)
    shares = tuple(each / math.fsum(weights) for each in weights)
    expected = [sum(visitors) * each for each in shares]
    if min(expected) < LEAST_EXPECTED:
        return None
    chi_square = math.fsum((seen - meant) ** 2 / meant for seen, meant in zip(visitors, expected, strict=True))
    return Split(visitors, shares, beyond(chi_square, freedom=len(days) - 1))


def beyond(chi_square: float, *, freedom: int) -> float:
    """The chance of a chi-square value of at least this, by its finite series (Abramowitz and Stegun 26.4.4 and 26.4.5)."""
    half = chi_square / 2
    if freedom % 2 == 0:
        terms = [half**place / math.factorial(place) for place in range(freedom // 2)]
        return math.exp(-half) * math.fsum(terms)
    terms = [half ** (place + 0.5) / math.gamma(place + 1.5) for place in range((freedom - 1) // 2)]
    return math.erfc(math.sqrt(half)) + math.exp(-half) * math.fsum(terms)
