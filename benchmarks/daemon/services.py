"""Code server and daemon as processes of their own, and what they take; for the benchmarks beside this."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import yaml

from clarity_pipeline.clarity.token import Token
from clarity_pipeline.home import open_home
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.simulator.server import FakeClarity

TODAY = datetime.now(UTC).date()
FIVE_PAST = datetime(TODAY.year, TODAY.month, TODAY.day, 0, 6, tzinfo=UTC)
TICKS = os.sysconf("SC_CLK_TCK")


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


@contextmanager
def services(settings: Settings, home: Path) -> Iterator[list[int]]:
    """Code server and daemon, as in production, each in a session of its own, whose numbers are given."""
    environment = {
        **os.environ,
        "CLARITY_HOME": str(settings.home),
        "CLARITY_API_BASE_URL": settings.api_base_url,
        "CLARITY_NOW": FIVE_PAST.isoformat(),
    }
    with services_of(environment, home, log=settings.home / "services.log") as sessions:
        yield sessions


@contextmanager
def services_of(environment: Mapping[str, str], home: Path, *, log: Path, folder: Path | None = None) -> Iterator[list[int]]:
    """The same in an environment that says where and when, and in the folder of a release; `home` becomes DAGSTER_HOME."""
    set_up = {**environment, "DAGSTER_HOME": str(home)}
    port = _free_port()
    workspace = home / "workspace.yaml"
    location = {"host": "127.0.0.1", "port": port, "location_name": "clarity_pipeline.definitions"}
    workspace.write_text(yaml.safe_dump({"load_from": [{"grpc_server": location}]}))
    binaries = Path(sys.executable).parent
    server = ["dagster", "code-server", "start", "--host", "127.0.0.1", "--port", str(port), "-m", "clarity_pipeline.definitions"]
    commands: list[list[str]] = [server, ["dagster-daemon", "run", "--workspace", str(workspace)]]
    processes: list[subprocess.Popen[bytes]] = []
    with log.open("a") as told:
        try:
            for program, *rest in commands:
                command = [str(binaries / program), *rest]
                processes.append(
                    subprocess.Popen(command, env=set_up, cwd=folder, start_new_session=True, stdout=told, stderr=told)
                )
                wait_until(lambda: _listens(port))  # the daemon fails what it is asked for before the code server is there
            yield [process.pid for process in processes]
        finally:
            for process in reversed(processes):
                process.terminate()
                process.wait(60)
            wait_until(lambda: not processes_of([process.pid for process in processes]))


def _listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def processor_seconds(sessions: list[int]) -> dict[str, float]:
    """User and system time of every process of some sessions, with that of the children that each has waited for."""
    found = {"daemon": 0.0, "code server": 0.0, "runs": 0.0}
    for command, fields in processes_of(sessions):
        own, of_children = ((int(fields[at]) + int(fields[at + 1])) / TICKS for at in (11, 13))
        role = "daemon" if "dagster-daemon" in command else "runs" if "fork" in command else "code server"
        found[role] += own
        found["runs"] += of_children
    return found


def processes_of(sessions: list[int]) -> list[tuple[str, list[str]]]:
    """Command line, and `/proc/.../stat` behind the name, of each process of some sessions."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) in sessions and fields[0] != "Z":
                found.append(((folder / "cmdline").read_text().replace("\0", " "), fields))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def wait_for_runs(instance: dg.DagsterInstance, count: int, *, job_name: str) -> list[dg.DagsterRunStatus]:
    """How the runs of a job ended, once so many have."""
    statuses: list[dg.DagsterRunStatus] = []

    def have_ended() -> bool:
        statuses[:] = [run.status for run in instance.get_runs(dg.RunsFilter(job_name=job_name)) if run.is_finished]
        return len(statuses) >= count

    wait_until(have_ended, seconds=120 + 20 * count)
    return statuses


def wait_until(true: Callable[[], bool], *, seconds: float = 180) -> None:
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "it did not come"
        time.sleep(0.25)
