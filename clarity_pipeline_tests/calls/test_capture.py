"""The one place that spends calls: what it refuses before paying, what it keeps, what it tries again."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from clarity_pipeline.calls.capture import Captured
from clarity_pipeline.calls.skipped import LaneSkipped
from clarity_pipeline.clarity.dimensions import CALLS_A_DAY, DAILY_SLICES
from clarity_pipeline.clarity.errors import (
    BadRequest,
    QuotaSpent,
    TokenRejected,
    Unavailable,
)
from clarity_pipeline.clarity.fetchable import DayNotFetchable
from clarity_pipeline.clarity.recoverable import DayNotRecoverable, NoLongerRecoverable
from clarity_pipeline.clarity.token import Token
from clarity_pipeline.home import open_home
from clarity_pipeline.simulator import faults
from clarity_pipeline_tests.world import DAY, PROJECT, World

URL_DEVICE = DAILY_SLICES["url_device"]


def lane(world: World, *, day_offset: int = 0, refetch: bool = False, slice_name: str = "url_device") -> Captured:
    with world.home() as home:
        day = DAY + timedelta(days=day_offset)
        return home.capture.lane("acme", date=day, asked=DAILY_SLICES[slice_name], refetch=refetch)


def used(world: World) -> int:
    with world.home() as home:
        return home.quota.used_today(home.connections.get("acme").quota_key or "")


def test_an_answer_is_kept_as_it_came_and_costs_one_slot(world: World) -> None:
    captured = lane(world)
    with world.home() as home:
        body = home.vault.read(captured.stored)
    assert body == world.fake.answer(PROJECT, dimensions=("URL", "Device"), at=world.now)
    assert (captured.calls, captured.reused, used(world), world.calls()) == (1, False, 1, 1)
    (job,) = world.jobs()
    assert (job.state, job.calls, job.http_status, job.answer_sha256) == ("ok", 1, 200, captured.stored.sha256)
    assert (job.window_start, job.window_end) == (world.now - timedelta(days=1), world.now)


def test_a_second_time_reads_the_vault_also_when_the_day_is_long_past(world: World) -> None:
    lane(world)
    world.later(days=3)
    captured = lane(world)
    assert (captured.reused, captured.calls, world.calls()) == (True, 0, 1)
    assert world.jobs()[-1].reason == "already_in_vault"


def test_refetch_forces_a_call_and_its_answer_is_the_one_that_counts(world: World) -> None:
    lane(world)
    world.later(minutes=30)
    again = lane(world, refetch=True)
    assert (again.reused, world.calls()) == (False, 2)
    assert lane(world).stored == again.stored


@pytest.mark.parametrize(
    ("hours_after_midnight", "day_offset", "hint"),
    [
        (6.1, 0, "can no longer be fetched"),
        (0.1, -1, "2026-05-03 can be fetched now"),
        (20, 1, "not over yet"),
        (0.1, 30, "not over yet"),
    ],
)
def test_a_day_that_the_api_cannot_answer_is_refused_before_a_slot(
    world: World, hours_after_midnight: float, day_offset: int, hint: str
) -> None:
    world.later(hours=hours_after_midnight, minutes=-5)
    with pytest.raises(DayNotFetchable, match=hint):
        lane(world, day_offset=day_offset)
    assert (world.calls(), used(world)) == (0, 0)
    assert [(job.state, job.reason, job.calls) for job in world.jobs()] == [("failed", "day_not_fetchable", 0)]


def test_the_day_can_be_fetched_until_six(world: World) -> None:
    world.later(hours=5, minutes=55)
    assert lane(world).calls == 1


def test_a_disabled_business_is_skipped_with_its_reason(world: World) -> None:
    with world.home() as home:
        home.connections.disable("acme")
    with pytest.raises(LaneSkipped, match="enable"):
        lane(world)
    assert world.calls() == 0
    assert [(job.state, job.reason) for job in world.jobs()] == [("skipped", "disabled")]


def test_what_is_retryable_is_tried_twice_more_each_with_a_slot(world: World) -> None:
    world.fake.script(PROJECT, faults.SERVER_ERROR, faults.RESET, None)
    assert lane(world).calls == 3
    assert used(world) == world.calls() == 3
    with world.home() as home:
        slots = home.quota.slots(home.connections.get("acme").quota_key or "")
    assert [(slot.purpose, slot.state, slot.http_status) for slot in slots] == [
        ("sync", "answered", 500), ("retry", "lost", None), ("retry", "answered", 200),
    ]  # fmt: skip


def test_three_tries_are_the_end_and_the_business_stays_enabled(world: World) -> None:
    world.fake.script(PROJECT, *[faults.SERVER_ERROR] * 3)
    with pytest.raises(Unavailable):
        lane(world)
    (job,) = world.jobs()
    assert (job.state, job.reason, job.http_status, job.calls) == ("failed", "unavailable", 500, 3)
    with world.home() as home:
        assert home.connections.get("acme").enabled


def test_a_retry_never_takes_a_slot_that_a_later_lane_owns(world: World) -> None:
    with world.home() as home:
        for _ in range(6):
            home.capture.test("acme")
        with pytest.raises(QuotaSpent, match="kept for its daily lanes"):
            home.capture.test("acme")
    world.later(days=1)  # tests of yesterday's window are no answer for the new day
    with world.home() as home:
        for _ in range(6):
            home.capture.test("acme")
    world.fake.script(PROJECT, faults.SERVER_ERROR)
    with pytest.raises(Unavailable):
        lane(world, day_offset=1, slice_name="url_source")
    for name in ("url_country", "url_campaign_channel"):
        assert lane(world, day_offset=1, slice_name=name).calls == 1
    assert used(world) == 9


def test_a_state_that_is_given_back_from_before_the_night_makes_no_eleventh_call(world: World, tmp_path: Path) -> None:
    """The vault has what was fetched since: a person's tests by that ledger would be twelve calls of the day."""
    with closing(sqlite3.connect(world.folder / "state.db")) as state, closing(sqlite3.connect(tmp_path / "before.db")) as kept:
        state.backup(kept)
    for name in DAILY_SLICES:
        assert lane(world, slice_name=name).calls == 1
    for _ in range(2):
        world.later(hours=7)
        with world.home() as home:
            home.capture.test("acme")
    for each in world.folder.glob("state.db*"):
        each.unlink()
    shutil.copy(tmp_path / "before.db", world.folder / "state.db")
    with world.home() as home:
        for _ in range(CALLS_A_DAY - 6):
            home.capture.test("acme")
            world.later(minutes=4)
        with pytest.raises(QuotaSpent):
            home.capture.test("acme")
    assert (world.calls(), used(world)) == (10, 10)


