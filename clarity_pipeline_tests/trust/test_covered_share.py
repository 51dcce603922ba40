"""The share that a cut lane says it tells, against the share that it does tell."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from clarity_pipeline.calls.cut_lanes import CutLane
from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.simulator.site import EVENTS
from clarity_pipeline.trust.covered_share import Visits, expected_visits
from clarity_pipeline.trust.lane_sums import LaneSums
from clarity_pipeline_tests.trust.played import BUSY, FOUR, failed, found, play
from clarity_pipeline_tests.world import DAY, World

POINTS = 0.03


def shares(world: World) -> dict[str, CutLane]:
    with world.home() as home:
        return {each.slice_name: each for each in home.cut_lanes.since("acme", DAY)}


@pytest.fixture
def truly(busy: World) -> int:
    busy.later(days=1)  # Monday
    return sum(tally.sessions for tally in busy.fake.truth(BUSY.project_id, DAY + timedelta(days=1)).by("url").values())


def test_it_is_told_from_the_totals_within_three_points(busy: World, truly: int) -> None:
    day = DAY + timedelta(days=1)
    judged = play(busy, day=day)["totals"].judged
    cut = shares(busy)
    assert set(cut) == set(FOUR)
    for name, lane in cut.items():
        assert (lane.cut, lane.method, lane.asked) == (True, "time_on_pages", DAILY_SLICES[name].dimension_names)
        kept = judged.lanes[name].sessions
        assert kept is not None
        assert kept < 0.99 * truly
        assert lane.covered_share == pytest.approx(kept / truly, abs=POINTS)
        pages = judged.lanes["totals"]
        naive = kept / ((pages.sessions or 0) * (pages.pages_per_session or 0))
        assert abs(naive - kept / truly) > POINTS  # page views count a page seen twice as two
    assert {name for name, _ in failed(busy)} == {"lane_tells_all_visits"}
    assert {row[0] for row in found(busy, "passed is null")} == {
        "lanes_tell_the_same_visits", "lanes_tell_the_same_events", "lanes_tell_the_same_bot_share", "lanes_tell_the_same_urls",
        "visits_fit_the_totals", "events_fit_the_totals",
    }  # fmt: skip


def test_without_a_whole_lane_and_totals_nobody_says_a_number(busy: World, truly: int) -> None:
    assert truly
    play(busy, *FOUR, day=DAY + timedelta(days=1))
    assert {(lane.covered_share, lane.method) for lane in shares(busy).values()} == {(None, None)}
    reasons = {row[2] for row in found(busy, "statement = 'lane_tells_all_visits' and reason = 'nothing_to_compare_with'")}
    assert reasons == {None}


def lane(slice_name: str, sessions: int, **more: object) -> LaneSums:
    at = datetime(2026, 5, 4, 0, 5, tzinfo=UTC)
    return replace(
        LaneSums(
            slice_name, None, at, at, is_recovered=False, rows=9, truncated=False, sessions=sessions, bot_sessions=0,
            events=dict.fromkeys(EVENTS, 0), timed_sessions=sessions, time_ms=sessions * 40_000, pages_per_session=None,
            users_above=0, rows_above=(),
        ),
        **more,
    )  # fmt: skip


def test_a_whole_lane_of_the_same_hour_is_the_best_witness() -> None:
    cut = lane("url_device", 600, truncated=True)
    totals = lane("totals", 500, time_ms=500 * 100_000, pages_per_session=3.0)
    whole = lane("url_country", 1000)
    assert expected_visits(cut, {"url_device": cut, "url_country": whole, "totals": totals}) == Visits(
        1000, "url_country", "uncut_lane"
    )
    late = replace(whole, window_end=whole.window_end + timedelta(hours=2))
    told = expected_visits(cut, {"url_device": cut, "url_country": late, "totals": totals})
    assert told == Visits(1250, "totals", "time_on_pages")  # 500 sessions of 100 s, 40 s a visit


def test_time_that_contradicts_the_pages_a_session_is_not_believed() -> None:
    cut = lane("url_device", 600, truncated=True, time_ms=600 * 100_000)  # as if each row had the whole session's time
    totals = lane("totals", 500, time_ms=500 * 20_000, pages_per_session=3.0)
    assert expected_visits(cut, {"url_device": cut, "totals": totals}) == Visits(1500, "totals", "pages_per_session")


def test_nothing_to_compare_with_is_a_reason_and_no_number() -> None:
    cut = lane("url_device", 600, truncated=True)
    assert expected_visits(cut, {"url_device": cut}) == "nothing_to_compare_with"
    nobody = lane("totals", 0, time_ms=0, pages_per_session=None)
    assert expected_visits(cut, {"url_device": cut, "totals": nobody}) == "no_sessions"
