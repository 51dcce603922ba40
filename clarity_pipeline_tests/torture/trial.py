"""One fault on one night of a real home, by seed: what was said, what the cure was, and whether all is as if nothing had been.

The truth is a home that nothing happened to, synced over the same nights by the same fake Clarity.
"""

import os
import random
import shutil
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from time import monotonic

from clarity_pipeline.cli.main import run
from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.rules.language.rule_files import read_rules
from clarity_pipeline_tests.cli.conftest import FIRES_AT_ONCE
from clarity_pipeline_tests.day.test_crashes import rows
from clarity_pipeline_tests.processes import CONTEXT
from clarity_pipeline_tests.torture.faults import FAULTS, KILL, Night
from clarity_pipeline_tests.world import DAY, World


@dataclass(frozen=True)
class Outcome:
    """`problems` is empty where rows, calls, alerts and exit status are those of the truth, and who had to be told was."""

    fault: str
    seed: int
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Truth:
    """Of a night that nothing happened in."""

    rows: list[tuple[object, ...]]
    alerts: int
    seconds: float


def command(world: World, *arguments: str, killed_after: float | None = None) -> tuple[int | None, str]:
    """The command in a process of its own; its status and all that it said."""
    said = world.folder.parent / "said.txt"
    process = CONTEXT.Process(target=_run, args=(world.environment, list(arguments), str(said)))
    process.start()
    process.join(killed_after if killed_after is not None else 300)
    process.kill()
    process.join()
    return process.exitcode, said.read_text(errors="replace") if said.exists() else ""


def _run(environment: dict[str, str], arguments: Sequence[str], said: str) -> None:
    os.environ.update(environment)
    file = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(file, 1)
    os.dup2(file, 2)
    raise SystemExit(run(arguments))


def truth_of(world: World) -> Truth:
    """Sync the next night of the home that nothing happens to."""
    world.later(days=1)
    began = monotonic()
    status, said = command(world, "sync")
    assert status == 0, said
    return Truth(rows(world.settings.published_file), alerts(world), monotonic() - began)


def alerts(world: World) -> int:
    with world.home() as home, home.state.read() as connection:
        return int(connection.exec_driver_sql("select count(*) from clarity_alerts").scalar_one())


def tried(home: Path, before: Path, truth: Truth, *, now: datetime, seed: int, night: date) -> Outcome:
    """Let a fault happen to the home, on a Clarity of its own, and let its person do what they are told."""
    world = World(home, now=now)
    with world.fake:
        return _tried(world, before, truth, seed=seed, night=night)


def _tried(world: World, before: Path, truth: Truth, *, seed: int, night: date) -> Outcome:
    chance = random.Random(seed)
    name = chance.choice([*FAULTS, KILL, KILL])  # a kill is the commonest of all
    problems: list[str] = []
    kills = 0
    if name == KILL:
        for _ in range(chance.randint(1, 3)):
            status, _ = command(world, "sync", killed_after=chance.uniform(0, truth.seconds))
            kills += status == -signal.SIGKILL
        told = True
    else:
        FAULTS[name].do(Night(world, chance, before))
        told = not FAULTS[name].must_be_told
    status, said = command(world, "sync")
    for _ in range(3):
        if "internal error" in said or "Traceback" in said:
            problems.append("not a sentence")
        told = told or (status != 0 and "clarity-pipeline" in said) or "restore" in said
        if status == 0:
            break
        if "replay" in said:
            command(world, "replay")
        elif name == "key gone":
            shutil.copy2(before / "secret.key", world.settings.key_file)
        status, said = command(world, "sync")
    if status != 0:
        problems.append(f"exit status {status}: {said[-200:]}")
    elif rows(world.settings.published_file) != truth.rows:
        problems.append("other rows")
    elif alerts(world) != truth.alerts:
        problems.append("other alerts")
    if not told:
        problems.append("nobody was told")
    if (spent := world.calls()) > 4 + kills:
        problems.append(f"{spent} calls")
    return Outcome(f"{name} on {night}", seed, tuple(problems))


def nights(folder: Path, *, count: int) -> tuple[World, list[date]]:
    """The home that nothing happens to, a day old, and the nights before it."""
    world = World(folder / "truth")
    world.fake.__enter__()
    world.connect()
    world.name_site("roofmaster.example")
    with world.home() as home:
        import_rules(home.state, clock=home.clock, rules=read_rules(FIRES_AT_ONCE, source="torture"))
    world.sync()
    return world, [DAY + timedelta(days=each + 2) for each in range(count)]
