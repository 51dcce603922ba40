from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clarity_pipeline.rules.spike.baseline import Day
from clarity_pipeline.rules.spike.change_point import ChangeVerdict, change_since, explain_change
from clarity_pipeline_tests.rules.days import TODAY

CHANGED_ON = TODAY - timedelta(days=15)


def days(
    factor: float = 1.0, *, rate: float = 0.05, sessions: int = 600, seed: int = 1, before: int = 28, after: int = 15
) -> list[Day]:
    """Days around a change, the day of it included; from the day after it on the rate is `factor` times as high."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(-before, after + 1):
        mean = sessions * rate * (factor if number > 0 else 1.0) * rng.gamma(69, 1 / 69)
        found.append(Day(date=CHANGED_ON + timedelta(days=number), sessions=sessions, signal_sessions=int(rng.poisson(mean))))
    return found


def after(number: int, known: list[Day]) -> ChangeVerdict:
    return change_since(CHANGED_ON, known, as_of=CHANGED_ON + timedelta(days=number))


@pytest.mark.parametrize(("factor", "outcome"), [(3.0, "worse"), (0.3, "better"), (1.0, "no_difference")])
def test_after_a_week_a_change_is_worse_better_or_no_difference(factor: float, outcome: str):
    verdict = after(7, days(factor))
    assert verdict.outcome == outcome
    assert verdict.ratio is not None
    assert verdict.ratio_low is not None
    assert verdict.ratio_high is not None
    assert verdict.ratio_low < factor < verdict.ratio_high
    assert (verdict.days_before, verdict.days_after, verdict.until) == (28, 7, CHANGED_ON + timedelta(days=7))


def test_the_answer_changes_only_on_the_days_that_are_paid_for():
    known = days(2.0)
    answers = [replace(after(number, known), next_on=None) for number in range(1, 16)]
    assert [answer.days_after for answer in answers] == [1, 1, 3, 3, 3, 3, *[7] * 7, 14, 14]
    assert answers[3] == answers[4] == answers[5]
    assert after(3, known).next_on == CHANGED_ON + timedelta(days=7)
    assert after(14, known).next_on == CHANGED_ON + timedelta(days=28)


def test_before_the_day_after_it_is_too_soon():
    for number in (-3, 0):
        assert (after(number, days(3.0)).outcome, after(number, days(3.0)).reason) == ("unknown", "too_soon")
    assert after(0, days()).next_on == CHANGED_ON + timedelta(days=1)


def test_the_day_of_the_change_counts_for_neither_side():
    known = days(1.0)
    wild = [replace(day, signal_sessions=600) if day.date == CHANGED_ON else day for day in known]
    assert after(7, wild) == after(7, known)


def test_days_that_are_not_over_yet_are_not_looked_at():
    known = days(1.0)
    tomorrow = [replace(day, signal_sessions=600) if day.date > CHANGED_ON + timedelta(days=7) else day for day in known]
    assert after(7, tomorrow) == after(7, known)


def test_an_incident_that_the_change_made_counts_and_one_before_it_does_not():
    incident = frozenset({"incident"})
    known = [
        replace(day, flags=incident, signal_sessions=300) if -8 < (day.date - CHANGED_ON).days < -3 else day for day in days(3.0)
    ]
    known = [replace(day, flags=incident) if day.date > CHANGED_ON else day for day in known]
    verdict = after(3, known)
    assert (verdict.outcome, verdict.days_before, len(verdict.days_before_excluded)) == ("worse", 24, 4)


def test_days_that_are_not_comparable_count_on_neither_side():
    cut = frozenset({"truncated"})
    known = [replace(day, flags=cut, signal_sessions=0) if (day.date - CHANGED_ON).days % 3 == 0 else day for day in days(3.0)]
    verdict = after(7, known)
    assert (verdict.outcome, verdict.days_after) == ("worse", 5)


@pytest.mark.parametrize(
    ("verdict", "told"),
    [
        (after(7, days(3.0)), "worse since 2026-11-05: "),
        (after(7, days(0.3)), "better since 2026-11-05: "),
        (after(7, days(1.0)), "no difference since 2026-11-05 that would matter: "),
        (after(3, days(1.0, sessions=20)), "not enough data to tell what 2026-11-05 changed: "),
        (after(0, days(1.0)), "too soon to tell what 2026-11-05 changed: the first answer is that of 2026-11-06"),
        (after(7, days(1.0, before=5)), "not enough days before 2026-11-05 to compare with: 5 usable"),
        (after(7, days(1.0, after=0)), "no visit that can be compared since 2026-11-05"),
    ],
)
def test_the_answer_is_said_in_a_line(verdict: ChangeVerdict, told: str):
    line = explain_change(verdict)
    assert line.startswith(told)
    assert "None" not in line


def test_too_little_on_either_side_is_unknown_with_its_reason():
    assert after(7, days(3.0, before=5)).reason == "baseline_too_short"
    assert after(7, days(3.0, before=0)[1:]).reason == "baseline_too_short"
    assert after(7, days(3.0, after=0)).reason == "no_sessions"
    small = after(3, days(1.0, sessions=20))
    assert (small.outcome, small.reason) == ("unknown", "not_enough_data")
    assert small.ratio_high is not None
    assert small.ratio_high > 2


def test_a_change_that_changed_nothing_is_called_worse_or_better_no_more_often_than_promised():
    looks = (1, 3, 7, 14)
    called, called_by_the_naive = 0, 0
    for seed in range(150):
        known = days(1.0, seed=seed, sessions=400)
        called += any(after(number, known).outcome in {"worse", "better"} for number in looks)
        called_by_the_naive += any(_naive(known, number) for number in range(1, 15))
    assert called <= 5
    assert called_by_the_naive > 75


def _naive(known: list[Day], number: int) -> bool:
    """The rate since the change against the same number of days before it, a quarter up or down, looked at every day."""
    new, old = (
        sum(day.signal_sessions for day in known if 0 < sign * (day.date - CHANGED_ON).days <= number) for sign in (1, -1)
    )
    return new > 1.25 * old or new < old / 1.25


@given(st.integers(1, 15), st.integers(0, 20), st.integers(0, 300))
def test_a_higher_count_after_it_never_looks_better(number: int, seed: int, more: int):
    known = days(1.0, seed=seed)
    worse = [
        replace(day, signal_sessions=day.signal_sessions + more) if day.date == CHANGED_ON + timedelta(days=1) else day
        for day in known
    ]
    order = {"better": 0, "no_difference": 1, "unknown": 1, "worse": 2}
    assert order[after(number, worse).outcome] >= order[after(number, known).outcome]
