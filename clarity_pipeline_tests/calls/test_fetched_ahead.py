"""What was fetched ahead and its lane's own step: taken over once, a refusal too, and all else as if the step had called."""

from dataclasses import replace

import pytest

from clarity_pipeline.calls.ahead import fetching_ahead, lanes_ahead
from clarity_pipeline.calls.capture import Captured
from clarity_pipeline.calls.sync_jobs import SyncJob
from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.day.plan import plan_today
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.home import open_home
from clarity_pipeline.simulator import faults
from clarity_pipeline_tests.calls.test_ahead import NAMES, fetch_ahead
from clarity_pipeline_tests.world import DAY, OTHER_PROJECT, PROJECT, World


def lane(world: World, slice_name: str = "url_device", *, asks_anew: bool = False, business_id: str = "acme") -> Captured:
    with world.home() as home:
        return home.capture.lane(business_id, date=DAY, asked=DAILY_SLICES[slice_name], run_id="the step's", asks_anew=asks_anew)


def refusal(world: World, slice_name: str = "url_device", *, business_id: str = "acme", asks_anew: bool = False) -> str:
    """What the lane's step says, `` when it goes well."""
    try:
        lane(world, slice_name, business_id=business_id, asks_anew=asks_anew)
    except ClarityPipelineError as error:
        return str(error)
    return ""


def told(job: SyncJob) -> tuple[object, ...]:
    """What `jobs` says of an attempt, but for whose it is."""
    detail = (job.detail or "").replace(job.business_id, "SLUG")
    return (job.slice_name, job.attempt, job.state, job.reason, detail, job.http_status, job.calls, job.dagster_run_id)


def test_the_step_takes_over_what_was_fetched_ahead_and_the_job_is_as_if_it_had_called_itself(world: World) -> None:
    world.connect("zeta", project_id=OTHER_PROJECT, token=world.fake.token(OTHER_PROJECT))
    with world.home() as home:
        assert fetch_ahead(home, ["acme"]).fetched == 4
    assert world.calls() == 4
    for name in NAMES:
        captured = lane(world, name)
        assert (captured.ahead, captured.calls, captured.reused) == (True, 1, False)
        lane(world, name, business_id="zeta")
    assert world.calls() == 4 + 4
    ours, theirs = ([told(job) for job in world.jobs() if job.business_id == slug] for slug in ("acme", "zeta"))
    assert ours == theirs
    again = lane(world)
    assert (again.ahead, again.reused, again.calls, world.calls()) == (False, True, 0, 8)


