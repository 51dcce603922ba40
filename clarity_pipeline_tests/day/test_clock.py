"""A machine whose clock jumps: no answer is kept as another date's, no call is made twice, and right again the night goes on."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from clarity_pipeline.calls.skipped import LaneSkipped
from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.clarity.errors import ClockDisagrees
from clarity_pipeline.day.load import load_lane
from clarity_pipeline.failpoints import EVENT
from clarity_pipeline.home import Home
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline_tests.world import DAY, World

URL_DEVICE = DAILY_SLICES["url_device"]


@contextmanager
def machine(world: World, *, ahead: timedelta = timedelta()) -> Iterator[Home]:
    """The home on a machine that believes in its own clock, which is so far ahead of Clarity's."""
    settings = replace(world.settings, now=None)
    state = StateDatabase(settings.database_url)
    home = Home(settings, state, lambda: world.now + ahead)
    try:
        yield home
    finally:
        home.warehouse.let_go()
        state.dispose()


@pytest.mark.parametrize("days", [-1, 1, 40])
def test_an_answer_that_came_while_the_clock_was_wrong_is_kept_as_its_own_date(world: World, days: int) -> None:
    wrong = timedelta(days=days)
    with machine(world, ahead=wrong) as home:
        with pytest.raises(ClockDisagrees, match=r"(1,440|57,600) minutes"):
            home.capture.lane("acme", date=DAY + wrong, asked=URL_DEVICE)
        assert home.vault.answers("acme", date=DAY + wrong, slice_name="url_device") == []
        (kept,) = home.vault.answers("acme", date=DAY, slice_name="url_device")
        assert kept.window_end == world.now
        (job,) = home.jobs.list()
        assert (job.state, job.reason, job.calls, job.http_status) == ("failed", "clock_disagrees", 1, 200)
        assert (job.answer_sha256, job.window_end) == (None, None), "what is kept tells another date"
    with machine(world) as home:
        captured = home.capture.lane("acme", date=DAY, asked=URL_DEVICE)
        assert (captured.reused, captured.calls, captured.stored.sha256) == (True, 0, kept.sha256)
        assert load_lane(home, business_id="acme", date=DAY, asked=URL_DEVICE).rows > 0
    assert world.calls() == 1


def test_the_error_of_a_wrong_clock_holds_no_body_and_no_header(world: World) -> None:
    """It goes through Dagster, which stores what an error holds."""
    with machine(world, ahead=timedelta(days=1)) as home:
        with pytest.raises(ClockDisagrees) as raised:
            home.capture.lane("acme", date=DAY + timedelta(days=1), asked=URL_DEVICE)
        assert vars(raised.value) == {"http_status": 200}
        assert (raised.value.__cause__, raised.value.__context__) == (None, None)


def test_what_came_while_the_clock_was_wrong_is_kept_and_settled_as_any_answer(world: World) -> None:
    heard: list[str] = []
    places = ("answer_received", "answer_kept", "slot_settled")
    sys.addaudithook(lambda event, given: heard.append(str(given[0])) if event == EVENT else None)
    with machine(world, ahead=timedelta(days=1)) as home:
        with pytest.raises(ClockDisagrees):
            home.capture.lane("acme", date=DAY + timedelta(days=1), asked=URL_DEVICE)
        (slot,) = home.quota.slots(home.connections.get("acme").quota_key or "")
        assert (slot.http_status, slot.settled_at is not None) == (200, True)
    assert tuple(each for each in heard if each in places) == places


