"""What the scenarios of `benchmarks.alerts` are for: no alarm where visits move with nothing broken, one where something is."""

import pytest

from benchmarks.alerts.jumps import within
from benchmarks.alerts.mixed import BLIND, DETECTORS, of_pages, power, quiet
from benchmarks.alerts.ours import NAME


@pytest.mark.parametrize("size", [500, 3_000])
def test_campaigns_onto_a_landing_page_with_a_rate_of_its_own_are_no_alarm_as_they_are_without_the_mix(size: int) -> None:
    found = quiet("campaign bursts onto one landing page", size=size, sites=3, seed=5)
    assert found.a_year(NAME) <= 1.0
    assert found.a_year(BLIND) >= 6.0


def test_an_audience_that_nothing_tells_apart_is_told_as_such_and_no_page_has_an_alarm() -> None:
    scenario = "launch days, their audience cannot be seen"
    found = quiet(scenario, size=3_000, sites=3, seed=5)
    assert found.opened[NAME] >= 6
    assert found.crowds >= 0.8 * found.opened[NAME]
    assert of_pages(scenario, size=500, sites=1, seed=5) <= 1.0


def test_a_rate_that_wanders_is_not_silenced_and_stays_below_what_a_test_with_years_behind_it_says() -> None:
    found = quiet("rate wanders by 25 %, memory 0.9", size=500, sites=4, seed=5)
    assert found.a_year(NAME) <= 4.0 < found.a_year("Farrington")


def test_a_tripling_is_seen_by_the_third_day_and_every_peer_answers_on_the_same_days() -> None:
    seen = power("ordinary", "site x3", size=500, sites=6, seed=5)
    assert seen.keys() == DETECTORS.keys()
    assert all(len(days) == 6 for days in seen.values())
    assert within(seen[NAME], 3) == 1.0