def test_a_test_in_the_fetchable_hours_saves_the_lane_its_call(world: World) -> None:
    with world.home() as home:
        home.capture.test("acme")
    captured = lane(world)
    assert (captured.reused, captured.calls, world.calls()) == (True, 0, 1)


def test_a_test_at_noon_proves_the_token_and_is_never_loaded_as_a_day(world: World) -> None:
    world.later(hours=12)
    with world.home() as home:
        home.capture.test("acme")
    with pytest.raises(DayNotFetchable):
        lane(world)
    world.later(hours=12)
    assert not lane(world, day_offset=1).reused


@pytest.mark.parametrize("status", [401, 403])
def test_a_rejected_token_disables_and_the_next_lane_spends_nothing(world: World, status: int) -> None:
    world.fake.revoke(PROJECT, status=status)  # type: ignore[arg-type]
    with pytest.raises(TokenRejected):
        lane(world)
    with pytest.raises(LaneSkipped, match="fresh token"):
        lane(world, slice_name="url_source")
    assert world.calls() == 1
    with world.home() as home:
        assert home.connections.get("acme").disabled_reason == "token_rejected"
    assert [(job.state, job.reason, job.http_status) for job in world.jobs()] == [
        ("failed", "token_rejected", status), ("skipped", "token_rejected", None),
    ]  # fmt: skip