FAULTS: dict[str, tuple[faults.Fault | None, ...]] = {
    "token rejected": (faults.literal(401),),
    "rejected at the third lane": (None, None, faults.FORBIDDEN),
    "quota spent at the third lane": (None, None, faults.QUOTA_SPENT),
    "server error": (faults.SERVER_ERROR,) * 3,
    "server error, then well": (faults.SERVER_ERROR, faults.RESET, None),
    "bad request": (faults.literal(400),),
    "redirect": (None, faults.redirect("http://127.0.0.1:9/")),
    "a page": (faults.HTML,),
    "malformed": (None, faults.MISSING_DIMENSION),
    "cannot be unpacked": (faults.literal(200, headers=(("Content-Encoding", "gzip"),), body=b"no gzip"),),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_fails_ahead_fails_in_its_own_step_with_the_same_words_and_no_second_call(world: World, name: str) -> None:
    """Beside it, a business whose steps call themselves, as in a night without anything ahead."""
    world.connect("zeta", project_id=OTHER_PROJECT, token=world.fake.token(OTHER_PROJECT))
    for project in (PROJECT, OTHER_PROJECT):
        world.fake.script(project, *FAULTS[name])
    with world.home() as home:
        fetch_ahead(home)
    made = world.calls()
    words = [refusal(world, each) for each in NAMES]
    assert world.calls() == made, "each refusal was paid for once"
    assert words == [refusal(world, each, business_id="zeta").replace("zeta", "acme") for each in NAMES]
    assert made == len(world.fake.calls(PROJECT)) == len(world.fake.calls(OTHER_PROJECT))
    ours, theirs = ([told(job) for job in world.jobs() if job.business_id == slug] for slug in ("acme", "zeta"))
    assert sorted(map(str, ours)) == sorted(map(str, theirs))
    with world.home() as home:
        slots = [
            [(slot.slot, slot.slice_name, slot.purpose, slot.state, slot.http_status) for slot in home.quota.slots(key or "")]
            for key in (home.connections.get(slug).quota_key for slug in ("acme", "zeta"))
        ]
        assert slots[0] == slots[1]
        calls = sum(job.calls for job in home.jobs.list() if job.business_id == "acme")
        assert calls == sum(slot[2] != "external" for slot in slots[0])


def test_a_retry_of_what_failed_ahead_pays_one_call(world: World) -> None:
    world.fake.script(PROJECT, *[faults.SERVER_ERROR] * 3)
    with world.home() as home:
        fetch_ahead(home)
    assert "HTTP 500" in refusal(world)
    before = world.calls()
    assert (lane(world).calls, world.calls()) == (1, before + 1)


def test_whoever_asks_anew_is_not_told_of_a_refusal_that_he_has_not_seen(world: World) -> None:
    world.fake.script(PROJECT, *[faults.SERVER_ERROR] * 3)
    with world.home() as home:
        fetch_ahead(home)
    before = world.calls()
    assert (lane(world, asks_anew=True).calls, world.calls()) == (1, before + 1)
    assert (lane(world, "url_source", asks_anew=True).ahead, world.calls()) == (True, before + 1), "an answer is an answer"


def test_a_refusal_that_is_hours_old_is_asked_about_again(world: World) -> None:
    world.fake.script(PROJECT, *[faults.SERVER_ERROR] * 3)
    with world.home() as home:
        fetch_ahead(home)
    world.later(hours=2, minutes=1)
    assert lane(world).calls == 1


def test_after_a_new_token_the_old_ones_refusal_and_answers_are_asked_for_again(world: World) -> None:
    world.fake.script(PROJECT, None, faults.FORBIDDEN)
    with world.home() as home:
        fetch_ahead(home)
    world.later(minutes=1)
    world.connect(token=world.fake.reissue(PROJECT))
    before = world.calls()
    assert [lane(world, name).ahead for name in NAMES] == [False] * 4
    assert world.calls() == before + 4


def test_a_business_that_was_paused_since_is_left_alone(world: World) -> None:
    with world.home() as home:
        fetch_ahead(home)
        home.connections.disable("acme")
    assert "`enable` it to sync it again" in refusal(world)
    with world.home() as home:
        home.connections.enable("acme")
    assert (lane(world).calls, world.calls()) == (0, 4)


def test_what_a_persons_test_has_brought_is_not_fetched_ahead(world: World) -> None:
    with world.home() as home:
        home.capture.test("acme")
        assert fetch_ahead(home).fetched == 3
    assert [lane(world, name).reused for name in NAMES] == [True, False, False, False]
    assert world.calls() == 4


def test_a_test_amid_the_calls_waits_its_turn_and_takes_none_of_theirs(world: World) -> None:
    world.fake.answers_after_seconds = 0.1
    with world.home() as home:
        lanes = lanes_ahead(plan_today(home), ["acme"], first=DAY)
        with fetching_ahead(home.capture, lanes, since=home.clock()) as ahead:
            home.capture.test("acme")
            assert ahead.wait(60).fetched in {3, 4}
    assert [refusal(world, name) for name in NAMES] == [""] * 4
    assert (world.fake.most_at_once(), world.calls() in {4, 5}) == (1, True)


def test_what_was_tried_since_is_left_to_whoever_tried_it(world: World) -> None:
    world.fake.script(PROJECT, *[faults.SERVER_ERROR] * 3)
    with world.home() as home:
        since = home.clock()
        with pytest.raises(ClarityPipelineError):
            home.capture.lane("acme", date=DAY, asked=DAILY_SLICES["url_device"])
        lanes = lanes_ahead(plan_today(home), ["acme"], first=DAY)
        with fetching_ahead(home.capture, lanes, since=since) as ahead:
            progress = ahead.wait(60)
    assert (progress.fetched, progress.left, world.calls()) == (3, 1, 3 + 3)


def test_an_unreachable_clarity_costs_no_slot_ahead_and_the_step_does_not_try_again(world: World) -> None:
    settings = world.settings
    world.fake.close()
    with open_home(settings) as home:
        home.__dict__["capture"] = replace(home.capture, sleep=lambda _: None)
        assert fetch_ahead(home).refused == 4
        world.fake.start()  # on another port: a step that called would be refused as well, and say so in a job of its own
        with pytest.raises(ClarityPipelineError, match="could not be reached") as caught:
            home.capture.lane("acme", date=DAY, asked=DAILY_SLICES["url_device"])
        assert caught.value.reason == "unavailable"
        assert home.quota.used_today(home.connections.get("acme").quota_key or "") == 0
        assert [(job.attempt, job.state, job.calls) for job in home.jobs.list()] == [(1, "failed", 0)] * 4


def test_a_lost_date_is_recovered_ahead_while_its_pair_is_fresh_and_taken_over_later(world: World) -> None:
    """Twenty minutes later the step itself would have to pay for both halves."""
    world.fake.spend_day(PROJECT)
    refusal(world)
    world.later(days=1)
    before = world.calls()
    with world.home() as home:
        assert fetch_ahead(home).fetched == 8
    assert world.calls() == before + 8
    world.later(minutes=20)
    for name in NAMES:
        captured = lane(world, name)
        assert (captured.ahead, captured.calls, captured.told.by.shorter is not None) == (True, 1, True)
    assert world.calls() == before + 8
    assert [job.reason for job in world.jobs() if job.date == DAY][-4:] == ["recovered"] * 4
