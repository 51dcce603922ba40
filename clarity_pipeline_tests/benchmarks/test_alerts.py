"""The promise of the spike test, on a few seeded site-years: what it must hold, and that what others do does not."""

from functools import lru_cache

import pytest

from benchmarks.alerts.jumps import first_days, within
from benchmarks.alerts.naive import DETECTORS
from benchmarks.alerts.ours import NAME
from benchmarks.alerts.power import best_power, best_power_from_baseline, events_needed
from benchmarks.alerts.quiet import PAGES_ALONE, PAGES_TOGETHER, Alarms, quiet_pages, quiet_years

SITE_YEARS = 6
NAIVE = {
    100: ["count > 2 x 7-day mean", "rate > 1.5 x prior week", "mean + 3 sd"],
    400: ["count > 2 x 7-day mean", "rate > 1.5 x prior week", "mean + 3 sd"],
    20_000: ["Poisson, p < 0.001"],
}
"""Who breaks the bound where, by far."""


@lru_cache
def quiet(size: int) -> Alarms:
    return quiet_years(size=size, event="dead_clicks", first=0, sites=SITE_YEARS)


@lru_cache
def jumped(size: int, plan: str) -> dict[str, list[int | None]]:
    return first_days(plan, size=size, event="dead_clicks", sites=30)


@pytest.mark.parametrize("size", [30, 100, 400, 20_000])
def test_with_nothing_changed_it_opens_less_than_one_incident_a_site_and_year(size: int):
    alarms = quiet(size)
    assert alarms.a_year(alarms.opened, NAME) <= 1


@pytest.mark.parametrize(("size", "detector"), [(size, name) for size, names in NAIVE.items() for name in names])
def test_what_others_do_opens_more_on_the_same_days(size: int, detector: str):
    alarms = quiet(size)
    assert alarms.a_year(alarms.opened, detector) > 2


@pytest.mark.parametrize(("size", "day"), [(100, 3), (400, 1), (20_000, 1)])
def test_a_threefold_jump_is_seen_in_time(size: int, day: int):
    assert within(jumped(size, "site x3")[NAME], day) >= 0.9


def test_robust_z_is_as_quiet_only_because_it_sees_so_little():
    assert within(jumped(100, "site x3")["robust z > 3.5"], 3) < 0.5


@pytest.mark.parametrize("size", [30, 100, 400])
def test_the_eighty_clicks_of_one_visitor_never_fire_and_do_with_every_count_of_clicks(size: int):
    seen = jumped(size, "one visitor, 80 clicks")
    assert set(seen[NAME]) == {None}
    for name in ("count > 2 x 7-day mean", "rate > 1.5 x prior week"):
        assert within(seen[name], 1) > 0.6


def test_a_site_of_thirty_sessions_is_told_on_most_days_that_the_rule_cannot_tell():
    outcomes = quiet(30).outcomes
    assert sum(count for (outcome, _), count in outcomes.items() if outcome == "unknown") > 0.5 * quiet(30).days


def test_fifty_pages_together_make_fewer_false_alarms_than_one_site_may_and_each_by_itself_more():
    alarms = quiet_pages(size=20_000, event="dead_clicks", first=0, sites=1, days=105)
    assert alarms.a_year(alarms.opened, PAGES_TOGETHER) <= 1
    assert alarms.a_year(alarms.opened, PAGES_ALONE) > 1


def test_nothing_can_see_four_rage_clicks_become_twelve_in_nine_of_ten_cases():
    assert best_power(4.3) < 0.9
    assert best_power_from_baseline(4.3, windows=28) < best_power(4.3)
    assert best_power(events_needed()) == pytest.approx(0.9, abs=0.01)
    assert 6 < events_needed() < 9


def test_every_naive_detector_is_measured():
    assert set(quiet(100).opened) <= {NAME, *DETECTORS}
    assert set(jumped(100, "site x3")) == {NAME, *DETECTORS}
