from datetime import date, timedelta
from typing import Any

import pytest

from clarity_pipeline.rules.engine.evidence import Evaluation, Evidence
from clarity_pipeline.rules.engine.history import History, Version
from clarity_pipeline.rules.engine.known import Known
from clarity_pipeline.rules.language.metric import METRICS, Metric
from clarity_pipeline_tests.rules.made_up import MONDAY, change, daily, evaluate, known, rule, threshold


def judged(when: dict[str, Any], about: Known, *, day: int = 7) -> Evaluation:
    """On the `day`th day from MONDAY on."""
    return evaluate(rule(when), known=about, as_of=MONDAY + timedelta(days=day - 1))


def leaf(when: dict[str, Any], about: Known, *, day: int = 7) -> Evidence:
    (only,) = judged(when, about, day=day).evidence
    return only


@pytest.mark.parametrize(
    ("operator", "outcomes"),
    [("above", "not not fired"), ("at_least", "not fired fired"), ("below", "fired not not"), ("at_most", "fired fired not")],
)
def test_a_threshold_compares_the_whole_window_with_its_value(operator: str, outcomes: str) -> None:
    found = [judged(threshold(operator=operator, value=value), daily(MONDAY, [10] * 7)).outcome for value in (71, 70, 69)]
    assert found == outcomes.split()


def test_a_window_ends_on_the_evaluated_day_and_includes_it() -> None:
    seen = leaf(threshold(window_days=3), daily(MONDAY, [1, 2, 4, 8, 16, 32, 64, 128]), day=5)
    assert (seen.from_date, seen.to_date, seen.value) == (date(2026, 11, 4), date(2026, 11, 6), 4 + 8 + 16)


@pytest.mark.parametrize("metric", [metric for metric in METRICS.values() if metric.family == "business"], ids=str)
def test_every_metric_of_a_business_can_be_evaluated(metric: Metric) -> None:
    about = known(MONDAY, [{metric.column: 6, **({metric.over: 2} if metric.over else {})}] * 7)
    seen = leaf(threshold(metric.name, value=2), about)
    assert (seen.value, seen.verdict) == (3.0 if metric.over else 42.0, True)


def test_a_null_metric_is_unknown_and_the_reason_says_which_and_when() -> None:
    answer = judged(threshold(), daily(MONDAY, []))
    assert (answer.outcome, answer.reason) == ("unknown", "clarity_dead_clicks has no data from 2026-11-02 to 2026-11-08")
    assert answer.evidence[0].verdict is None


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None])
def test_what_is_no_finite_number_is_no_data(value: float | None) -> None:
    about = known(MONDAY, [{"sessions": 3, "scroll_depth_sum": value, "scroll_depth_sessions": 3}] * 7)
    assert judged(threshold("clarity_scroll_depth", "above", 0), about).outcome == "unknown"


def test_a_null_metric_does_not_stop_the_rest_of_the_rule() -> None:
    nothing, much = threshold("clarity_scroll_depth"), threshold()
    about = daily(MONDAY, [100] * 7)
    assert judged({"any": [nothing, much]}, about).outcome == "fired"
    assert judged({"all": [nothing, {"not": much}]}, about).outcome == "not"
    assert judged({"all": [nothing, much]}, about).outcome == "unknown"
    assert judged({"not": nothing}, about).outcome == "unknown"


def test_a_reason_is_only_given_for_an_unknown_outcome_and_says_each_thing_once() -> None:
    nothing = threshold("clarity_scroll_depth")
    assert judged({"any": [nothing, threshold()]}, daily(MONDAY, [100] * 7)).reason is None
    answer = judged({"all": [nothing, nothing, threshold("clarity_quick_backs")]}, daily(MONDAY, [100] * 7))
    assert answer.reason == (
        "clarity_scroll_depth has no data from 2026-11-02 to 2026-11-08;"
        " clarity_quick_backs has no data from 2026-11-02 to 2026-11-08"
    )


@pytest.mark.parametrize(
    ("operator", "value", "outcome"),
    [("above", 99, "fired"), ("above", 150, "unknown"), ("below", 150, "unknown"), ("below", 99, "not")],
)
def test_a_count_over_a_window_with_missing_days_is_a_lower_bound(operator: str, value: float, outcome: str) -> None:
    answer = judged(threshold(operator=operator, value=value), daily(MONDAY, [50, None, 50, None, None, None, None]))
    assert answer.outcome == outcome
    if outcome == "unknown":
        assert answer.reason == "clarity_dead_clicks has no data on 5 of 7 days from 2026-11-02 to 2026-11-08, 100 on the others"


def test_a_rate_rests_on_the_days_that_there_are() -> None:
    answer = judged(threshold("clarity_dead_click_rate", "above", 0.04), daily(MONDAY, [50, None, 50, None, None, None, None]))
    assert (answer.outcome, answer.evidence[0].days_with_data) == ("fired", 2)