def test_a_real_429_fills_the_day_and_the_next_utc_day_is_tried_again(world: World) -> None:
    world.fake.spend_day(PROJECT)
    with pytest.raises(QuotaSpent):
        lane(world)
    with pytest.raises(QuotaSpent):
        lane(world, slice_name="url_source")
    assert (world.calls(), used(world)) == (1, CALLS_A_DAY)
    assert [(job.state, job.calls, job.http_status) for job in world.jobs()] == [("failed", 1, 429), ("skipped", 0, None)]
    world.later(days=1)
    assert lane(world, day_offset=1).calls == 1


def test_a_bad_request_is_not_tried_again(world: World) -> None:
    world.fake.script(PROJECT, faults.literal(400))
    with pytest.raises(BadRequest):
        lane(world)
    assert world.calls() == used(world) == 1


def test_a_refused_connection_costs_no_call(world: World) -> None:
    settings = world.settings
    world.fake.close()
    with open_home(settings) as home:
        capture = replace(home.capture, sleep=lambda _: None)
        with pytest.raises(Unavailable) as caught:
            capture.lane("acme", date=DAY, asked=URL_DEVICE)
        assert not caught.value.sent
        (job,) = home.jobs.list()
        assert (job.state, job.reason, job.calls) == ("failed", "unavailable", 0)
        assert home.quota.used_today(home.connections.get("acme").quota_key or "") == 0
    world.fake.start()


def test_a_token_that_was_replaced_meanwhile_is_not_disabled_by_the_old_ones_401(world: World) -> None:
    old = world.fake.token(PROJECT)
    world.fake.revoke(PROJECT)
    world.connect(token=world.fake.reissue(PROJECT))
    with world.home() as home:
        assert home.connections.reject("acme", Token.parse(old)).enabled
    assert lane(world).calls == 1


def lost_day(world: World) -> None:
    """The first lane of DAY lost to a 429, and the next midnight's own lane fetched."""
    world.fake.spend_day(PROJECT)
    with pytest.raises(QuotaSpent):
        lane(world)
    world.later(days=1)
    lane(world, day_offset=1)


def test_a_lost_lane_costs_one_call_within_ten_minutes_of_the_days_own_and_two_behind(world: World) -> None:
    lost_day(world)
    world.later(minutes=10)
    near = lane(world)
    assert (near.calls, near.told.by.shorter is not None, world.jobs()[-1].reason) == (1, True, "recovered")
    assert (lane(world).reused, lane(world).calls) == (True, 0)


def test_a_half_that_is_eleven_minutes_old_is_fetched_again_and_the_days_own_answer_stays(world: World) -> None:
    lost_day(world)
    own = lane(world, day_offset=1).stored
    world.later(minutes=11)
    late = lane(world)
    assert late.calls == 2
    first, second = late.told.by.members
    assert first.fetched_at == second.fetched_at == world.now
    assert lane(world, day_offset=1).stored == own
    with world.home() as home:
        purposes = [slot.purpose for slot in home.quota.slots(home.connections.get("acme").quota_key or "")]
    assert purposes == ["sync", "recovery", "recovery"]


def test_half_a_pair_is_never_paid_for(world: World) -> None:
    lost_day(world)
    with world.home() as home:
        for _ in range(5):
            home.capture.test("acme")
    world.later(minutes=11)
    before = world.calls()
    with pytest.raises(QuotaSpent, match="takes 2 more of the day's calls and 1 are free"):
        lane(world)
    assert (world.calls(), world.jobs()[-1].state) == (before, "skipped")


@pytest.mark.parametrize(("hours", "refusal"), [(12, DayNotRecoverable), (72, NoLongerRecoverable)])
def test_a_lost_date_at_another_hour_is_refused_before_a_slot(world: World, hours: int, refusal: type[DayNotRecoverable]) -> None:
    lost_day(world)
    before = world.calls()
    world.later(hours=hours)
    with pytest.raises(refusal):
        lane(world)
    assert (world.calls(), world.jobs()[-1].reason) == (before, refusal.reason)
