"""What a business-day costs through the real daemon, with our launcher and with Dagster's own, side by side.

A fake Clarity answers after 300 ms; code server and daemon run over a home of their own; the schedule's missed tick of 00:05 UTC
asks for one run a business, as it does after a night in which the machine was off. Measured is from that tick to the end of the
last run: the seconds of daemon, code server and every run, with what starting them takes. The fake's own are left out.

    .venv/bin/python -m benchmarks.daemon_night [--businesses 20] [--rows 100] [--launcher warm default] [--json]
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import yaml

from benchmarks.report import Figure, arguments, finish
from benchmarks.sweep.site import LanesOfOneLength
from clarity_pipeline.clarity.token import Token
from clarity_pipeline.home import open_home
from clarity_pipeline.orchestration.instance import dagster_home
from clarity_pipeline.settings import Settings
from clarity_pipeline.simulator.server import FakeClarity

TODAY = datetime.now(UTC).date()
FIVE_PAST = datetime(TODAY.year, TODAY.month, TODAY.day, 0, 6, tzinfo=UTC)
PAUSE = 0.3
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Night:
    """What one night through the daemon took."""

    runs: int
    failed: int
    tick_seconds: float  # from the tick's first run request to its last
    wall: float
    processor: float


def measure(folder: Path, *, businesses: int, rows: int, launcher: str) -> Night:
    projects = [f"project{number:05}" for number in range(businesses)]
    with LanesOfOneLength(projects, rows=rows, pause=PAUSE, seed=7, clock=lambda: FIVE_PAST) as fake:
        settings = Settings(home=folder, api_base_url=fake.base_url, now=FIVE_PAST)
        connect(settings, fake, projects)
        home = _instance_folder(settings, folder, launcher)
        with dg.DagsterInstance.from_config(str(home)) as instance:
            with services(settings, home):
                _wait_for_runs(instance, 1, job_name="business_grid")
                _wait_until(lambda: _schedule_state(instance) is not None)
            _forget_that_the_schedule_has_looked(instance)
            with services(settings, home) as sessions:
                _wait_until(lambda: bool(instance.get_runs_count(dg.RunsFilter(job_name="daily_sync"))))
                before, began = processor_seconds(sessions), time.monotonic()
                ended = _wait_for_runs(instance, businesses, job_name="daily_sync")
                wall, processor = time.monotonic() - began, processor_seconds(sessions) - before
            records = instance.get_run_records(dg.RunsFilter(job_name="daily_sync"))
    created = [record.create_timestamp.timestamp() for record in records]
    failed = sum(status is not dg.DagsterRunStatus.SUCCESS for status in ended)
    return Night(len(ended), failed, max(created) - min(created), wall, processor)


def connect(settings: Settings, fake: FakeClarity, projects: list[str]) -> None:
    with open_home(settings) as home:
        for project in projects:
            home.connections.connect(
                project,
                project_id=project,
                token=Token.parse(fake.token(project)),
                name=project,
                site=(f"www.{project}.example",),
                actor="bench",
            )


def _instance_folder(settings: Settings, folder: Path, launcher: str) -> Path:
    """Dagster's folder as the project makes it, or with Dagster's own launcher."""
    home = dagster_home(settings)
    if launcher == "warm":
        return home
    config = yaml.safe_load((home / "dagster.yaml").read_text())
    del config["run_launcher"]
    other = folder / "dagster-default"
    other.mkdir()
    (other / "dagster.yaml").write_text(yaml.safe_dump(config))
    return other


@contextmanager
def services(settings: Settings, home: Path) -> Iterator[list[int]]:
    """Code server and daemon, as in production, each in a session of its own, whose numbers are given."""
    environment = {
        **os.environ,
        "CLARITY_HOME": str(settings.home),
        "CLARITY_API_BASE_URL": settings.api_base_url,
        "CLARITY_NOW": FIVE_PAST.isoformat(),
        "DAGSTER_HOME": str(home),
    }
    port = _free_port()
    workspace = home / "workspace.yaml"
    location = {"host": "127.0.0.1", "port": port, "location_name": "clarity_pipeline.definitions"}
    workspace.write_text(yaml.safe_dump({"load_from": [{"grpc_server": location}]}))
    binaries = Path(sys.executable).parent
    server = ["dagster", "code-server", "start", "--host", "127.0.0.1", "--port", str(port), "-m", "clarity_pipeline.definitions"]
    commands = [server, ["dagster-daemon", "run", "--workspace", str(workspace)]]
    with (settings.home / "services.log").open("a") as log:
        processes = [
            subprocess.Popen(
                [binaries / command[0], *command[1:]], env=environment, start_new_session=True, stdout=log, stderr=log
            )
            for command in commands
        ]
        sessions = [process.pid for process in processes]
        try:
            yield sessions
        finally:
            for process in reversed(processes):
                process.terminate()
                process.wait(60)
            _wait_until(lambda: not _processes_of(sessions))


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def processor_seconds(sessions: list[int]) -> float:
    """User and system time of every process of some sessions, with that of the children that each has waited for."""
    return sum(sum(int(each) for each in fields[11:15]) for fields in _processes_of(sessions)) / TICKS


def _processes_of(sessions: list[int]) -> list[list[str]]:
    """`/proc/.../stat` behind the name, of each process of some sessions."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[3]) in sessions and fields[0] != "Z":
            found.append(fields)
    return found


