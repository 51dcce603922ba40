import os
import signal
from datetime import UTC, date, datetime, timedelta

import pytest

from clarity_pipeline.calls.budget import Purpose
from clarity_pipeline.calls.quota import Quota, Slot, TooCloseToMidnight
from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.clarity.errors import QuotaSpent
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline_tests.connections.made_up import HandClock
from clarity_pipeline_tests.processes import CONTEXT

LANES = tuple(DAILY_SLICES)
TODAY = date(2026, 11, 22)


@pytest.fixture
def quota(any_state: StateDatabase, clock: HandClock) -> Quota:
    return Quota(any_state, clock=clock)


def _claim(quota: Quota, purpose: Purpose, slice_name: str = "url_device", key: str = "k") -> Slot:
    return quota.claim(key, business_id="acme", slice_name=slice_name, purpose=purpose)


def _how_many(quota: Quota, purpose: Purpose, slice_name: str = "url_device") -> int:
    granted = 0
    while granted < 20:
        try:
            _claim(quota, purpose, slice_name)
        except QuotaSpent:
            break
        granted += 1
    return granted


def test_a_claim_is_a_row_that_says_whose_it_is(quota: Quota, clock: HandClock) -> None:
    slot = _claim(quota, "sync")
    assert quota.slots("k") == [slot]
    assert slot == Slot("k", TODAY, 1, "acme", "url_device", "sync", "claimed", None, clock.now, None)
    assert (quota.used_today("k"), quota.left_today("k"), quota.left_today("of another project")) == (1, 9, 10)


@pytest.mark.parametrize(("purpose", "most"), [("test", 6), ("portal", 2), ("retry", 4), ("refetch", 4), ("recovery", 4)])
def test_each_purpose_has_its_share_and_every_lane_still_finds_its_slot(quota: Quota, purpose: Purpose, most: int) -> None:
    assert _how_many(quota, purpose) == most
    for lane in LANES:
        assert _claim(quota, "sync", lane).state == "claimed"
    assert quota.left_today("k") == 6 - most


def test_totals_and_a_lane_that_had_its_slot_live_on_the_four(quota: Quota) -> None:
    _claim(quota, "sync", "url_device")
    assert _how_many(quota, "sync", "url_device") + _how_many(quota, "sync", "totals") == 4
    assert [_claim(quota, "sync", lane).slot for lane in LANES[1:]] == [6, 7, 8]


@pytest.mark.parametrize("first", ["retry", "refetch", "recovery"])
def test_two_tests_are_left_for_a_person_whatever_the_machine_asks_for(quota: Quota, first: Purpose) -> None:
    _how_many(quota, first)
    for lane in LANES:
        _claim(quota, "sync", lane)
    assert _how_many(quota, "recovery") == 0
    assert _how_many(quota, "portal") + _how_many(quota, "test") == 2


def test_tests_beyond_the_two_and_machines_share_four(quota: Quota) -> None:
    assert [_claim(quota, "test").slot for _ in range(4)] == [1, 2, 3, 4]
    assert _how_many(quota, "recovery") == 2
    assert _how_many(quota, "test") == 0


def test_clients_take_two_and_what_the_agency_left(quota: Quota) -> None:
    assert [_claim(quota, "test").slot for _ in range(5)] == [1, 2, 3, 4, 5]
    assert _how_many(quota, "portal") == 1


@pytest.mark.parametrize("purpose", ["test", "portal", "retry", "refetch", "recovery"])
def test_in_the_last_two_minutes_of_a_day_only_its_run_may_call(quota: Quota, clock: HandClock, purpose: Purpose) -> None:
    clock.now = datetime(2026, 11, 22, 23, 57, 59, tzinfo=UTC)
    _claim(quota, purpose)
    clock.advance(seconds=1)
    with pytest.raises(TooCloseToMidnight, match="less than 2 minutes to 00:00 UTC"):
        _claim(quota, purpose)
    assert _claim(quota, "sync").day == TODAY
    clock.advance(seconds=120)
    assert _claim(quota, purpose).day == date(2026, 11, 23)


