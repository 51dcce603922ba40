import math
import random
import warnings
from collections.abc import Callable, Iterator
from decimal import Decimal, localcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from clarity_pipeline.rules.statistics.incomplete_beta import incomplete_beta
from clarity_pipeline.rules.statistics.negative_binomial import lower_tail, tail, threshold

MEANS = st.floats(1e-3, 1e5)
DISPERSIONS = st.one_of(st.just(0.0), st.floats(1e-15, 50))
COUNTS = st.integers(0, 200_000)
Tail = Callable[..., float]


def cases(number: int) -> Iterator[tuple[int, float, float]]:
    """Counts, means and dispersions: from 3 standard deviations under the mean to 30 above, a fifth of them Poisson."""
    random_ = random.Random(2026)
    for _ in range(number):
        mean = 10 ** random_.uniform(-3, 5)
        dispersion = 10 ** random_.uniform(-9, 2) if random_.random() < 0.8 else 0.0
        deviation = math.sqrt(mean + dispersion * mean * mean)
        yield max(1, int(mean + deviation * random_.uniform(-3, 30))), mean, dispersion


def worst(ours: Tail, oracle: Tail, *, number: int) -> float:
    """The largest relative error over the cases whose probability a double can hold."""
    errors = [0.0]
    for count, mean, dispersion in cases(number):
        expected = oracle(count, mean=mean, dispersion=dispersion)
        if expected > 1e-290:
            errors.append(abs(ours(count, mean=mean, dispersion=dispersion) / expected - 1))
    assert len(errors) > 0.6 * number
    return max(errors)


def scipy_tail(count: int, *, mean: float, dispersion: float) -> float:
    size = 1 / dispersion if dispersion else 0
    return float(special.betainc(count, size, mean / (mean + size)) if dispersion else special.gammainc(count, mean))


def scipy_lower_tail(count: int, *, mean: float, dispersion: float) -> float:
    size = 1 / dispersion if dispersion else 0
    if dispersion:
        return float(special.betaincc(count + 1, size, mean / (mean + size)))
    return float(special.gammaincc(count + 1, mean))


def textbook_tail(count: int, *, mean: float, dispersion: float) -> float:
    """One less the sum of the probabilities below, each from `lgamma`."""
    size = 1 / max(dispersion, 1e-12)
    x = mean / (mean + size)
    below = sum(
        math.exp(math.lgamma(k + size) - math.lgamma(size) - math.lgamma(k + 1) + size * math.log1p(-x) + k * math.log(x))
        for k in range(min(count, 2_000))
    )
    return 1 - below


def test_the_tail_agrees_with_scipy_over_10_000_cases():
    assert worst(tail, scipy_tail, number=10_000) < 1e-6


def test_the_lower_tail_agrees_with_scipy_over_10_000_cases():
    assert worst(lower_tail, scipy_lower_tail, number=10_000) < 1e-6


def test_the_textbook_sum_does_not():
    assert worst(textbook_tail, scipy_tail, number=200) > 1e-2


def test_a_million_poisson_counts_are_right_where_scipy_is_not():
    count, mean = 903_650, 899_241.7136620058
    with localcontext() as context:
        context.prec = 50
        k, m = Decimal(count), Decimal(mean)
        log_factorial = k * k.ln() - k + (2 * Decimal("3.14159265358979323846264338327950288") * k).ln() / 2 + 1 / (12 * k)
        term = (k * m.ln() - m - log_factorial + 1 / (360 * k**3)).exp()
        exact = Decimal(0)
        while term > exact * Decimal("1e-25"):
            exact += term
            k += 1
            term = term * m / k
    assert tail(count, mean=mean, dispersion=0) == pytest.approx(float(exact), rel=1e-9)
    assert special.gammainc(count, mean) != pytest.approx(float(exact), rel=1e-6)


