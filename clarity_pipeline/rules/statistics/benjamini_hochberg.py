"""Benjamini and Hochberg's bound on false discoveries among many tests (J. R. Stat. Soc. B 57, 1995).

Called by `page_spikes`: fifty pages tested at 1 in 1,000 each are one false alarm in twenty days. With nothing changed at all,
the chance that any page is called out is at most `q`, however many there are; with real changes the expected share of wrong
ones among those called out is. It holds for tests that are independent or depend on each other positively (Benjamini and
Yekutieli 2001), as pages of one site do: a bad day of the site lifts all of them.
"""

from collections.abc import Iterable


def cutoff(p_values: Iterable[float], *, q: float) -> float:
    """Everything with p at or below it is a discovery: k q / m for the largest k with that many; q / m where there is none.

    `q` without any test. With a p-value that is not within 0..1, or NaN, `ValueError`.
    """
    ordered = sorted(p_values)
    if not all(0 <= p <= 1 for p in ordered):
        raise ValueError("a p-value is a number from 0 to 1")
    tests = max(1, len(ordered))
    found = (rank for rank in range(len(ordered), 0, -1) if ordered[rank - 1] <= rank * q / tests)
    return next(found, 1) * q / tests
