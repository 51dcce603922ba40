"""The regularised incomplete beta function I_x(a, b) from the standard library alone, precise far out in its tails.

Called by `negative_binomial`. scipy would cost 170 MB and seconds of import at run time; it is the oracle of the tests.

Formulas: the continued fraction of DiDonato and Morris ("Significant Digit Computation of the Incomplete Beta Function Ratios",
ACM TOMS 18, 1992, algorithm 708, BFRAC) times x^a (1-x)^b / B(a, b). The better-known fraction (DLMF 8.17.22, Numerical Recipes
6.4) loses all digits beside x = 1, where a dispersion near 0 leads. The factor is Catherine Loader's saddle-point form ("Fast and
Accurate Computation of Binomial Probabilities", 2000): `lgamma` of 1e12 is wrong in the third decimal.
"""

import math

_ENOUGH = 1e-13
_MOST_STEPS = 100_000
_HALF_LOG_TWO_PI = 0.5 * math.log(2 * math.pi)


def incomplete_beta(a: float, b: float, *, x: float, y: float) -> float:
    """I_x(a, b) for a, b > 0, within 0..1. `y` is 1 - x, given beside it because the subtraction would lose a tiny one."""
    if not (a > 0 and b > 0 and x >= 0 and y >= 0 and math.isclose(x + y, 1, rel_tol=1e-12)):
        raise ValueError(f"the incomplete beta function wants a, b > 0 and x + y = 1, not a={a}, b={b}, x={x}, y={y}")
    if x == 0 or y == 0:
        return 0.0 if x == 0 else 1.0
    if a * y - b * x > 2 * x - 1:  # x < (a + 1) / (a + b + 2), without its rounding
        return min(1.0, _kernel(a, b, x, y) * a / (a + b) * b * _fraction(a, b, x=x, y=y))
    return max(0.0, 1 - _kernel(b, a, y, x) * b / (a + b) * a * _fraction(b, a, x=y, y=x))


def _kernel(a: float, b: float, x: float, y: float) -> float:
    """G(n+1) / (G(a+1) G(b+1)) x^a y^b with n = a + b: the binomial probability of a in n, also between whole numbers."""
    n = a + b
    logarithm = _stirling_error(n) - _stirling_error(a) - _stirling_error(b) - _deviance(a, n * x) - _deviance(b, n * y)
    return math.exp(logarithm) * math.sqrt(n / (2 * math.pi * a) / b)


def _stirling_error(z: float) -> float:
    """The log of G(z+1) less Stirling's approximation of it."""
    if z < 16:
        return math.lgamma(z + 1) - (z + 0.5) * math.log(z) + z - _HALF_LOG_TWO_PI
    square = z * z
    return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square) / square) / square) / z


def _deviance(x: float, mean: float) -> float:
    """Loader's D: x log(x / mean) + mean - x, by its series where the two are close and the plain form would cancel."""
    difference = x - mean
    if abs(difference) >= 0.1 * (x + mean):
        return x * math.log(x / mean) - difference
    v = difference / (x + mean)
    total, term, odd = difference * v, 2 * x * v, 1
    while True:
        term *= v * v
        odd += 2
        before, total = total, total + term / odd
        if total == before:
            return total


def _fraction(a: float, b: float, *, x: float, y: float) -> float:
    """The continued fraction of DiDonato and Morris (9), for x up to about a / (a + b); it takes some sqrt(max(a, b)) steps."""
    distance = a * y - b * x + 1
    ratio, slope = b / a, 1 + 1 / a
    before, under_before, above, under = 0.0, 1.0, 1.0, distance / slope
    value, power, wide = slope / distance, 1.0, a + 1
    for n in range(1, _MOST_STEPS):
        share, weight, part = n / a, n * (b - n) * x, a / wide
        alpha = power * (power + ratio) * part * part * weight * x
        beta = n + weight / wide + (share + 1) / (slope + 2 * share) * (distance + n * (y + 1))
        power, wide = share + 1, wide + 2
        before, above = above, alpha * before + beta * above
        under_before, under = under, alpha * under_before + beta * under
        last, value = value, above / under
        if abs(value - last) <= _ENOUGH * value:
            return value
        before, under_before, above, under = before / under, under_before / under, value, 1.0
    raise ArithmeticError(f"the incomplete beta function did not converge at a={a}, b={b}, x={x}")
