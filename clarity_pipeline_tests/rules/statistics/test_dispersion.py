import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clarity_pipeline.rules.statistics.dispersion import dispersion

COUNTS = st.lists(st.integers(0, 5_000), min_size=1, max_size=28)


def drawn(true: float, mean: float, days: int, seed: int) -> list[int]:
    rng = np.random.default_rng(seed)
    rates = rng.gamma(1 / true, true, days) if true else np.ones(days)
    return [int(count) for count in rng.poisson(mean * rates)]


def estimated(counts: list[int], *, prior_days: float = 5, floor: float = 0.01) -> float:
    return dispersion(counts, [sum(counts) / len(counts) + 0.1] * len(counts), prior=0.03, prior_days=prior_days, floor=floor)


@pytest.mark.parametrize("true", [0.0144, 0.05, 0.3])
def test_what_was_planted_is_found_again(true: float):
    found = [estimated(drawn(true, 300, 28, seed)) for seed in range(60)]
    assert np.median(found) == pytest.approx(true, rel=0.25)


def test_a_long_baseline_finds_it_closely_without_help():
    assert estimated(drawn(0.05, 300, 5_000, 1), prior_days=0) == pytest.approx(0.05, rel=0.06)


def test_counts_without_any_wobble_give_the_floor():
    assert estimated(drawn(0, 300, 28, 1), prior_days=0) == 0.01
    assert estimated([100] * 28) == 0.01


def test_few_days_are_drawn_to_what_is_usual():
    wild = [100, 300]
    alone, helped = estimated(wild, prior_days=0), estimated(wild)
    assert 0.03 < helped < alone
    assert dispersion([], [], prior=0.03, prior_days=5, floor=0.01) == pytest.approx(0.03)


def test_a_signal_that_never_happened_has_the_usual_wobble_or_less():
    assert 0.01 <= dispersion([0] * 28, [0.02] * 28, prior=0.03, prior_days=5, floor=0.01) <= 0.03


@given(COUNTS, st.integers(0, 10_000))
def test_it_is_within_its_bounds_and_does_not_depend_on_the_order(counts: list[int], more: int):
    found = estimated(counts)
    assert 0.01 <= found <= 100
    assert estimated(counts[::-1]) == pytest.approx(found, rel=1e-6)


@given(st.lists(st.integers(20, 50), min_size=5, max_size=28), st.floats(0.01, 1))
def test_pearsons_sum_is_its_degrees_of_freedom_unless_the_floor_holds(counts: list[int], floor: float):
    means = [35.0] * len(counts)
    found = dispersion(counts, means, prior=0.03, prior_days=0, floor=floor)
    pearson = sum((count - 35) ** 2 / (35 + found * 35 * 35) for count in counts)
    if found > floor:
        assert pearson == pytest.approx(len(counts) - 1, rel=1e-6)
    else:
        assert pearson <= len(counts) - 1
