"""Calls made ahead of the lanes' own steps: many at once, one a project, and all else is as if the steps had made them."""

import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path
from time import monotonic

import pytest

from clarity_pipeline.calls.ahead import Ahead, Progress, fetching_ahead, lanes_ahead
from clarity_pipeline.calls.sync_jobs import SyncJob
from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.clarity.token import Token
from clarity_pipeline.day.plan import plan_today
from clarity_pipeline.home import Home, open_home
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.simulator import faults
from clarity_pipeline.simulator.presets import small
from clarity_pipeline.simulator.server import FakeClarity
from clarity_pipeline_tests.processes import CONTEXT, run_together
from clarity_pipeline_tests.world import DAY, FIVE_PAST

NAMES = tuple(DAILY_SLICES)


def ahead_of(home: Home, business_ids: Sequence[str]) -> Ahead:
    lanes = lanes_ahead(plan_today(home), business_ids, first=DAY - timedelta(days=30))
    return Ahead(home.capture, lanes, since=home.clock())


def fetch_ahead(home: Home, business_ids: Sequence[str] = ("acme",)) -> Progress:
    """All that is owed, to the end."""
    lanes = lanes_ahead(plan_today(home), business_ids, first=DAY - timedelta(days=30))
    with fetching_ahead(home.capture, lanes, since=home.clock()) as ahead:
        return ahead.wait(60)


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


def test_what_one_process_fetches_ahead_another_does_not(many: Many) -> None:
    run_together(2, _fetch_ahead, many.settings, [many.slugs, many.slugs])
    assert len(many.fake.calls()) == 28
    assert [(job.state, job.calls, job.attempt) for job in many.jobs()] == [("ok", 1, 1)] * 28


def test_no_more_calls_are_made_at_once_than_is_said_by_all_processes_together(many: Many) -> None:
    many.fake.answers_after_seconds = 0.3
    run_together(2, _fetch_ahead, replace(many.settings, calls_at_once=2), [many.slugs[:3], many.slugs[3:6]])
    assert (len(many.fake.calls()), many.fake.most_at_once()) == (24, 2)


def test_businesses_that_share_a_project_wait_for_one_another_whoever_calls(many: Many) -> None:
    many.fake.answers_after_seconds = 0.2
    with many.home() as home, ThreadPoolExecutor(2) as both:
        steps = [both.submit(home.capture.lane, slug, date=DAY, asked=DAILY_SLICES["url_device"]) for slug in ("b5", "b6")]
        assert [step.result().calls for step in steps] == [1, 1]
    assert many.fake.most_at_once("project5") == 1


def _fetch_ahead(settings: Settings, slugs: list[list[str]], number: int, together: Barrier) -> int:
    together.wait()
    with open_home(settings) as home:
        return fetch_ahead(home, slugs[number]).fetched


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
    slugs = many.slugs[:6]  # without the seventh, whose project could not pay for eight lanes and one that is lost
    process = CONTEXT.Process(target=_killed, args=(many.settings, slugs, step))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    used = many.used()
    assert {slug: sum(job.calls for job in many.jobs() if job.business_id == slug) for slug in slugs} == {
        slug: used[slug] for slug in slugs
    }
    with many.home() as home:
        assert fetch_ahead(home, slugs).refused == 0
        for slug in slugs:
            for name in NAMES:
                home.capture.lane(slug, date=DAY, asked=DAILY_SLICES[name])
    assert len(many.fake.calls()) <= 24 + 6, "lost is at most the one call of each project that was on its way"
    assert max(many.used().values()) <= 10
    assert not [job for job in many.jobs() if job.state == "running"]


def _killed(settings: Settings, slugs: list[str], step: str) -> None:
    os.environ["CLARITY_FAILPOINT"] = step
    with open_home(settings) as home:
        fetch_ahead(home, slugs)
