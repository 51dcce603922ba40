"""A person's test: what it says before and after, what it takes, and whose share of the day it is."""

import pytest

from clarity_pipeline.calls.token_test import Allowance, Verification, allowance, verify_token
from clarity_pipeline.connections.business import UnknownBusiness
from clarity_pipeline.simulator import faults
from clarity_pipeline_tests.world import DAY, PROJECT, World


def verify(world: World, **how: str) -> Verification:
    with world.home() as home:
        return verify_token(home.capture, "acme", **how)  # type: ignore[arg-type]


def test_a_test_says_what_is_left_before_and_after_and_that_it_takes_one(world: World) -> None:
    with world.home() as home:
        assert allowance(home.capture, "acme").sentence == "10 of today's 10 calls are left, 6 of them for tests; this takes one."
    tested = verify(world)
    assert (tested.accepted, tested.error, tested.calls_taken) == (True, None, 1)
    assert (tested.before, tested.after) == (Allowance(10, 6), Allowance(9, 5))
    assert tested.cost == "This took 1 of the day's 10 calls; 9 are left until 00:00 UTC."
    assert tested.rows


def test_only_a_test_that_the_daily_run_can_use_is_said_to_save_a_call(world: World) -> None:
    assert verify(world).saves_a_call
    assert not verify(world).saves_a_call, "the lane has its answer already"
    world.sync(DAY)
    assert world.calls() == 2 + 3, "the day's run needed three"
    world.later(days=1, hours=12)
    assert not verify(world).saves_a_call, "nobody can fetch that day now"
    world.later(hours=12)
    with world.home() as home:
        home.connections.disable("acme")
    assert not verify(world).saves_a_call, "no daily run is to come"


def test_the_portal_tests_twice_a_day_and_the_agency_still_finds_its_own(world: World) -> None:
    told = [verify(world, purpose="portal", actor="portal:cleo") for _ in range(3)]
    assert [each.reason for each in told] == [None, None, "quota_spent"]
    assert [each.after.tests_free for each in told] == [1, 0, 0]
    assert (told[2].calls_taken, world.calls()) == (0, 2)
    assert verify(world).accepted
    with world.home() as home:
        slots = home.quota.slots(home.connections.get("acme").quota_key or "")
        assert [slot.purpose for slot in slots] == ["portal", "portal", "test"]
        assert home.vault.answers("acme", date=DAY, slice_name="url_device")[0].purpose == "test"
        assert [entry.actor for entry in home.audit.entries("acme")] == ["pipeline", *["portal:cleo"] * 3, "pipeline"]


@pytest.mark.parametrize(
    ("fault", "reason", "accepted", "taken", "left"),
    [
        (faults.FORBIDDEN, "token_rejected", False, 1, 9),
        (faults.QUOTA_SPENT, "quota_spent", False, 1, 0),
        (faults.SERVER_ERROR, "unavailable", False, 1, 9),
        (faults.RESET, "unavailable", False, 1, 9),
        (faults.HTML, "answer_malformed", True, 1, 9),
    ],
)
def test_what_stood_in_the_way_is_told_and_not_raised(
    world: World, fault: faults.Fault, reason: str, accepted: bool, taken: int, left: int
) -> None:
    world.fake.script(PROJECT, fault)
    tested = verify(world)
    assert (tested.reason, tested.accepted, tested.calls_taken, tested.after.calls_left) == (reason, accepted, taken, left)
    assert not tested.saves_a_call
    with world.home() as home:
        entry = home.audit.entries("acme", limit=1)[0]
    assert (entry.action, entry.detail["result"], entry.detail["calls_left"]) == ("tested", reason, left)


def test_what_is_refused_beforehand_takes_no_call(world: World) -> None:
    world.later(hours=23, minutes=54)  # 23:59
    late = verify(world)
    assert (late.reason, late.calls_taken, late.cost) == (
        "too_close_to_midnight", 0, "This took no call; 10 are left until 00:00 UTC.",
    )  # fmt: skip
    with world.home() as home:
        home.connections.disconnect("acme")
    gone = verify(world)
    assert (gone.reason, gone.before, gone.after) == ("token_missing", Allowance(0, 0), Allowance(0, 0))
    with world.home() as home, pytest.raises(UnknownBusiness):
        verify_token(home.capture, "acne")
    assert world.calls() == 0


def test_a_call_that_never_left_this_machine_is_not_counted(world: World) -> None:
    with world.home() as home:
        world.fake.close()
        refused = verify_token(home.capture, "acme")
        assert (refused.reason, refused.calls_taken, refused.after) == ("unavailable", 0, Allowance(10, 6))
    world.fake.start()
