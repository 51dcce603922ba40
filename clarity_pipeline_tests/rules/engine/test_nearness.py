"""The nearest miss: a number that compares leaves of every kind, and grows as a rule comes nearer to firing."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clarity_pipeline.rules.engine.nearness import Miss, closeness, nearness
from clarity_pipeline_tests.rules.made_up import MONDAY, change, daily, evaluate, rule, threshold

SCROLL = "clarity_scroll_depth"


def limit(metric: str = "clarity_dead_clicks", **fields: Any) -> dict[str, Any]:
    return threshold(metric, window_days=1, **fields)


def miss(when: Mapping[str, Any], *, dead_clicks: int | None) -> Miss | None:
    wanted = rule(when)
    return nearness(wanted, evaluate(wanted, known=daily(MONDAY, [dead_clicks]), as_of=MONDAY))


@pytest.mark.parametrize(
    ("when", "share"),
    [
        (limit(value=100, operator="above"), 0.75),
        (limit(value=50, operator="below"), 50 / 75),
        ({"not": limit(value=50, operator="above")}, 50 / 75),
        ({"all": [limit(value=100), limit(value=300)]}, 0.25),
        ({"any": [limit(value=100), limit(value=300)]}, 0.75),
        ({"all": [limit(value=10), limit(value=100)]}, 0.75),
        ({"all": [limit(SCROLL, value=1), limit(value=100)]}, 0.75),
        ({"not": {"any": [limit(value=50), limit(value=25)]}}, 25 / 75),
        ({"not": {"all": [limit(value=50), limit(value=25)]}}, 50 / 75),
    ],
)
def test_how_near_is_the_share_of_the_way_of_the_leaf_that_holds_the_rule_back(when: dict[str, Any], share: float) -> None:
    found = miss(when, dead_clicks=75)
    assert found is not None
    assert found.share == pytest.approx(share)


def test_a_rule_that_fires_and_one_of_which_nothing_is_known_miss_by_nothing_that_could_be_said() -> None:
    assert miss(limit(value=10), dead_clicks=75) is None
    assert miss(limit(), dead_clicks=None) is None


def test_a_change_is_as_near_as_its_ratio_and_its_floor() -> None:
    days = daily(MONDAY, [100, 150])
    for ratio, floor, share in ((2, 1, 0.75), (2, 600, 0.25), (1.2, 200, 0.75), (1.5, 150, None)):
        wanted = rule(change(ratio=ratio, floor=floor))
        found = nearness(wanted, evaluate(wanted, known=days, as_of=date(2026, 11, 3)))
        assert (None if found is None else found.share) == (None if share is None else pytest.approx(share))


@given(
    limits=st.lists(st.integers(1, 100), min_size=1, max_size=4),
    word=st.sampled_from(["all", "any"]),
    clicks=st.integers(0, 99),
)
def test_the_nearer_the_value_the_larger_the_share_and_it_is_one_only_on_the_limit(
    limits: list[int], word: str, clicks: int
) -> None:
    when = {word: [limit(value=each) for each in limits]}
    now, more = miss(when, dead_clicks=clicks), miss(when, dead_clicks=clicks + 1)
    if now is not None:
        assert 0 <= now.share <= 1
        assert (now.share == 1) == (clicks == now.leaf.threshold)
        assert more is None or more.share > now.share


@given(one=st.floats(-1e9, 1e9), other=st.floats(-1e9, 1e9))
def test_closeness_is_the_same_either_way_round(one: float, other: float) -> None:
    assert closeness(one, other) == closeness(other, one)
    assert 0 <= closeness(one, other) <= 1
