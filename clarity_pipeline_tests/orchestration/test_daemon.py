"""A real daemon over a real home: its sensors bring a business into the grid, have a loaded day judged, and tell a failure."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import dagster as dg
import pytest
import sqlalchemy as sa

from clarity_pipeline.calls.to_judge import mark, waiting
from clarity_pipeline.orchestration.instance import dagster_home, open_instance
from clarity_pipeline.orchestration.partitions import BUSINESS
from clarity_pipeline.state.schema.messages import outbox
from clarity_pipeline_tests.world import DAY, World

pytestmark = pytest.mark.slow("a daemon and its code server, and sensors that look every half minute")


@contextmanager
def daemon(world: World) -> Iterator[None]:
    """`dagster-daemon run` as a service starts it."""
    environment = {**world.environment, "DAGSTER_HOME": str(dagster_home(world.settings)), "HOME": os.environ["HOME"]}
    command = [str(Path(sys.executable).with_name("dagster-daemon")), "run", "-m", "clarity_pipeline.definitions"]
    process = subprocess.Popen(
        command, env=environment | {"PATH": os.environ["PATH"]}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
        assert process.poll() is None
    finally:
        process.terminate()
        process.wait(60)


def until(what: Callable[[], bool], *, seconds: float = 240) -> None:
    ends_at = monotonic() + seconds
    while not what():
        assert monotonic() < ends_at, "it did not come"
        sleep(1)


def ended(instance: dg.DagsterInstance, job_name: str) -> list[dg.DagsterRunStatus]:
    """How the runs of a job ended."""
    return [run.status for run in instance.get_runs(dg.RunsFilter(job_name=job_name)) if run.is_finished]


@pytest.mark.timeout(600)
def test_the_daemon_brings_businesses_judges_what_is_loaded_and_tells_what_failed(world: World) -> None:
    with world.home() as home, home.state.write() as state:
        mark(state, [("acme", DAY)], now=home.clock())
    world.settings.warehouse_file.parent.mkdir(exist_ok=True)
    with open_instance(world.settings) as instance, daemon(world):
        until(lambda: ended(instance, "business_grid") == [dg.DagsterRunStatus.SUCCESS])
        assert instance.get_dynamic_partitions(BUSINESS) == ["acme"]
        until(lambda: ended(instance, "rule_evaluation") == [dg.DagsterRunStatus.SUCCESS])
        with world.home() as home, home.state.read() as state:
            assert waiting(state) == []
        world.settings.warehouse_file.write_bytes(b"no DuckDB file")
        with world.home() as home, home.state.write() as state:
            mark(state, [("acme", DAY)], now=home.clock())
        until(lambda: dg.DagsterRunStatus.FAILURE in ended(instance, "rule_evaluation"))

        def told() -> list[str]:
            with world.home() as home, home.state.read() as state:
                rows = state.execute(sa.select(outbox).where(outbox.c.transition == "run_failed")).all()
                return [row.state for row in rows]

        until(lambda: told() == ["sent"])
