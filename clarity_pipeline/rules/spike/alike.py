"""Did all pages move alike? An audience that nothing tells apart moves every page by as much, a fault its own page.

Called by `engine.mix` on days with far more or far fewer visits than usual. Pure. Of pages with counts o and expected counts e,
all moved by c = sum o / sum e where nothing but the audience is other than it was; Pearson's statistic sum (o - c e)^2 / (c e +
d (c e)^2) then has a chi-square distribution with one degree less than there are pages (d is the dispersion of a page's own
days).
"""

from collections.abc import Sequence
from statistics import NormalDist

LEAST_PAGES = 3
LEAST_EXPECTED = 1.0
"""Pages of which less is expected say nothing by themselves and are taken together as one."""

OWN_DISPERSION = 0.01
_LEVEL = NormalDist().inv_cdf(0.999)
"""Pages that really moved alike are told apart once in a thousand such days: each of them would be an alarm then."""


def moved_alike(observed: Sequence[float], expected: Sequence[float]) -> float | None:
    """How many times what is expected all pages have; None where they differ, or are too few to tell."""
    whole = sum(expected)
    if not whole or not sum(observed):
        return None
    common = sum(observed) / whole
    pages = [(o, common * e) for o, e in zip(observed, expected, strict=True)]
    told = [each for each in pages if each[1] >= LEAST_EXPECTED]
    small = [each for each in pages if each[1] < LEAST_EXPECTED]
    together = (sum(o for o, _ in small), sum(mean for _, mean in small))
    if together[1] >= LEAST_EXPECTED:
        told.append(together)
    if len(told) < LEAST_PAGES:
        return None
    statistic = sum((o - mean) ** 2 / (mean + OWN_DISPERSION * mean * mean) for o, mean in told)
    return common if statistic <= _chi_square_most(len(told) - 1) else None


def _chi_square_most(freedom: int) -> float:
    """Below it lie 999 in 1,000 of a chi-square distribution (Wilson and Hilferty, 1931)."""
    ninth = 2 / (9 * freedom)
    return float(freedom * (1 - ninth + _LEVEL * ninth**0.5) ** 3)
