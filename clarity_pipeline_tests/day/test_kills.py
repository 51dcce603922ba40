"""Kill -9 at moments drawn by seed, whatever the process does then; the same command run again ends as an undisturbed one.

`test_crashes` has the named steps. Here nobody knows where the process is, the first start of a home included.
"""

import os
import random
import shutil
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic

import pytest

from clarity_pipeline.cli.main import run
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline_tests.day.test_crashes import rows, told_by_jobs_and_quota
from clarity_pipeline_tests.processes import CONTEXT
from clarity_pipeline_tests.world import World

pytestmark = pytest.mark.slow("a process of its own for each moment at which it is killed")

KILLS = 4
"""Each may cost an answer that was on its way, and so a call: of more the day's ten might be spent."""


@dataclass(frozen=True)
class Command:
    """What is typed, on which home, and how often it is killed before it is left alone."""

    arguments: Sequence[str]
    is_first: bool = False


COMMANDS = {
    "sync of a new home": Command(["sync"], is_first=True),
    "publish": Command(["publish"]),
    "replay": Command(["replay"]),
    "prune": Command(["prune", "--rows-days", "30", "--yes"]),
    "secrets rotate": Command(["secrets", "rotate"]),
    "status of a new home": Command(["status"], is_first=True),
}


def start(environment: dict[str, str], arguments: Sequence[str]) -> BaseProcess:
    process = CONTEXT.Process(target=_run, args=(environment, list(arguments)))
    process.start()
    return process


def _run(environment: dict[str, str], arguments: list[str]) -> None:
    os.environ.update(environment)
    for descriptor in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
    raise SystemExit(run(arguments))


def killed_after(seconds: float, environment: dict[str, str], arguments: Sequence[str]) -> bool:
    """Whether the process still ran then, and is no more."""
    process = start(environment, arguments)
    process.join(seconds)
    process.kill()
    process.join(60)
    return process.exitcode == -signal.SIGKILL


def left_alone(environment: dict[str, str], arguments: Sequence[str]) -> tuple[int | None, float]:
    """Its exit status and how long it took."""
    began = monotonic()
    process = start(environment, arguments)
    process.join(120)
    return process.exitcode, monotonic() - began


def made(command: Command, folder: Path, synced: Path) -> World:
    """A home that is a day old, or none yet: `sync` alone needs a business in it, and so the state database."""
    return World(folder if command.is_first else shutil.copytree(synced, folder))


def whole(settings: Settings) -> list[str]:
    """What a killed process may have left beside the files, which the command that was run again should have taken away."""
    patterns = ("*.new", "*.new.wal", "*.replay", "*.replay.wal", ".making-*")
    return [path.name for pattern in patterns for path in settings.home.rglob(pattern)]


@pytest.fixture
def synced_home(_synced_home: Path) -> Path:
    """To be copied."""
    return _synced_home


@pytest.mark.parametrize("name", COMMANDS)
def test_killed_at_any_moment_and_run_again_a_command_ends_as_if_it_had_been_left_alone(
    name: str, tmp_path: Path, synced_home: Path
) -> None:
    command = COMMANDS[name]
    undisturbed = made(command, tmp_path / "undisturbed", synced_home)
    with undisturbed.fake:
        if "sync" in command.arguments:
            undisturbed.connect()
        status, seconds = left_alone(undisturbed.environment, command.arguments)
        assert status == 0
        file = undisturbed.settings.published_file
        expected = rows(file) if file.exists() else []
    drawn = random.Random(name)
    world = made(command, tmp_path / "home", synced_home)
    with world.fake:
        if "sync" in command.arguments:
            world.connect()
        moments = [drawn.uniform(0, seconds) for _ in range(KILLS)]
        kills = 0
        for moment in moments:
            kills += killed_after(moment, world.environment, command.arguments)
            calls = world.calls()
            if "sync" in command.arguments:
                told = told_by_jobs_and_quota(world)
                assert told[0] == told[1] >= calls, f"a call that no ledger has, killed after {moment:.2f} s"
        status, _ = left_alone(world.environment, command.arguments)
        assert status == 0, f"killed after {moments}"
        assert (rows(world.settings.published_file) if expected else []) == expected
        assert world.calls() <= (4 + kills if "sync" in command.arguments else 0)
        assert whole(world.settings) == []