@given(COUNTS, MEANS, DISPERSIONS)
def test_both_tails_are_probabilities_and_together_are_one(count: int, mean: float, dispersion: float):
    above = tail(count + 1, mean=mean, dispersion=dispersion)
    below = lower_tail(count, mean=mean, dispersion=dispersion)
    assert 0 <= above <= 1
    assert 0 <= below <= 1
    assert above + below == pytest.approx(1, abs=1e-9)


@given(COUNTS, MEANS, DISPERSIONS)
def test_the_tail_falls_with_the_count_and_rises_with_the_mean(count: int, mean: float, dispersion: float):
    here = tail(count, mean=mean, dispersion=dispersion)
    assert tail(count + 1, mean=mean, dispersion=dispersion) <= here * (1 + 1e-9)
    assert tail(count, mean=mean * 1.1, dispersion=dispersion) >= here * (1 - 1e-9)


@given(st.integers(1, 10_000), st.floats(0.1, 1_000), st.floats(1e-14, 1e-9))
def test_a_dispersion_near_nothing_is_poisson(count: int, mean: float, dispersion: float):
    poisson = tail(count, mean=mean, dispersion=0)
    relative = 2 * dispersion * (count + mean) ** 2 + 1e-9
    assert tail(count, mean=mean, dispersion=dispersion) == pytest.approx(poisson, rel=relative, abs=1e-300)


@settings(max_examples=300)
@given(st.floats(0, 1e5), DISPERSIONS, st.floats(1e-12, 0.5))
def test_the_threshold_is_the_first_count_that_is_rare_enough(mean: float, dispersion: float, alpha: float):
    count = threshold(mean=mean, dispersion=dispersion, alpha=alpha)
    assert tail(count, mean=mean, dispersion=dispersion) <= alpha
    assert tail(count - 1, mean=mean, dispersion=dispersion) > alpha


def test_nothing_expected_makes_anything_impossible():
    assert tail(1, mean=0, dispersion=1) == 0
    assert tail(0, mean=0, dispersion=1) == 1
    assert lower_tail(0, mean=0, dispersion=1) == 1
    assert lower_tail(-1, mean=3, dispersion=1) == 0


@pytest.mark.parametrize(("mean", "dispersion"), [(-1, 0), (1, -0.1), (math.nan, 0), (1, math.nan), (math.inf, 0)])
def test_nonsense_is_refused(mean: float, dispersion: float):
    for distribution in (tail, lower_tail):
        with pytest.raises(ValueError, match="finite"):
            distribution(3, mean=mean, dispersion=dispersion)
    with pytest.raises(ValueError, match="finite"):
        threshold(mean=mean, dispersion=dispersion, alpha=0.1)


def test_a_level_that_is_no_probability_is_refused():
    for alpha in (0, 1, math.nan):
        with pytest.raises(ValueError, match="alpha"):
            threshold(mean=1, dispersion=0, alpha=alpha)


@given(st.floats(1e-3, 1e6), st.floats(1e-3, 1e6), st.floats(1e-9, 1 - 1e-9))
def test_the_incomplete_beta_function_agrees_with_scipy_for_any_shape(a: float, b: float, x: float):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = float(special.betainc(a, b, x))
    if expected > 1e-290:
        assert incomplete_beta(a, b, x=x, y=1 - x) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("a", "b", "x", "y"), [(0, 1, 0.5, 0.5), (1, -1, 0.5, 0.5), (1, 1, 0.5, 0.6), (1, 1, -0.5, 1.5)])
def test_the_incomplete_beta_function_refuses_what_it_is_not_defined_for(a: float, b: float, x: float, y: float):
    with pytest.raises(ValueError, match="incomplete beta"):
        incomplete_beta(a, b, x=x, y=y)


def test_the_incomplete_beta_function_is_0_and_1_at_its_ends():
    assert incomplete_beta(2, 3, x=0, y=1) == 0
    assert incomplete_beta(2, 3, x=1, y=0) == 1
