"""Runs through the warm launcher: a real code server, a real fork server, real workers against the fake Clarity."""

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.launcher import WorkerStatus

from clarity_pipeline.simulator.faults import Fault
from clarity_pipeline_tests.orchestration.warm.house import House, is_running, open_house, until
from clarity_pipeline_tests.world import PROJECT, World

pytestmark = [
    pytest.mark.slow("a code server and a fork server, each of which imports everything"),
    pytest.mark.skipif(sys.platform != "linux", reason="elsewhere runs start as Dagster starts them"),
]

SILENT = Fault(way="silent")
STATUS = dg.DagsterRunStatus


@pytest.fixture(scope="module")
def house(_new_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One for all tests of the module, each of which has a business of its own."""
    world = World(shutil.copytree(_new_home, tmp_path_factory.mktemp("warm") / "home"))
    with world.fake:
        for business_id in ("acme", "killed", "cancelled", "orphan", "seen"):
            world.connect(business_id)
        with open_house(world) as house:
            yield house


def fork_server(house: House) -> int:
    server = house.launcher._server
    assert server is not None
    return server.pid


def amid_its_call(house: House, business_id: str) -> tuple[str, int]:
    """A launched run whose call is not answered, and its worker."""
    before = house.world.calls()
    house.world.fake.script(PROJECT, SILENT)
    house.launch(run_id := house.new_sync(business_id))
    until(lambda: house.world.calls() > before)
    return run_id, house.worker(run_id)


def test_a_run_is_forked_and_makes_what_it_makes_elsewhere(house: House) -> None:
    house.launch(run_id := house.new_sync("acme"))
    assert house.ended(run_id) is STATUS.SUCCESS
    made = house.instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION).records
    assert {record.partition_key for record in made} == {"acme|2026-05-03"}
    assert len(made) >= 3
    until(lambda: not is_running(house.worker(run_id)))
    assert not any(house.launcher._locks.folder.iterdir())


def test_the_process_that_is_forked_has_one_thread_of_ours_and_nothing_open(house: House) -> None:
    house.launch(run_id := house.new_run())
    assert house.ended(run_id) is STATUS.SUCCESS
    process = Path(f"/proc/{fork_server(house)}")
    threads = sorted((each / "comm").read_text().strip() for each in (process / "task").iterdir())
    assert len([each for each in threads if each != "jemalloc_bg_thd"]) == 1  # Arrow's allocator, which minds forks
    opened = [str(each.readlink()) for each in (process / "fd").iterdir()]
    assert len([each for each in opened if each.startswith("socket:")]) == 1
    assert not [each for each in opened if ".db" in each or ".duckdb" in each]


def test_the_second_run_comes_from_the_same_process_and_imports_nothing(house: House) -> None:
    house.launch(first := house.new_run())
    assert house.ended(first) is STATUS.SUCCESS
    server = fork_server(house)
    house.launch(second := house.new_run())
    assert house.ended(second) is STATUS.SUCCESS
    assert fork_server(house) == server
    assert not any("new process" in each for each in house.said(second))


def test_a_killed_worker_is_noticed_in_seconds_and_said_with_cause_and_remedy(house: House) -> None:
    run_id, worker = amid_its_call(house, "killed")
    os.kill(worker, signal.SIGKILL)
    assert house.ended(run_id, seconds=10) is STATUS.FAILURE
    (why,) = [each for each in house.said(run_id) if "SIGKILL" in each]
    assert "somebody killed it" in why
    assert "re-execute the run from failure" in why
    until(lambda: house.launcher._locks.life(run_id) == "unknown")


def test_a_cancelled_run_ends_with_its_process(house: House) -> None:
    run_id, worker = amid_its_call(house, "cancelled")
    assert house.launcher.terminate(run_id)
    assert house.ended(run_id, seconds=15) is STATUS.CANCELED
    until(lambda: not is_running(worker))


def test_with_the_fork_server_killed_its_worker_goes_on_the_next_run_starts_and_a_dead_worker_is_found(house: House) -> None:
    run_id, worker = amid_its_call(house, "orphan")
    server = fork_server(house)
    os.kill(server, signal.SIGKILL)
    until(lambda: not is_running(server))
    assert is_running(worker)
    assert house.launcher.check_run_worker_health(house.run(run_id)).status is WorkerStatus.RUNNING
    house.launch(next_run := house.new_run())
    assert house.ended(next_run) is STATUS.SUCCESS
    assert fork_server(house) != server
    os.kill(worker, signal.SIGKILL)
    until(lambda: house.launcher.check_run_worker_health(house.run(run_id)).status is WorkerStatus.FAILED, seconds=5)


def test_nothing_of_a_run_is_in_the_list_of_processes(house: House) -> None:
    run_id, worker = amid_its_call(house, "seen")
    shown = Path(f"/proc/{worker}/cmdline").read_bytes()
    os.kill(worker, signal.SIGKILL)
    assert b"fork_server" in shown
    for kept_away in (run_id, str(house.world.folder), "seen"):
        assert kept_away.encode() not in shown
    assert house.ended(run_id) is STATUS.FAILURE


def test_a_run_that_somebody_else_executes_is_left_alone(house: House) -> None:
    """`sync` runs in its own process, which has no lock here: monitoring may not fail it."""
    run = house.run(house.new_run())
    assert house.launcher.check_run_worker_health(run).status is WorkerStatus.RUNNING


def test_when_the_launcher_is_gone_so_is_the_fork_server(house: House) -> None:
    house.launch(run_id := house.new_run())
    assert house.ended(run_id) is STATUS.SUCCESS
    server = fork_server(house)
    house.launcher.dispose()
    until(lambda: not is_running(server))
    house.launch(again := house.new_run())
    assert house.ended(again) is STATUS.SUCCESS
