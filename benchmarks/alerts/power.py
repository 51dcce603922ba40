"""What no test can do better: the best power at one false alarm a year, for a rare signal on a small site.

Of all tests of one Poisson count the one that fires from a count on is the most powerful (Neyman and Pearson), so nothing that
looks at a day's count can see a jump more often, even if it knew the normal rate exactly and the rate never wobbled.
"""

from scipy import stats

ALPHA = 1 / 365


def best_power(expected: float, *, factor: float = 3.0, alpha: float = ALPHA) -> float:
    """The largest chance to see `expected` times `factor` where `expected` events are normal; a lot decides on the edge."""
    count = int(stats.poisson.isf(alpha, expected)) + 1
    above, edge = stats.poisson.sf(count - 1, expected), stats.poisson.pmf(count - 1, expected)
    drawn = max(0.0, (alpha - above) / edge)
    mean = factor * expected
    return float(stats.poisson.sf(count - 1, mean) + drawn * stats.poisson.pmf(count - 1, mean))


def best_power_from_baseline(expected: float, *, windows: float, factor: float = 3.0, alpha: float = ALPHA) -> float:
    """The same where the rate is only known from a baseline as long as so many windows: the conditional test of two counts."""
    power = 0.0
    for before in range(int(stats.poisson.isf(1e-6, windows * expected)) + 1):
        count = 0
        while stats.binom.sf(count - 1, before + count, 1 / (windows + 1)) > alpha:
            count += 1
        power += stats.poisson.pmf(before, windows * expected) * stats.poisson.sf(count - 1, factor * expected)
    return float(power)


def events_needed(*, factor: float = 3.0, power: float = 0.9, alpha: float = ALPHA) -> float:
    """How many events must be normal in the window for the best test to reach `power`."""
    low, high = 1e-3, 1e4
    while high / low > 1.001:
        middle = (low * high) ** 0.5
        low, high = (low, middle) if best_power(middle, factor=factor, alpha=alpha) >= power else (middle, high)
    return high
