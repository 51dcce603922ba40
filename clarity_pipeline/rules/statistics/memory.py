"""How long a rate stays where it has wandered to, told from the days of a baseline, and what that makes of a forecast.

Called by `baseline`. Pure. A rate that wanders (a first-order autoregression with memory m: a day's deviation is m times the day
before's and something new) looks steadier in four weeks than it is, since its mean wanders with it, and several days of it are
hardly surer than one. With s(n) the variance of the mean of n days over that of one day,

    s(n) = (1 + 2 sum over k < n of (1 - k / n) m^k) / n,

the days' own variance around their mean shows only 1 - s(n) of it, and the mean of w days, g days behind the baseline's last, is
off that of the n days by s(w) + s(n) - 2 c, where c is the mean of m^(distance) over all pairs (Box and Jenkins, "Time Series
Analysis", chapters 2 and 5). Without memory that is 1 / w + 1 / n.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

MOST = 0.95
"""More is told of no four weeks: their mean would be worth less than one day."""


def memory(counts: Sequence[float], means: Sequence[float], places: Sequence[int], *, wobble: float) -> float:
    """How much of a day's deviation the next day still has, 0 to `MOST`.

    The correlation of deviations one day apart (`places` are the days' numbers) over the days' own variance, which is `wobble`
    without chance, with Kendall's correction for few days (1954): it is told too small by (1 + 3 m) / n.
    """
    off = {place: (count - mean) / mean for place, count, mean in zip(places, counts, means, strict=True) if mean > 0}
    pairs = [(each, off[place + 1]) for place, each in off.items() if place + 1 in off]
    if len(pairs) < 2 or wobble <= 0:
        return 0.0
    spread = math.fsum(each * each for each in off.values()) / len(off)
    by_chance = SURE * spread / math.sqrt(len(pairs))
    told = (math.fsum(one * other for one, other in pairs) / len(pairs) - by_chance) / wobble
    corrected = told + (1 + 3 * max(0.0, told)) / len(off)
    return min(MOST, max(0.0, corrected)) if told > 0 else 0.0


SURE = 0.4
"""So many standard errors of no memory are taken off: a small site's days say nothing of it, and a large one's nearly all."""


@lru_cache(maxsize=4096)
def of_a_mean(memory: float, days: int) -> float:
    """Variance of the mean of so many days in a row, over that of one day."""
    return (1 + 2 * math.fsum((1 - k / days) * memory**k for k in range(1, days))) / days


@lru_cache(maxsize=4096)
def apart(memory: float, *, days: int, behind: int, baseline: int) -> float:
    """Variance of the mean of `days` days, the last `behind` days behind the baseline, around the baseline's, over one day's."""
    if memory == 0.0:
        return 1 / days + 1 / baseline
    common = math.fsum(memory ** (behind - late + early) for late in range(days) for early in range(baseline)) / (days * baseline)
    return of_a_mean(memory, days) + of_a_mean(memory, baseline) - 2 * common
