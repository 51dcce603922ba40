import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from clarity_pipeline.rules.statistics.benjamini_hochberg import cutoff

P_VALUES = st.lists(st.floats(0, 1), max_size=60)


@given(P_VALUES.filter(bool), st.floats(0.001, 0.3))
def test_it_calls_out_what_scipy_calls_out(p_values: list[float], q: float):
    adjusted = stats.false_discovery_control(p_values)
    limit = cutoff(p_values, q=q)
    for p, by_scipy in zip(p_values, adjusted, strict=True):
        if by_scipy != pytest.approx(q, rel=1e-9):
            assert (p <= limit) == (by_scipy <= q)


@given(P_VALUES, st.floats(0, 1), st.floats(0.001, 0.3))
def test_one_more_hopeless_test_never_calls_out_more(p_values: list[float], p: float, q: float):
    assert cutoff([*p_values, 1.0], q=q) <= cutoff(p_values, q=q)


def test_it_lies_between_bonferroni_and_no_correction():
    assert cutoff([0.5, 0.9, 0.04, 0.7], q=0.1) == pytest.approx(0.025)
    assert cutoff([0.01, 0.04, 0.07, 0.09], q=0.1) == pytest.approx(0.1)
    assert cutoff([0.02, 0.04, 0.9, 0.9], q=0.1) == pytest.approx(0.05)
    assert cutoff([], q=0.1) == pytest.approx(0.1)


def test_without_a_change_fifty_tests_call_out_anything_as_rarely_as_one_and_each_by_itself_does_not():
    rng = np.random.default_rng(5)
    families = rng.random((4_000, 50))
    together = np.mean([min(family) <= cutoff(family.tolist(), q=0.05) for family in families])
    alone = np.mean([min(family) <= 0.05 for family in families])
    assert together < 0.06
    assert alone > 0.9


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_what_is_no_probability_is_refused(p: float):
    with pytest.raises(ValueError, match="p-value"):
        cutoff([0.5, p, 0.2], q=0.1)