@pytest.mark.parametrize("wrong", [timedelta(days=-1), timedelta(minutes=-11), timedelta(minutes=11), timedelta(days=1)])
def test_a_wrong_clock_costs_one_call_and_once_it_is_right_the_lanes_are_fetched_at_once(world: World, wrong: timedelta) -> None:
    world.later(minutes=25)
    asked_for = (world.now + wrong).date() - timedelta(days=1)
    with machine(world, ahead=wrong) as home:
        for asked in DAILY_SLICES.values():
            with pytest.raises((ClockDisagrees, LaneSkipped), match="set this machine's clock"):
                home.capture.lane("acme", date=asked_for, asked=asked)
        assert [(job.state, job.calls, job.reason) for job in home.jobs.list()] == [
            ("failed", 1, "clock_disagrees"),
            *[("skipped", 0, "clock_disagrees")] * 3,
        ]
        world.later(minutes=4)
        for asked in DAILY_SLICES.values():
            if asked_for == DAY and asked == URL_DEVICE:  # which is kept, and of that date
                assert home.capture.lane("acme", date=DAY, asked=asked).reused
                continue
            with pytest.raises(LaneSkipped, match="set this machine's clock"):
                home.capture.lane("acme", date=asked_for, asked=asked)
    assert world.calls() == 1
    with machine(world) as home:
        captured = [home.capture.lane("acme", date=DAY, asked=asked) for asked in DAILY_SLICES.values()]
    assert [each.calls for each in captured] == [0, 1, 1, 1]
    assert world.calls() == 4


@pytest.mark.parametrize("wrong", [timedelta(days=-1), timedelta(minutes=11), timedelta(days=1)])
def test_a_whole_sync_without_a_played_time_costs_one_call_by_a_wrong_clock_and_goes_on_by_the_right_one(
    world: World, wrong: timedelta
) -> None:
    def lanes(home: Home) -> set[tuple[str, str | None, int]]:
        before = len(home.jobs.list())
        day_sync.run(home, business_ids=["acme"], day=home.yesterday())
        made = {(job.state, job.reason, job.calls) for job in home.jobs.list()[before:]}
        return made - {("ok", "already_in_vault", 0)}  # what is kept may be of the very date

    skipped = ("skipped", "clock_disagrees", 0)
    with world.day_sync() as day_sync:
        with machine(world, ahead=wrong) as home:
            assert lanes(home) == {("failed", "clock_disagrees", 1), skipped}
            assert lanes(home) == {skipped}
        assert world.calls() == 1
        with machine(world) as home:
            lanes(home)
            assert len(home.vault.answers("acme", date=DAY, slice_name="url_device")) == 1
            assert all(home.jobs.latest("acme", date=DAY, slice_name=name).state == "ok" for name in DAILY_SLICES)
    assert world.calls() == 4


def test_some_minutes_are_no_disagreement(world: World) -> None:
    with machine(world, ahead=timedelta(minutes=9)) as home:
        assert home.capture.lane("acme", date=DAY, asked=URL_DEVICE).calls == 1


@pytest.mark.parametrize("hours", [-26, -2, 5, 24 * 400])
def test_after_a_jump_of_the_clock_what_is_kept_is_fetched_no_second_time(synced: World, hours: int) -> None:
    right = synced.now
    synced.now = right + timedelta(hours=hours)
    report = synced.sync(DAY)
    assert {lane.state for lane in report.lanes} <= {"ok"}
    assert synced.calls() == 0, "all four answers are in the vault, whatever the clock says"
    synced.now = right + timedelta(days=1)
    report = synced.sync(DAY + timedelta(days=1))
    assert (len(report.lanes), list(report.failures()), synced.calls()) == (4, [], 4)


def test_a_day_of_the_quota_is_the_clocks_and_a_jump_gives_no_eleventh_call(synced: World) -> None:
    """Set back to the day that was, the slots of that day are still taken."""
    with synced.home() as home:
        quota_key = home.connections.get("acme").quota_key
        assert quota_key is not None
        used = home.quota.used_today(quota_key)
    synced.later(days=1)
    with synced.home() as home:
        assert home.quota.used_today(quota_key) == 0
    synced.later(days=-1)
    with synced.home() as home:
        assert home.quota.used_today(quota_key) == used == 4
