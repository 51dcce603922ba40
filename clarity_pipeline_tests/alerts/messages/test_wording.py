from datetime import timedelta
from typing import Any

import pytest

from clarity_pipeline.alerts.messages import wording
from clarity_pipeline.rules.engine.known import Known
from clarity_pipeline_tests.rules.made_up import MONDAY, change, daily, evaluate, rule, threshold
from clarity_pipeline_tests.rules.made_up import known as known_days


def said(when: dict[str, Any], known: Known, *, day: int, action: str = "alert") -> str:
    about = rule(when, name="It broke", action=action)
    answer = evaluate(about, known=known, as_of=MONDAY + timedelta(days=day - 1))
    assert answer.outcome == "fired"
    return wording.fired("Acme", about, answer.evidence)


def test_a_change_is_said_against_what_is_normal() -> None:
    sentence = said(change(window_days=2, baseline_days=5), daily(MONDAY, [500] * 5 + [1000, 1240]), day=7)
    assert sentence == (
        "Acme: It broke. Dead clicks were 2,240 from 2026-11-07 to 2026-11-08, 2.2 times the normal 1,000 of the 5 days before."
    )


def test_a_rise_from_nothing_divides_by_nothing() -> None:
    sentence = said(change(floor=30), daily(MONDAY, [0, 40]), day=2)
    assert sentence == "Acme: It broke. Dead clicks were 40 on 2026-11-03, where 0 was normal in the day before."


@pytest.mark.parametrize(
    ("when", "ending"),
    [
        (
            threshold("clarity_dead_click_rate", "above", 0.1),
            "Dead clicks per visit of a page were 0.250 {}, above the limit of 0.100.",
        ),
        (threshold("clarity_dead_click_rate", "at_least", 0.25), "at or above the limit of 0.250."),
        (threshold("clarity_sessions", "below", 20_000), "Visits of pages were 7,000 {}, below the limit of 20,000."),
        (
            {"not": threshold("clarity_sessions", "above", 20_000)},
            "Visits of pages were 7,000 {}, at or below the limit of 20,000.",
        ),
    ],
)
def test_a_threshold_is_said_with_its_limit_and_the_side_on_which_the_value_lies(when: dict[str, Any], ending: str) -> None:
    sentence = said(when, daily(MONDAY, [250] * 7), day=7)
    assert sentence.endswith(ending.format("from 2026-11-02 to 2026-11-08"))


@pytest.mark.parametrize(
    ("metric", "value", "expected"),
    [
        ("scroll_depth", 43.21, "Average scroll depth was 43.2 %"),
        ("engagement_time_ms", 41_300, "Average engagement time was 41,300 ms"),
    ],
)
def test_an_average_is_said_with_its_unit(metric: str, value: float, expected: str) -> None:
    name = metric.removesuffix("_ms")
    day = {f"{name}_sum": value * 8, f"{name}_sessions": 8}
    assert expected in said(threshold(f"clarity_{metric}", "above", 1), known_days(MONDAY, [day]), day=1)


def test_a_share_and_the_same_weekdays_are_said_as_a_person_would() -> None:
    days = [{"sessions": 100, "rage_click_sessions": 5}] * 28 + [{"sessions": 100, "rage_click_sessions": 20}]
    rose = change("clarity_rage_click_session_share", ratio=2, floor=0.01, against="same_weekdays")
    assert said(rose, known_days(MONDAY, days), day=29).endswith(
        "Share of visits of pages with rage clicks was 20.0 % on 2026-11-30, 4.0 times the normal 5.0 % of the same weekdays of"
        " the weeks before."
    )


def test_only_the_conditions_that_made_it_fire_are_said_and_at_most_three() -> None:
    missed = threshold(value=10_000)
    hits = [threshold(value=value) for value in range(5)]
    sentence = said({"any": [missed, *hits]}, daily(MONDAY, [100] * 7), day=7)
    assert "10,000" not in sentence
    assert sentence.count("above the limit") == wording.CLAUSES
    assert sentence.endswith("; and 2 more.")


def test_a_recommendation_to_pause_says_that_nothing_was_paused() -> None:
    assert said(threshold(), daily(MONDAY, [100] * 7), day=7, action="recommend_pause").endswith("nothing was paused.")
