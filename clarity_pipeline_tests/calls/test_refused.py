"""What a parser refused is kept and not paid for again; what stands between is asked again, after a while."""

from datetime import date, timedelta
from typing import Any

import pytest

from clarity_pipeline.calls.skipped import LaneSkipped
from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.clarity.errors import AnswerMalformed, NotAnAnswer, QuotaSpent, Redirected
from clarity_pipeline.clarity.parser_version import PARSER_VERSION
from clarity_pipeline.simulator import faults
from clarity_pipeline_tests.calls.test_capture import lane, lost_day, used
from clarity_pipeline_tests.world import DAY, PROJECT, World

ERROR_REPORT = faults.literal(200, headers=(faults.JSON_TYPE,), body=b'{"query":"None","data":null,"dataErrorType":4}')
NO_COUNT_IN_TRAFFIC = faults.edited(lambda metrics: _traffic(metrics)[0].update(totalSessionCount="1,234"))


def _traffic(metrics: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = next(each["information"] for each in metrics if each["metricName"] == "Traffic")
    return found


@pytest.mark.parametrize("fault", [faults.MISSING_DIMENSION, faults.OBJECT_ENVELOPE, faults.NAN, NO_COUNT_IN_TRAFFIC])
def test_an_answer_that_the_parser_refuses_is_kept_and_no_later_try_pays_for_the_same(world: World, fault: faults.Fault) -> None:
    world.fake.script(PROJECT, fault)
    for later in ({}, {"minutes": 1}, {"hours": 2}, {"days": 1}):
        world.later(**later)
        with pytest.raises(AnswerMalformed, match=r"kept.*a newer version will load it, without a call"):
            lane(world)
        job = world.jobs()[-1]
        assert (job.state, job.reason, job.rows, job.parser_version) == ("failed", "answer_malformed", None, PARSER_VERSION)
        with world.home() as home:
            (kept,) = home.vault.answers("acme", date=DAY, slice_name="url_device")
            assert kept.sha256 == job.answer_sha256
    assert world.calls() == used_on(world, DAY + timedelta(days=1)) == 1
    assert lane(world, day_offset=1).calls == 1, "another date is another answer"


def test_a_wanted_second_call_is_made_and_a_new_token_asks_again(world: World) -> None:
    world.fake.script(PROJECT, faults.MISSING_DIMENSION, faults.MISSING_DIMENSION)
    for refetch in (False, True):
        with pytest.raises(AnswerMalformed):
            lane(world, refetch=refetch)
    assert world.calls() == 2
    world.connect(token=world.fake.reissue(PROJECT))
    assert lane(world).calls == 1


def test_what_an_earlier_parser_refused_is_read_again_without_a_call(world: World) -> None:
    captured = lane(world)
    with world.home() as home:
        job = home.jobs.start("acme", date=DAY, slice_name="url_device", run_id=None)
        home.jobs.finish(job, state="failed", reason="answer_malformed", answer_sha256=captured.stored.sha256, parser_version=1)
    world.later(days=30)
    assert (lane(world).reused, world.calls()) == (True, 1)


@pytest.mark.parametrize("fault", [faults.HTML, faults.EMPTY_BODY, ERROR_REPORT])
def test_a_page_in_place_of_an_answer_is_not_asked_for_again_at_once_and_later_it_is(world: World, fault: faults.Fault) -> None:
    world.fake.script(PROJECT, fault)
    for _ in range(2):
        with pytest.raises(NotAnAnswer) as refused:
            lane(world)
        assert "newer version" not in str(refused.value)
        assert (world.jobs()[-1].reason, world.jobs()[-1].parser_version) == ("answer_malformed", None)
    assert world.calls() == 1
    world.later(minutes=11)
    assert lane(world).calls == 1


def test_a_redirect_is_one_call_and_the_other_lanes_are_skipped_for_some_minutes(world: World) -> None:
    world.fake.script(PROJECT, faults.redirect("https://sign-in.example/?return=x"))
    with pytest.raises(Redirected, match="HTTP 302"):
        lane(world)
    for name in DAILY_SLICES:
        with pytest.raises(LaneSkipped, match="sent elsewhere"):
            lane(world, slice_name=name)
    states = [(job.state, job.reason, job.calls, job.http_status) for job in world.jobs()]
    assert states == [("failed", "redirected", 1, 302), *[("skipped", "redirected", 0, None)] * 4]
    assert world.calls() == used(world) == 1
    assert all("sign-in.example" not in (job.detail or "") for job in world.jobs())
    world.later(minutes=11)
    assert lane(world).calls == 1


def used_on(world: World, day: date) -> int:
    with world.home() as home:
        return len(home.quota.slots(home.connections.get("acme").quota_key or "", day=day))


def test_a_malformed_half_is_kept_and_the_lane_stays_lost(world: World) -> None:
    lost_day(world)
    world.fake.script(PROJECT, faults.MISSING_DIMENSION)
    before = world.calls()
    for _ in range(2):
        with pytest.raises(AnswerMalformed):
            lane(world)
    assert world.calls() == before + 1, "the half is not paid for twice"
    world.later(days=1)
    lane(world, day_offset=2)
    assert lane(world).calls == 2, "the next midnight's pair is another question"


def test_no_recovery_is_paid_for_while_the_newest_answer_to_the_question_cannot_be_read(world: World) -> None:
    world.fake.spend_day(PROJECT)
    with pytest.raises(QuotaSpent):
        lane(world)
    world.later(days=1)
    world.fake.script(PROJECT, faults.HTML)
    with pytest.raises(NotAnAnswer):
        lane(world, day_offset=1)
    world.later(minutes=30)
    before = world.calls()
    with pytest.raises(NotAnAnswer):
        lane(world)
    assert (world.calls(), world.jobs()[-1].answer_sha256) == (before, None)
    lane(world, day_offset=1)
    assert lane(world).told.by.shorter is not None
