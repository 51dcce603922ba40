"""Kill -9 at each named step of a day, then go on: the rows of an undisturbed day, and no call that was not needed."""

import os
import signal
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep

import duckdb
import pytest

from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.cli.main import run
from clarity_pipeline.simulator import faults
from clarity_pipeline_tests.processes import CONTEXT
from clarity_pipeline_tests.world import DAY, OTHER_PROJECT, PROJECT, World

pytestmark = pytest.mark.slow("a day by a process of its own for each step that it is killed at")

STEPS = (
    "slot_claimed",
    "answer_received",
    "sidecar_kept",
    "answer_kept",
    "slot_settled",
    "taken_over",
    "lane_normalised",
    "lane_deleted",
    "lane_inserted",
    "lane_marked",
    "lane_loaded",
    "published_begun",
    "published_brought_up",
    "published_swapped",
)
COSTLY = {"answer_received", "sidecar_kept"}
"""A kill here loses an answer that was on its way: the only ones that may cost a further call."""


def sync_in_a_process(environment: dict[str, str], failpoint: str | None) -> int | None:
    """`clarity-pipeline sync` in a process of its own; its exit status, -9 when it was killed."""
    process = CONTEXT.Process(target=_sync, args=(environment, failpoint))
    process.start()
    process.join(60)
    return process.exitcode


def _sync(environment: dict[str, str], failpoint: str | None) -> None:
    os.environ.update(environment)
    if failpoint:
        os.environ["CLARITY_FAILPOINT"] = failpoint
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    raise SystemExit(run(["sync"]))


def rows(file: Path) -> list[tuple[object, ...]]:
    with duckdb.connect(file, read_only=True) as connection:
        return connection.execute("select * exclude (loaded_at) from clarity_daily_metrics order by all").fetchall()


def told_by_jobs_and_quota(world: World) -> tuple[int, int]:
    """The calls of the day, by both."""
    with world.home() as home:
        quota_key = home.connections.get("acme").quota_key
        assert quota_key is not None
        return sum(job.calls for job in home.jobs.list()), home.quota.used_today(quota_key)


def test_killed_at_every_step_and_run_again_a_day_is_as_if_nothing_had_been(tmp_path: Path, world: World) -> None:
    undisturbed = World(tmp_path / "undisturbed")
    with undisturbed.fake:
        undisturbed.connect()
        assert sync_in_a_process(undisturbed.environment, None) == 0
        expected = rows(undisturbed.settings.published_file)
    assert len(expected) > 50
    for step in STEPS:
        assert sync_in_a_process(world.environment, step) == -signal.SIGKILL, step
        assert told_by_jobs_and_quota(world) in [(each, each) for each in range(11)], f"they disagree after {step}"
        if world.settings.warehouse_file.exists():
            kept = rows(world.settings.warehouse_file)
            assert set(kept) <= set(expected), f"a mix of old and new rows after {step}"
    assert sync_in_a_process(world.environment, None) == 0
    assert rows(world.settings.published_file) == expected
    assert world.calls() <= 4 + len(COSTLY)
    interrupted = [job for job in world.jobs() if job.reason == "interrupted"]
    assert interrupted, "an attempt that was cut off keeps a row that says so"
    assert not [job for job in world.jobs() if job.state == "running"]


@pytest.mark.parametrize("step", ["answer_received"])
def test_a_lane_that_is_killed_again_and_again_never_eats_the_slots_of_the_others(world: World, step: str) -> None:
    for _ in range(5):
        sync_in_a_process(world.environment, step)
    assert sync_in_a_process(world.environment, None) == 3  # url_device has used its own slot and the four extras
    states = {job.slice_name: job.state for job in world.jobs()}
    assert [states[name] for name in ("url_source", "url_country", "url_campaign_channel")] == ["ok"] * 3
    assert world.calls() == 8  # two are kept for a person's tests


def test_four_processes_on_a_home_that_does_not_exist_yet_all_sync_and_leave_it_sound(tmp_path: Path) -> None:
    """Without the lock Dagster stamps its new databases twice, and every later start of that home fails."""
    world = World(tmp_path / "home")  # the fixture's home has Dagster's databases
    with world.fake:
        world.connect()
        processes = [CONTEXT.Process(target=_sync, args=(world.environment, None)) for _ in range(4)]
        for process in processes:
            process.start()
        for process in processes:
            process.join(110)
        assert [process.exitcode for process in processes] == [0] * 4
        assert world.calls() == 4
        assert sync_in_a_process(world.environment, None) == 0


def test_ctrl_c_ends_a_sync_amid_its_calls_at_once_and_the_next_one_goes_on(world: World) -> None:
    world.connect("zeta", project_id=OTHER_PROJECT, token=world.fake.token(OTHER_PROJECT))
    for project in (PROJECT, OTHER_PROJECT):
        world.fake.script(project, faults.NO_ANSWER)
    process = CONTEXT.Process(target=_sync, args=(world.environment, None))
    process.start()
    while world.calls() < 2:
        sleep(0.05)
    began = monotonic()
    os.kill(process.pid or 0, signal.SIGINT)
    process.join(60)
    assert monotonic() - began < 5, "calls that are being made are hung up on"
    assert process.exitcode == 1
    assert {(job.state, job.reason, job.calls) for job in world.jobs()} == {("failed", "interrupted", 1)}
    with world.home() as home:
        keys = [each.quota_key or "" for each in home.connections.all()]
        assert [slot.state for key in keys for slot in home.quota.slots(key)] == ["lost", "lost"]
    assert sync_in_a_process(world.environment, None) == 0
    assert world.calls() == 2 + 8


def test_killed_at_every_step_of_a_recovery_it_goes_on_within_the_ten_calls(world: World) -> None:
    world.fake.spend_day(PROJECT)
    assert sync_in_a_process(world.environment, None) == 3
    world.later(days=1)
    assert sync_in_a_process(world.environment, None) == 0
    expected = rows(world.settings.published_file)
    assert sum(row[0] == "acme" for row in expected) > 50

    again = World(world.folder.with_name("again"))
    with again.fake:
        again.connect()
        again.fake.spend_day(PROJECT)
        assert sync_in_a_process(again.environment, None) == 3
        again.later(days=1)
        with again.home() as home:
            for asked in DAILY_SLICES.values():
                home.capture.lane("acme", date=DAY + timedelta(days=1), asked=asked)
        for step in ("half_a_pair_kept", "lane_inserted"):
            assert sync_in_a_process(again.environment, step) == -signal.SIGKILL, step
        assert sync_in_a_process(again.environment, None) == 0
        assert rows(again.settings.published_file) == expected
        assert again.calls() == 1 + 8, "what an interrupted recovery fetched serves the next"
