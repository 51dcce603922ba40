"""The warm launcher in a real daemon: code that was edited, and a daemon that is killed."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest

from clarity_pipeline.orchestration.instance import dagster_home, open_instance
from clarity_pipeline_tests.orchestration.warm.house import until
from clarity_pipeline_tests.world import World

pytestmark = [
    pytest.mark.slow("a daemon, its code server and its fork server, and a sensor that looks every half minute"),
    pytest.mark.skipif(sys.platform != "linux", reason="elsewhere runs start as Dagster starts them"),
    pytest.mark.timeout(400),
]

PROJECT_FOLDER = Path(__file__).parents[3]


@contextmanager
def daemon(world: World, log: Path, **more: str) -> Iterator["subprocess.Popen[bytes]"]:
    """`dagster-daemon run` in a session of its own; whatever is left of it in the end is killed."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME")}
    environment = {**kept, **world.environment, "DAGSTER_HOME": str(dagster_home(world.settings)), **more}
    command = [str(Path(sys.executable).with_name("dagster-daemon")), "run", "-m", "clarity_pipeline.definitions"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, cwd=log.parent, stdout=output, stderr=output, start_new_session=True)
    try:
        yield process
    finally:
        for pid in processes_of(process.pid):
            os.kill(int(pid), signal.SIGKILL)
        process.wait()


def processes_of(session: int) -> dict[str, str]:
    """The command line of each process of a session, by its id."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session and fields[0] != "Z":
                found[folder.name] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def grid_runs(instance: dg.DagsterInstance) -> list[dg.DagsterRun]:
    """The runs in which the daemon's sensor has a new business brought into the grid."""
    return [run for run in instance.get_runs(dg.RunsFilter(job_name="business_grid")) if run.is_finished]


def test_a_killed_daemon_leaves_no_fork_server(world: World, tmp_path: Path) -> None:
    with open_instance(world.settings) as instance, daemon(world, tmp_path / "log") as process:
        until(lambda: len(grid_runs(instance)) == 1, seconds=120)
        assert any("fork_server" in command for command in processes_of(process.pid).values())
        process.kill()
        until(lambda: not any("fork_server" in command for command in processes_of(process.pid).values()), seconds=10)


def test_code_that_was_edited_is_what_the_next_run_executes(world: World, tmp_path: Path) -> None:
    """Also before the code location is reloaded, as it is with Dagster's own launcher."""
    checkout = tmp_path / "checkout"
    shutil.copytree(PROJECT_FOLDER / "clarity_pipeline", checkout / "clarity_pipeline", ignore=shutil.ignore_patterns("static"))
    shutil.copytree(PROJECT_FOLDER / "sql", checkout / "sql")
    log = checkout / "log"
    with open_instance(world.settings) as instance, daemon(world, log, PYTHONPATH=str(checkout)):
        until(lambda: len(grid_runs(instance)) == 1, seconds=120)
        module = checkout / "clarity_pipeline" / "orchestration" / "grid.py"
        text = module.read_text()
        assert "came: " in text
        module.write_text(text.replace("came: ", "came anew: "))
        world.connect("second")
        until(lambda: len(grid_runs(instance)) == 2, seconds=120)
        latest = grid_runs(instance)[0]
        assert latest.status is dg.DagsterRunStatus.SUCCESS
        said = [entry.message for entry in instance.all_logs(latest.run_id)] + [
            entry.user_message for entry in instance.all_logs(latest.run_id)
        ]
        assert any("came anew: second" in each for each in said)
