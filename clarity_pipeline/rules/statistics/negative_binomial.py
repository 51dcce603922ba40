"""Tails of the negative binomial distribution, by mean and dispersion: the variance is mean + dispersion x mean squared.

Called by `spike` and `change_point`. A dispersion of 0 is the Poisson distribution; 0.0144 is a rate that wobbles by 12 % from
day to day. Sources: NIST/SEMATECH e-Handbook and DLMF 8.17.24: P(X >= k) = I_x(k, 1 / dispersion), x = mean / (mean + 1 /
dispersion).
"""

import math
from functools import lru_cache
from statistics import NormalDist

from clarity_pipeline.rules.statistics.incomplete_beta import incomplete_beta

_POISSON = 1e20
"""A size at which nobody can tell it from Poisson: the relative difference is count squared over it."""


def tail(count: int, *, mean: float, dispersion: float) -> float:
    """P(X >= count), precise to 1e-6 of itself however small it is."""
    _refuse_nonsense(mean, dispersion)
    if count <= 0:
        return 1.0
    if mean == 0:
        return 0.0
    size = _size(dispersion)
    return incomplete_beta(count, size, x=mean / (mean + size), y=size / (mean + size))


def lower_tail(count: int, *, mean: float, dispersion: float) -> float:
    """P(X <= count), precise to 1e-6 of itself however small it is."""
    _refuse_nonsense(mean, dispersion)
    if count < 0:
        return 0.0
    if mean == 0:
        return 1.0
    size = _size(dispersion)
    return incomplete_beta(size, count + 1, x=size / (mean + size), y=mean / (mean + size))


def threshold(*, mean: float, dispersion: float, alpha: float) -> int:
    """The smallest count k with P(X >= k) <= alpha; 0 < alpha < 1."""
    if not 0 < alpha < 1:
        raise ValueError(f"alpha is a probability between 0 and 1, not {alpha}")
    _refuse_nonsense(mean, dispersion)
    if not mean:
        return 1
    near = max(1, quantile_near(mean, dispersion, share=1 - alpha))
    step = max(1, math.isqrt(near) // 8)
    if tail(near, mean=mean, dispersion=dispersion) > alpha:
        below, above = near, near + step
        while tail(above, mean=mean, dispersion=dispersion) > alpha:
            step *= 2
            below, above = above, above + step
    else:
        below, above = max(0, near - step), near
        while below and tail(below, mean=mean, dispersion=dispersion) <= alpha:
            step *= 2
            below, above = max(0, below - step), below
    while above - below > 1:
        middle = (above + below) // 2
        below, above = (below, middle) if tail(middle, mean=mean, dispersion=dispersion) <= alpha else (middle, above)
    return above


def quantile_near(mean: float, dispersion: float, *, share: float) -> int:
    """About the count below which a share of all lie: Wilson and Hilferty's quantile of a gamma distribution as wide."""
    inverse_shape = 1 / max(mean, 1e-9) + dispersion
    return math.ceil(mean * max(0.0, 1 - inverse_shape / 9 + _normal_quantile(share) * math.sqrt(inverse_shape) / 3) ** 3)


_normal_quantile = lru_cache(maxsize=256)(NormalDist().inv_cdf)


def _size(dispersion: float) -> float:
    return min(_POISSON, 1 / dispersion) if dispersion else _POISSON


def _refuse_nonsense(mean: float, dispersion: float) -> None:
    if not (0 <= mean < math.inf and 0 <= dispersion < math.inf):
        raise ValueError(f"a mean and a dispersion are finite and not negative, not {mean} and {dispersion}")
