"""The split of visitors against the one that was meant: scipy as the oracle, and what is told where the split is off."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from scipy import stats

from clarity_pipeline.imports.experiments.quality import judge
from clarity_pipeline.imports.experiments.sample_ratio import beyond, split_of
from clarity_pipeline_tests.imports.experiments.test_quality import CONTROL, flags, variant

FIRST = date(2026, 11, 1)


def days(*visitors: int) -> dict[date, int]:
    return {FIRST + timedelta(days=n): each for n, each in enumerate(visitors)}


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 7, 10])
@pytest.mark.parametrize("chi_square", [0.0, 0.5, 3.84, 11.0, 60.0])
def test_the_chance_beyond_a_chi_square_value_is_scipys(chi_square: float, freedom: int) -> None:
    assert beyond(chi_square, freedom=freedom) == pytest.approx(stats.chi2.sf(chi_square, freedom), rel=1e-9, abs=1e-300)


def test_a_split_that_chance_explains_is_none_that_is_off_and_one_that_it_does_not_is() -> None:
    fair = split_of([days(2400, 2380), days(2390, 2410)], [None, None])
    assert fair is not None
    assert (fair.visitors, fair.intended, fair.is_off) == ((4780, 4800), (0.5, 0.5), False)
    off = split_of([days(25_102), days(17_030)], [None, None])
    assert off is not None
    assert off.is_off
    assert off.p == pytest.approx(stats.chisquare([25_102, 17_030]).pvalue, rel=1e-6, abs=1e-300)


@pytest.mark.parametrize(("intended", "is_off"), [((0.6, 0.4), False), ((0.5, 0.5), True), ((3.0, 2.0), False)])
def test_the_split_that_was_meant_is_what_counts(intended: Sequence[float], is_off: bool) -> None:
    found = split_of([days(25_102), days(16_810)], list(intended))
    assert found is not None
    assert found.is_off is is_off


def test_a_variant_that_came_later_counts_on_the_dates_that_all_have() -> None:
    found = split_of([days(1000, 1000, 1000), {FIRST + timedelta(days=2): 990}], [None, None])
    assert found is not None
    assert found.visitors == (1000, 990)


@pytest.mark.parametrize(
    ("visitors", "intended"),
    [
        ([days(100)], [None]),
        ([days(100), days(100)], [0.5, None]),
        ([days(4), days(4)], [None, None]),
        ([days(100), {FIRST + timedelta(days=9): 100}], [None, None]),
    ],
    ids=["one variant", "half is said", "nobody yet", "no date in common"],
)
def test_what_cannot_be_told_is_none(visitors: list[dict[date, int]], intended: list[float | None]) -> None:
    assert split_of(visitors, intended) is None


def test_of_an_experiment_whose_split_is_off_nothing_else_is_told() -> None:
    pushed = {"conversions": 60, "rage_click_sessions": 40}
    assert flags(CONTROL, variant("b", **pushed))["b"] is True
    lost = variant("b", visitors=280, **pushed)
    assert flags(CONTROL, lost) == {"a": None, "b": None}
    control, row = judge([*CONTROL, *lost])
    assert row["sample_ratio_p"] < 0.001
    for each in (control, row):
        assert "visitors were split 5,600 to 3,920 where 50 to 50 % were meant" in each["said"]
    meant = variant("b", visitors=280, intended_share=0.412, **pushed)
    assert flags(variant("a", is_control=True, intended_share=0.588), meant)["b"] is True