def _schedule_state(instance: dg.DagsterInstance) -> Any:
    return next((state for state in instance.all_instigator_state() if state.instigator_name == "daily_sync"), None)


def _forget_that_the_schedule_has_looked(instance: dg.DagsterInstance) -> None:
    """As if it had been started before the last five past midnight, and nothing had run since."""
    state = _schedule_state(instance)
    since = (FIVE_PAST - timedelta(hours=1)).timestamp()
    data = state.instigator_data._replace(start_timestamp=since, last_iteration_timestamp=since)
    instance.update_instigator_state(state.with_data(data))


def _wait_for_runs(instance: dg.DagsterInstance, count: int, *, job_name: str) -> list[dg.DagsterRunStatus]:
    """How the runs of a job ended, once so many have."""
    statuses: list[dg.DagsterRunStatus] = []

    def have_ended() -> bool:
        statuses[:] = [run.status for run in instance.get_runs(dg.RunsFilter(job_name=job_name)) if run.is_finished]
        return len(statuses) >= count

    _wait_until(have_ended, seconds=120 + 20 * count)
    return statuses


def _wait_until(true: Callable[[], bool], *, seconds: float = 180) -> None:
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "it did not come"
        time.sleep(0.25)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--businesses", type=int, default=20)
    parser.add_argument("--rows", type=int, default=100)
    parser.add_argument("--launcher", nargs="+", choices=["warm", "default"], default=["warm", "default"])
    parser.add_argument("--keep", type=Path, help="keep the home below this folder")
    asked = parser.parse_args()
    figures = []
    for launcher in asked.launcher:
        with tempfile.TemporaryDirectory() as temporary:
            folder = (asked.keep or Path(temporary)) / launcher
            folder.mkdir(parents=True)
            night = measure(folder, businesses=asked.businesses, rows=asked.rows, launcher=launcher)
            figures += [
                Figure(f"{launcher} launcher: runs", night.runs, ""),
                Figure(f"{launcher} launcher: failed runs", night.failed, "", target=1, at_least=False),
                Figure(f"{launcher} launcher: asking for the runs, each", night.tick_seconds / night.runs, "s"),
                Figure(f"{launcher} launcher: wall a business-day", night.wall / night.runs, "s"),
                Figure(f"{launcher} launcher: processor a business-day", night.processor / night.runs, "s"),
            ]
    finish(figures, as_json=asked.json)


if __name__ == "__main__":
    main()
