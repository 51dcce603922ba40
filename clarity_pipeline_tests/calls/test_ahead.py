"""Calls made ahead of the lanes' own steps: many at once, one a project, and all else is as if the steps had made them."""

import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from time import monotonic

import pytest

from clarity_pipeline.calls.ahead import Ahead, Progress, fetching_ahead, lanes_ahead
from clarity_pipeline.calls.capture import Captured
from clarity_pipeline.calls.sync_jobs import SyncJob
from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.clarity.token import Token
from clarity_pipeline.day.plan import plan_today
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.home import Home, open_home
from clarity_pipeline.settings import Settings
from clarity_pipeline.simulator import faults
from clarity_pipeline.simulator.presets import small
from clarity_pipeline.simulator.server import FakeClarity
from clarity_pipeline_tests.processes import CONTEXT, run_together
from clarity_pipeline_tests.world import DAY, FIVE_PAST, OTHER_PROJECT, PROJECT, World

NAMES = tuple(DAILY_SLICES)


def ahead_of(home: Home, business_ids: Sequence[str]) -> Ahead:
    lanes = lanes_ahead(plan_today(home), business_ids, first=DAY - timedelta(days=30))
    return Ahead(home.capture, lanes, since=home.clock())


def fetch_ahead(home: Home, business_ids: Sequence[str] = ("acme",)) -> Progress:
    """All that is owed, to the end."""
    lanes = lanes_ahead(plan_today(home), business_ids, first=DAY - timedelta(days=30))
    with fetching_ahead(home.capture, lanes, since=home.clock()) as ahead:
        return ahead.wait(60)


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


@dataclass
class Many:
    """Businesses on projects of their own, but for the last two, which share one."""

    folder: Path
    fake: FakeClarity

    @property
    def settings(self) -> Settings:
        return Settings(home=self.folder, api_base_url=self.fake.base_url, now=FIVE_PAST)

    @contextmanager
    def home(self, *, at_once: int = 16) -> Iterator[Home]:
        with open_home(replace(self.settings, calls_at_once=at_once)) as home:
            yield home

    @property
    def slugs(self) -> list[str]:
        with self.home() as home:
            return [each.business_id for each in home.connections.all()]

    def used(self) -> dict[str, int]:
        with self.home() as home:
            return {each.business_id: home.quota.used_today(each.quota_key or "") for each in home.connections.all()}

    def jobs(self) -> list[SyncJob]:
        with self.home() as home:
            return home.jobs.list()


@pytest.fixture
def many(tmp_path: Path) -> Iterator[Many]:
    sites = [replace(small(), project_id=f"project{number}") for number in range(6)]
    with FakeClarity(sites, clock=lambda: FIVE_PAST) as fake:
        found = Many(tmp_path / "home", fake)
        with found.home() as home:
            for number, project in enumerate([*(site.project_id for site in sites), "project5"]):
                token = Token.parse(fake.token(project))
                home.connections.connect(f"b{number}", project_id=project, token=token, allow_shared=True)
        yield found


def test_many_projects_are_asked_at_once_and_each_has_one_call_at_a_time(many: Many) -> None:
    many.fake.answers_after_seconds = 0.1
    with many.home() as home:
        progress = fetch_ahead(home, many.slugs)
    assert (progress.through, progress.fetched, progress.refused, progress.left) == (7, 28, 0, 0)
    assert len(many.fake.calls()) == 28
    assert many.fake.most_at_once() > 1
    assert {many.fake.most_at_once(f"project{number}") for number in range(6)} == {1}
    assert [call.params.get("dimension2") for call in many.fake.calls("project0")] == ["Device", "Source", "Country", "Campaign"]
    assert many.used() == {"b0": 4, "b1": 4, "b2": 4, "b3": 4, "b4": 4, "b5": 8, "b6": 8}


def test_no_more_calls_are_made_at_once_than_is_said_by_all_processes_together(many: Many) -> None:
    many.fake.answers_after_seconds = 0.1
    run_together(2, _fetch_ahead, replace(many.settings, calls_at_once=3), many.slugs)
    assert many.fake.most_at_once() <= 3
    assert len(many.fake.calls()) == 28, "what one process fetches the other does not"
    assert [(job.state, job.calls, job.attempt) for job in many.jobs()] == [("ok", 1, 1)] * 28


def test_businesses_that_share_a_project_wait_for_one_another_whoever_calls(many: Many) -> None:
    many.fake.answers_after_seconds = 0.2
    with many.home() as home, ThreadPoolExecutor(2) as both:
        steps = [both.submit(home.capture.lane, slug, date=DAY, asked=DAILY_SLICES["url_device"]) for slug in ("b5", "b6")]
        assert [step.result().calls for step in steps] == [1, 1]
    assert many.fake.most_at_once("project5") == 1


def _fetch_ahead(settings: Settings, slugs: list[str], _number: int, together: object) -> int:
    together.wait()  # type: ignore[attr-defined]
    with open_home(settings) as home:
        return fetch_ahead(home, slugs).fetched


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


def test_when_it_is_stopped_calls_are_hung_up_on_and_their_slots_are_settled(many: Many) -> None:
    for number in range(6):
        many.fake.script(f"project{number}", faults.NO_ANSWER)
    with many.home() as home:
        ahead = ahead_of(home, many.slugs)
        while len(many.fake.calls()) < 6:
            assert ahead.wait(0.05).through == 0
        began = monotonic()
        ahead.stop()
    assert monotonic() - began < 2
    assert {(job.state, job.reason, job.calls) for job in many.jobs()} == {("failed", "interrupted", 1)}
    with many.home() as home:
        keys = {each.quota_key or "" for each in home.connections.all()}
        assert {(slot.state, slot.http_status) for key in keys for slot in home.quota.slots(key)} == {("lost", None)}
        assert home.capture.lane("b0", date=DAY, asked=DAILY_SLICES["url_device"]).calls == 1, "nothing waits of what was cut off"


STEPS = ("slot_claimed", "answer_received", "sidecar_kept", "answer_kept", "slot_settled")


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_it_goes_on_where_it_was(many: Many, step: str) -> None:
    many.fake.answers_after_seconds = 0.05
    process = CONTEXT.Process(target=_killed, args=(many.settings, many.slugs, step))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    told_by_jobs = {slug: sum(job.calls for job in many.jobs() if job.business_id == slug) for slug in many.slugs}
    used = many.used()
    assert {slug: told_by_jobs[slug] for slug in many.slugs[:5]} == {slug: used[slug] for slug in many.slugs[:5]}
    assert told_by_jobs["b5"] + told_by_jobs["b6"] == used["b5"]
    with many.home() as home:
        assert fetch_ahead(home, many.slugs).refused == 0
        for slug in many.slugs:
            for name in NAMES:
                home.capture.lane(slug, date=DAY, asked=DAILY_SLICES[name])
    assert len(many.fake.calls()) <= 28 + 6, "lost is at most the one call of each project that was on its way"
    assert max(many.used().values()) <= 10
    assert not [job for job in many.jobs() if job.state == "running"]


def _killed(settings: Settings, slugs: list[str], step: str) -> None:
    os.environ["CLARITY_FAILPOINT"] = step
    with open_home(settings) as home:
        fetch_ahead(home, slugs)
