"""A machine whose clock jumps: no answer is kept as another date's, no call is made twice, and right again the night goes on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.clarity.errors import ClockDisagrees
from clarity_pipeline.day.load import load_lane
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
        assert (job.state, job.reason, job.calls) == ("failed", "clock_disagrees", 1)
    with machine(world) as home:
        captured = home.capture.lane("acme", date=DAY, asked=URL_DEVICE)
        assert (captured.reused, captured.calls, captured.stored.sha256) == (True, 0, kept.sha256)
        assert load_lane(home, business_id="acme", date=DAY, asked=URL_DEVICE).rows > 0
    assert world.calls() == 1


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