@pytest.mark.parametrize("condition", [threshold(min_sessions=7001), change(window_days=7, min_sessions=7001)])
def test_too_few_sessions_are_missing_evidence_and_not_a_no(condition: dict[str, Any]) -> None:
    answer = judged(condition, daily(MONDAY, [50] * 14), day=14)
    assert answer.reason == "only 7,000 visits of pages from 2026-11-09 to 2026-11-15, the rule wants 7,001"
    assert judged({"not": condition}, daily(MONDAY, [50] * 14), day=14).outcome == "unknown"


def test_a_change_compares_means_per_day_so_that_lengths_may_differ() -> None:
    seen = leaf(change(window_days=2, baseline_days=10, ratio=2), daily(MONDAY, [10] * 10 + [20, 20]), day=12)
    assert (seen.value, seen.normal, seen.threshold, seen.verdict) == (40, 20, 40, True)
    assert (seen.baseline_from, seen.baseline_to) == (date(2026, 11, 2), date(2026, 11, 11))


def test_a_change_without_a_baseline_length_looks_at_the_window_before() -> None:
    seen = leaf(change(window_days=3), daily(MONDAY, [1, 10, 10, 10, 20, 20, 20]))
    assert (seen.normal, seen.value, seen.verdict) == (30, 60, True)


def test_a_change_downwards_is_seen_too() -> None:
    fallen = change(operator="at_most", ratio=0.5, floor=100)
    assert judged(fallen, daily(MONDAY, [200, 100]), day=2).outcome == "fired"
    assert judged(fallen, daily(MONDAY, [200, 101]), day=2).outcome == "not"
    assert judged(fallen, daily(MONDAY, [99, 0]), day=2).outcome == "not"


def test_a_change_below_its_floor_is_too_small_to_matter() -> None:
    assert judged(change(floor=31), daily(MONDAY, [10, 30]), day=2).outcome == "not"
    assert judged(change(floor=30), daily(MONDAY, [10, 30]), day=2).outcome == "fired"


def test_a_rise_from_nothing_is_a_change_and_nothing_from_nothing_is_none() -> None:
    assert judged(change(floor=30), daily(MONDAY, [0, 30]), day=2).outcome == "fired"
    assert judged(change(floor=30), daily(MONDAY, [0, 0]), day=2).outcome == "not"


def test_a_lost_day_does_not_look_like_a_change() -> None:
    steady = [10, None, 10, 10, 10, 10, 10, 10]
    naive_normal = sum(clicks or 0 for clicks in steady[:7]) / 7
    assert 1.15 * naive_normal <= 10
    answer = judged(change(baseline_days=7, ratio=1.15), daily(MONDAY, steady), day=8)
    assert (answer.outcome, answer.evidence[0].normal) == ("not", 10)


@pytest.mark.parametrize(("lost", "outcome"), [(0, "fired"), (2, "fired"), (3, "unknown"), (7, "unknown")])
def test_a_change_needs_seven_of_ten_days_of_its_baseline(lost: int, outcome: str) -> None:
    clicks = [None] * lost + [10] * (7 - lost) + [50]
    answer = judged(change(baseline_days=7), daily(MONDAY, clicks), day=8)
    assert answer.outcome == outcome
    if lost == 3:
        assert answer.reason == "clarity_dead_clicks has data on only 4 of 7 days from 2026-11-02 to 2026-11-08"


def test_evidence_names_each_leaf_by_its_path_and_says_which_made_the_rule_fire() -> None:
    high, low = threshold(value=1), threshold(value=10_000)
    answer = judged({"all": [high, {"not": {"any": [low, low]}}]}, daily(MONDAY, [100] * 7))
    assert [(seen.path, seen.verdict, seen.supports) for seen in answer.evidence] == [
        ("when.all[0].threshold", True, True),
        ("when.all[1].not.any[0].threshold", False, True),
        ("when.all[1].not.any[1].threshold", False, True),
    ]
    assert answer.outcome == "fired"


def test_evidence_survives_json() -> None:
    answer = judged({"any": [threshold(), change(window_days=2)]}, daily(MONDAY, [100] * 7))
    assert Evaluation.model_validate_json(answer.model_dump_json()) == answer


def test_a_rate_leaves_out_the_sessions_that_its_number_does_not_tell_of_and_says_how_many() -> None:
    days = [
        Version(
            date=MONDAY + timedelta(days=day),
            values=(1_000 if day == 6 else 100, 50),
            left_out={"dead_clicks": 900} if day == 6 else None,
        )
        for day in range(7)
    ]
    about = Known(business_id="acme", business=History(("sessions", "dead_clicks"), days))
    seen = leaf(threshold("clarity_dead_click_rate", value=0.3), about)
    assert (seen.value, seen.sessions, seen.left_out) == (0.5, 1_600, 900)
    assert leaf(threshold("clarity_rage_clicks", value=0), about).left_out == 0
