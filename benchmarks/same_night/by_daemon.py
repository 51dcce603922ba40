"""The night through the daemon of some release: its code server and daemon run over a home until nothing is left to do.

The schedules are made to have missed their tick of just after midnight, as after a night in which the machine was off. Runs are
watched through Dagster's own storages over the home's SQLite files, whatever event log the release has.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg

from benchmarks.daemon.services import services_of, wait_until

_SCHEDULES = ("fetch_ahead", "daily_sync")
_QUIET_SECONDS = 150.0
"""Twice what the rules wait for after the last sync: who has asked for nothing for so long has nothing more to ask."""

_MAKE_INSTANCE = """
from clarity_pipeline.orchestration.instance import open_instance
try:
    from clarity_pipeline.settings.settings import Settings
except ModuleNotFoundError:  # a release in which it was one module
    from clarity_pipeline.settings import Settings
with open_instance(Settings.from_env()): pass
"""


def let_the_night_run(environment: Mapping[str, str], folder: Path, home: Path, *, businesses: int, now: datetime) -> None:
    """From the ticks that were missed to the last run that somebody asks for: syncs, rules, publishing."""
    subprocess.run([sys.executable, "-c", _MAKE_INSTANCE], env=dict(environment), cwd=folder, check=True)
    dagster_home = home / "dagster"
    with _watching(dagster_home) as instance:
        with services_of(environment, dagster_home, log=home / "services.log", folder=folder):
            wait_until(lambda: "daily_sync" in _states(instance))
        _forget_that_the_schedules_have_looked(instance, since=now - timedelta(hours=1))
        with services_of(environment, dagster_home, log=home / "services.log", folder=folder):
            wait_until(lambda: _ended(instance, "daily_sync") >= businesses, seconds=180 + 30 * businesses)
            _wait_for_quiet(instance, seconds=900 + 30 * businesses)


@contextmanager
def _watching(dagster_home: Path) -> Iterator[dg.DagsterInstance]:
    def kept_in(name: str, module: str, kind: str) -> dict[str, object]:
        return {"module": module, "class": kind, "config": {"base_dir": str(dagster_home / name)}}

    storages = {
        "run_storage": kept_in("runs", "dagster._core.storage.runs", "SqliteRunStorage"),
        "schedule_storage": kept_in("schedules", "dagster._core.storage.schedules", "SqliteScheduleStorage"),
    }
    with tempfile.TemporaryDirectory() as folder, dg.DagsterInstance.local_temp(folder, overrides=storages) as instance:
        yield instance


def _states(instance: dg.DagsterInstance) -> set[str]:
    return {state.instigator_name for state in instance.all_instigator_state()}


def _forget_that_the_schedules_have_looked(instance: dg.DagsterInstance, *, since: datetime) -> None:
    began = since.timestamp()
    for state in instance.all_instigator_state():
        if state.instigator_name in _SCHEDULES:
            data: Any = state.instigator_data
            data = data._replace(start_timestamp=began, last_iteration_timestamp=began)
            instance.update_instigator_state(state.with_data(data))


def _ended(instance: dg.DagsterInstance, job_name: str) -> int:
    return sum(run.is_finished for run in instance.get_runs(dg.RunsFilter(job_name=job_name)))


def _wait_for_quiet(instance: dg.DagsterInstance, *, seconds: float) -> None:
    ends, seen, since = time.monotonic() + seconds, -1, time.monotonic()
    while time.monotonic() - since < _QUIET_SECONDS:
        assert time.monotonic() < ends, "the daemon found no end of runs"
        runs = instance.get_runs()
        if len(runs) != seen or not all(run.is_finished for run in runs):
            seen, since = len(runs), time.monotonic()
        time.sleep(2)