def test_after_the_four_lanes_all_that_is_left_is_free_for_anyone(quota: Quota) -> None:
    for lane in LANES:
        _claim(quota, "sync", lane)
    assert _how_many(quota, "test") == 6


def test_a_refusal_says_in_one_line_what_is_spent_and_when_it_comes_back(quota: Quota) -> None:
    _how_many(quota, "test")
    with pytest.raises(QuotaSpent, match=r"free for a test: .*4 of 10. is kept for its daily lanes; .* 2026-11-23") as kept:
        _claim(quota, "test")
    for lane in LANES:
        _claim(quota, "sync", lane)
    with pytest.raises(QuotaSpent, match=r"All 10 calls of 2026-11-22 .* acme; .* 00:00 UTC on 2026-11-23") as spent:
        _claim(quota, "sync")
    for error in (kept.value, spent.value):
        assert error.reason == "quota_spent"
        assert error.http_status is None
        assert "\n" not in str(error)


def test_the_next_utc_day_starts_with_ten(quota: Quota, clock: HandClock) -> None:
    clock.now = datetime(2026, 11, 22, 23, 57, 59, 999_999, tzinfo=UTC)
    _how_many(quota, "test")
    clock.now = datetime(2026, 11, 23, tzinfo=UTC)
    assert quota.left_today("k") == 10
    assert _claim(quota, "test").day == date(2026, 11, 23)
    assert len(quota.slots("k", TODAY)) == 6


def test_an_answered_and_a_lost_call_stay_spent(quota: Quota, clock: HandClock) -> None:
    answered, lost = _claim(quota, "sync"), _claim(quota, "retry")
    clock.advance(seconds=3)
    quota.settle(answered, http_status=200)
    quota.settle(lost, http_status=None)
    assert [(each.state, each.http_status) for each in quota.slots("k")] == [("answered", 200), ("lost", None)]
    assert {each.settled_at for each in quota.slots("k")} == {clock.now}
    assert quota.used_today("k") == 2


def test_a_call_that_never_left_gives_its_slot_back_and_the_lane_its_claim(quota: Quota) -> None:
    slot = _claim(quota, "sync")
    assert _how_many(quota, "test") == 6
    quota.release(slot)
    assert quota.used_today("k") == 6
    assert _claim(quota, "sync").slot == 1


def test_a_release_that_comes_twice_or_late_frees_nothing_of_another(quota: Quota, clock: HandClock) -> None:
    first = _claim(quota, "sync")
    quota.release(first)
    clock.advance(seconds=1)
    second = _claim(quota, "sync")
    quota.release(first)
    assert quota.slots("k") == [second]
    quota.settle(second, http_status=200)
    quota.release(second)
    assert quota.used_today("k") == 1


def test_a_429_fills_the_day_and_only_that_day(quota: Quota, clock: HandClock) -> None:
    quota.settle(_claim(quota, "sync", "url_device"), http_status=200)
    slot = _claim(quota, "sync", "url_source")
    quota.fill_day(slot)
    quota.fill_day(slot)
    assert [each.state for each in quota.slots("k")] == ["answered", "answered"] + ["external"] * 8
    assert [each.http_status for each in quota.slots("k")][:3] == [200, 429, None]
    assert [each.purpose for each in quota.slots("k")][1:3] == ["sync", "external"]
    with pytest.raises(QuotaSpent):
        _claim(quota, "sync", "url_country")
    clock.advance(days=1)
    assert _claim(quota, "sync", "url_country").slot == 1


def test_only_an_answer_proves_a_token(quota: Quota, clock: HandClock) -> None:
    quota.settle(_claim(quota, "test"), http_status=401)
    assert quota.last_answer_at("k") is None
    quota.settle(_claim(quota, "test"), http_status=200)
    at = clock.now
    clock.advance(days=2)
    quota.settle(_claim(quota, "test"), http_status=500)
    assert quota.last_answer_at("k") == at


