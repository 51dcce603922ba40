"""How much a rate wobbles from day to day beyond chance, told from the days of a baseline.

Called by `baseline`. Plain Poisson takes the wobble for 0 and is the worse the larger the site is: 7.5 false alarms a month at
20,000 sessions a day (`docs/design.md#spike`). Taking the wobble too small makes false alarms, too large makes a blind rule.
"""

from collections.abc import Sequence

_MOST_STEPS = 200

LARGEST = 100.0
"""Ten times the mean as a standard deviation: no baseline is wilder, it is only shorter."""


def dispersion(
    counts: Sequence[int], means: Sequence[float], *, prior: float, prior_days: float, floor: float, fitted: int = 1
) -> float:
    """The dispersion at which Pearson's chi-square of the counts equals its degrees of freedom, never below `floor`.

    The method of moments of Breslow ("Extra-Poisson variation in log-linear models", 1984), one of the two that R's
    `surveillance` and `MASS` offer; `fitted` is how many rates were estimated from the same counts. `prior_days` imaginary
    days that wobble by exactly `prior` are added, so that a week of data does not decide alone: with them no number of days is
    too small. The answer falls in `prior` alone where there is no day at all.

    Newton's steps are those of the reciprocal of chi-square, which is a straight line where all means are equal, and concave
    otherwise: so they only ever go up, to the root, and two or three are enough.
    """
    days = [((count - mean) ** 2 / mean, mean) for count, mean in zip(counts, means, strict=True) if mean > 0]
    typical = sum(mean for _, mean in days) / len(days) if days else 1.0
    freedom = max(0, len(days) - fitted) + prior_days

    guess = floor
    for _ in range(_MOST_STEPS):
        excess, slope = prior_days * (1 + prior * typical) / (1 + guess * typical) - freedom, 0.0
        slope = -prior_days * (1 + prior * typical) * typical / (1 + guess * typical) ** 2
        for poisson, mean in days:
            wider = 1 + guess * mean
            share = poisson / wider
            excess += share
            slope -= share * mean / wider
        if excess <= 0 or slope == 0:
            break
        steeper = (excess + freedom) / freedom if freedom else 1.0
        last, guess = guess, min(LARGEST, guess - steeper * excess / slope)
        if guess - last <= 1e-9 * guess:
            break
    return guess
