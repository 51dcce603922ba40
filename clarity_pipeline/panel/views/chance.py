"""Whether two stretches of days differ by more than days differ anyway. Pure; called by `dashboard`.

Welch's test over the numbers of days: no two days are alike, and how unlike they are is told by the days themselves. Days of one
shop hang together a little, so the bound is set low; it decides about a colour, alerts have tests of their own.
"""

import math
from collections.abc import Sequence

from clarity_pipeline.rules.statistics.incomplete_beta import incomplete_beta

BOUND = 0.01
FEWEST_DAYS = 4
"""On either side; with fewer nobody knows how unlike days are."""


def is_beyond_chance(now: Sequence[float], before: Sequence[float]) -> bool:
    """Whether the means of both differ by more than chance would have it once in a hundred times."""
    if len(now) < FEWEST_DAYS or len(before) < FEWEST_DAYS:
        return False
    apart = abs(_mean(now) - _mean(before))
    shares = [_variance(each) / len(each) for each in (now, before)]
    if not sum(shares):
        return apart > 0
    freedom = sum(shares) ** 2 / sum(share**2 / (len(each) - 1) for share, each in zip(shares, (now, before), strict=True))
    t = apart / math.sqrt(sum(shares))
    x = freedom / (freedom + t * t)
    return incomplete_beta(freedom / 2, 0.5, x=x, y=1 - x) < BOUND


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _variance(values: Sequence[float]) -> float:
    mean = _mean(values)
    return math.fsum((each - mean) ** 2 for each in values) / (len(values) - 1)