def _claim_and_die(url: str) -> None:
    _claim(Quota(StateDatabase(url), clock=HandClock()), "sync")
    os.kill(os.getpid(), signal.SIGKILL)


def test_what_the_vault_has_of_today_and_the_ledger_does_not_is_booked_before_anything_is_granted(quota: Quota) -> None:
    """The ledger of an older back-up, beside the vault as it is: four lanes and three tests were fetched since."""
    fetched = [*DAILY_SLICES, *["url_device"] * 3]
    slot = quota.claim("project", business_id="acme", slice_name="url_device", purpose="test", fetched=fetched)
    assert slot.slot == 8
    again = quota.claim("project", business_id="acme", slice_name="url_device", purpose="test", fetched=fetched)
    assert again.slot == 9, "nothing is booked twice"
    booked = [(each.slice_name, each.purpose, each.http_status) for each in quota.slots("project")[:7]]
    assert sorted(booked) == sorted([*((name, "sync", 200) for name in DAILY_SLICES), *[("url_device", "refetch", 200)] * 3])


def test_answers_beyond_ten_leave_no_call_and_those_of_others_are_not_counted_twice(quota: Quota, clock: HandClock) -> None:
    with pytest.raises(QuotaSpent):
        quota.claim("project", business_id="acme", slice_name="url_device", purpose="test", fetched=["url_device"] * 12)
    assert quota.left_today("project") == 0
    other = quota.claim("shared", business_id="first", slice_name="url_device", purpose="sync")
    quota.settle(other, http_status=200)
    assert quota.claim("shared", business_id="second", slice_name="url_device", purpose="test", fetched=["url_device"]).slot == 3


def test_a_claim_whose_process_was_killed_stays_spent(quota: Quota, state_url: str) -> None:
    victim = CONTEXT.Process(target=_claim_and_die, args=(state_url,))
    victim.start()
    victim.join()
    assert victim.exitcode == -signal.SIGKILL
    assert [each.state for each in quota.slots("k")] == ["claimed"]
    assert _how_many(quota, "retry") == 4


@pytest.mark.parametrize("before", [0, 3, 8])
@pytest.mark.parametrize("days", [-1, 1])
def test_calls_by_a_wrong_clock_are_spent_of_claritys_date_too_and_none_is_an_eleventh(
    quota: Quota, clock: HandClock, before: int, days: int
) -> None:
    def made(most: int) -> int:
        for count in range(most):
            lane = LANES[count % len(LANES)]
            try:
                slot = _claim(quota, "sync" if count < len(LANES) else "test", lane)
            except QuotaSpent:
                return count
            quota.settle(slot, http_status=200, theirs=TODAY)
            quota.settle(slot, http_status=200, theirs=TODAY)  # a try whose commit was not heard of
        return most

    right = clock.now
    calls = made(before)
    clock.now = right + timedelta(days=days)
    calls += made(20)
    assert {each.slice_name for each in quota.slots("k", TODAY) if each.purpose == "sync"} == set(LANES)
    clock.now = right
    calls += made(20)
    assert calls == 10


def test_a_call_by_a_wrong_clock_leaves_the_others_of_claritys_date(quota: Quota, clock: HandClock) -> None:
    clock.now += timedelta(days=1)
    quota.settle(_claim(quota, "sync"), http_status=200, theirs=TODAY)
    assert [quota.used_today("k"), quota.left_today("k")] == [1, 9]
    clock.now -= timedelta(days=1)
    assert [quota.used_today("k"), quota.left_today("k")] == [1, 9]
    assert [(each.slot, each.state, each.http_status, each.slice_name) for each in quota.slots("k")] == [
        (1, "answered", 200, "url_device")
    ]
