from dataclasses import replace

import pytest

from clarity_pipeline.rules.spike.spike_settings import DEFAULT, share_of_alpha
from clarity_pipeline.rules.spike.spike_verdict import explain
from clarity_pipeline_tests.rules.days import ending_yesterday, quiet, spike, today


def test_a_small_site_gets_a_wider_window_and_a_large_one_does_not():
    windows = {
        sessions: len(spike(today(round(sessions * 0.05), sessions=sessions), quiet(sessions=sessions)).looks)
        for sessions in (60, 120, 2_000)
    }
    assert windows == {60: 3, 120: 2, 2_000: 1}


def test_a_small_sites_week_fires_where_no_day_of_it_would():
    week = ending_yesterday([2] * 28 + [5] * 6, sessions=40)
    verdict = spike(today(5, sessions=40), week)
    assert (verdict.outcome, verdict.window_days) == ("fired", 7)
    only_days = replace(DEFAULT, windows=(1,))
    assert spike(today(5, sessions=40), week, only_days).outcome != "fired"


def test_an_old_excess_in_a_wide_window_does_not_fire_on_a_normal_day():
    week = ending_yesterday([2] * 28 + [5] * 6, sessions=40)
    verdict = spike(today(1, sessions=40), week)
    assert verdict.outcome != "fired"
    assert verdict.looks[-1].guard == "today_is_normal"


def test_every_look_is_paid_for():
    for looks in (1, 2, 3):
        assert sum(share_of_alpha(place, looks) for place in range(looks)) == pytest.approx(1)
    verdict = spike(today(9, sessions=40), quiet(sessions=40))
    assert len(verdict.looks) == 3
    chosen = next(look for look in verdict.looks if look.window_days == verdict.window_days)
    assert verdict.p == pytest.approx(min(1, chosen.p / share_of_alpha(verdict.looks.index(chosen), 3)))
    assert verdict.p > chosen.p


@pytest.mark.parametrize(("sessions", "rate"), [(30, 0.01), (100, 0.01), (20, 0.05)])
def test_too_small_a_site_is_told_how_many_sessions_the_rule_needs_and_with_so_many_it_answers(sessions: int, rate: float):
    verdict = spike(today(round(sessions * rate), sessions=sessions), quiet(sessions=sessions, rate=rate))
    assert (verdict.outcome, verdict.reason) == ("unknown", "not_enough_data")
    assert verdict.sessions_needed is not None
    assert explain(verdict).startswith("not enough data for this rule on this site: needs about")
    enough = round(verdict.sessions_needed * 1.5)
    answer = spike(today(round(enough * rate), sessions=enough), quiet(sessions=enough, rate=rate))
    assert answer.outcome == "not"
