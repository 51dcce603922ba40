from dataclasses import replace
from datetime import timedelta

import pytest

from clarity_pipeline.rules.spike.baseline import Flag
from clarity_pipeline.rules.spike.spike_verdict import explain
from clarity_pipeline_tests.rules.days import TODAY, quiet, spike, today
from clarity_pipeline_tests.rules.spike.flags import FLAGS, flagged


@pytest.mark.parametrize("flag", FLAGS)
def test_a_day_that_is_not_comparable_is_unknown_and_counts_for_no_baseline(flag: Flag):
    verdict = spike(today(500, flags=[flag]), quiet())
    assert (verdict.outcome, verdict.reason) == ("unknown", "day_not_comparable")
    assert flag.replace("_", " ") in explain(verdict)
    poisoned = flagged(quiet(), range(10), flag, signal=600)
    assert spike(today(150), poisoned).outcome == "fired"
    assert [reason for _, reason in spike(today(150), poisoned).baseline_excluded] == [flag] * 10
    unflagged = [replace(day, flags=frozenset()) for day in poisoned]
    assert spike(today(150), unflagged).outcome != "fired"


def test_an_incident_of_last_weeks_does_not_hide_the_next_one():
    was_on = flagged(quiet(), range(8, 15), "incident", signal=200)
    assert spike(today(150), was_on).outcome == "fired"
    naive = [replace(day, flags=frozenset()) for day in was_on]
    assert spike(today(150), naive).outcome != "fired"


def test_a_level_that_stays_becomes_the_normal_one_after_three_weeks_and_a_few_days():
    before, fired = quiet(), []
    for ahead in range(60):
        day = replace(today(150), date=TODAY + timedelta(days=ahead))
        verdict = spike(day, before)
        fired.append(verdict.outcome == "fired")
        before.append(replace(day, flags=frozenset({"incident"} if fired[-1] else ())))
    assert all(fired[:21])
    assert not any(fired[28:])
    assert sum(fired[n] and not fired[n - 1] for n in range(1, 60)) == 0


def test_too_few_days_to_compare_with_are_unknown_and_counted():
    verdict = spike(today(500), flagged(quiet(), range(17), "truncated"))
    assert (verdict.outcome, verdict.reason, verdict.baseline_days) == ("unknown", "baseline_too_short", 11)
    assert "11 usable" in explain(verdict)
    assert "17 left out" in explain(verdict)
    assert spike(today(500), []).reason == "baseline_too_short"


def test_days_without_a_session_and_days_that_nobody_knows_are_missing_and_every_baseline_day_is_accounted_for():
    known = flagged(quiet(), range(3), "shifted")[:-10]
    known[5] = replace(known[5], sessions=0, signal_sessions=0)
    verdict = spike(today(50), known)
    assert (verdict.baseline_days, len(verdict.baseline_excluded), verdict.baseline_missing) == (20, 3, 5)


def test_a_day_without_a_session_is_unknown():
    assert spike(today(0, sessions=0), quiet()).reason == "no_sessions"
