"""One fault on one night of a real home, by seed: what was said, what the cure was, and whether all is as if nothing had been.

The truth is a home that nothing happened to, synced over the same nights by the same fake Clarity.
"""

import os
import random
import signal
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from time import monotonic

from clarity_pipeline.cli.main import run
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.rules.language.rule_files import read_rules
from clarity_pipeline_tests.cli.conftest import FIRES_AT_ONCE
from clarity_pipeline_tests.day.test_damaged_answers import UNREAD_SCROLL
from clarity_pipeline_tests.processes import CONTEXT
from clarity_pipeline_tests.torture.faults import FAULTS
from clarity_pipeline_tests.torture.held_against import Told, differences, told_by
from clarity_pipeline_tests.torture.machine import MACHINE
from clarity_pipeline_tests.torture.night import Fault, Night
from clarity_pipeline_tests.world import DAY, PROJECT, World

FOR_FILES_AND_MACHINE: dict[str, Fault] = {**FAULTS, **MACHINE}
SILENT = ("nobody was told", "not a sentence")


@dataclass(frozen=True)
class Outcome:
    """`problems` is empty where rows, calls, alerts, findings and exit status are those of the truth, and who had to be told was.

    `faults` says how many it counts for: of a hostile night each answer is one.
    """

    fault: str
    seed: int
    problems: tuple[str, ...]
    faults: int = 1

    @property
    def is_silent(self) -> bool:
        """Whether all that is wrong is that nobody was told."""
        return bool(self.problems) and all(each.startswith(SILENT) for each in self.problems)


@dataclass(frozen=True)
class Truth:
    """Of a night that nothing happened in."""

    told: Told
    seconds: float


def command(
    world: World, *arguments: str, killed_after: float | None = None, otherwise: dict[str, str] | None = None
) -> tuple[int | None, str]:
    """The command in a process of its own; its status and all that it said. `otherwise` is said over the world's environment."""
    said = world.folder.parent / "said.txt"
    process = CONTEXT.Process(target=_run, args=({**world.environment, **(otherwise or {})}, list(arguments), str(said)))
    process.start()
    process.join(killed_after if killed_after is not None else 600)
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
    return Truth(told_by(world), monotonic() - began)


def tried(home: Path, before: Path, evening: Path, truth: Truth, *, name: str, now: datetime, seed: int, night: date) -> Outcome:
    """Let a fault happen to the home, on a Clarity of its own, and let its person do what they are told."""
    world = World(home, now=now)
    with world.fake, ExitStack() as stack:
        try:
            problems = _tried(Night(world, random.Random(seed), before, evening, stack), truth, name)
        except ClarityPipelineError as error:  # what is held against the truth is in a home that does not open
            problems = (f"the home does not open: {error}",)
    return Outcome(f"{name} on {night}", seed, problems)


def _tried(night: Night, truth: Truth, name: str) -> tuple[str, ...]:
    world, problems, kills = night.world, list[str](), 0
    fault = FOR_FILES_AND_MACHINE.get(name)
    if fault is None:
        for _ in range(night.chance.randint(1, 3)):
            status, _ = command(world, "sync", killed_after=night.chance.uniform(0, truth.seconds))
            kills += status == -signal.SIGKILL
    else:
        fault.do(night)
    told, status = fault is None or not fault.must_be_told, None
    may_cost = fault is not None and fault.may_cost_lanes
    for _ in range(4):
        status, said = command(world, "sync", otherwise=night.environment)
        if "internal error" in said or "Traceback" in said:
            problems.append(f"not a sentence: {said[-300:]}")
        told = told or _tells(status, said)
        if status == 0 and fault is not None and fault.must_be_told and not told:
            told = _tells(*command(world, "doctor", "--deep", otherwise=night.environment))
        was_undone, undone = fault is None or fault.undo is None, fault.undo if fault is not None else None
        if "replay" in said:
            command(world, "replay")
        elif undone is not None and fault is not None:
            undone(night)
            fault, was_undone = Fault(fault.do, None, must_be_told=fault.must_be_told), False
        if was_undone and (status == 0 or (may_cost and status != 0 and "replay" not in said)):
            break
    if status != 0 and not may_cost:
        problems.append(f"exit status {status}: {said[-300:]}")
    else:
        problems += _held_against(world, truth, may_cost=may_cost)
    if not told and (must := FOR_FILES_AND_MACHINE.get(name)) is not None and must.must_be_told:
        problems.append("nobody was told")
    problems += _of_calls(world, kills=kills, may_cost=may_cost, ledger_is_of_the_evening="state" in name)
    return tuple(problems)


def _tells(status: int | None, said: str) -> bool:
    """Whether a person who reads it knows that something is wrong, or was."""
    words = ("error", "warning", "restore", "set aside", "replay", "damaged", "missing", "unreadable")
    return status != 0 or any(word in said.lower() for word in words)


def _held_against(world: World, truth: Truth, *, may_cost: bool) -> list[str]:
    told = told_by(world)
    if may_cost and told.lanes != truth.told.lanes:
        with world.home() as home:
            return differences(told, truth.told, home.jobs.list())
    found = []
    if told.lanes != truth.told.lanes:
        found.append("other rows")
    if missing := truth.told.findings - told.findings:
        found.append(f"findings are missing: {sorted({each[4] for each in missing})}")
    if told.alerts != truth.told.alerts:
        found.append("other alerts")
    return found


def _of_calls(world: World, *, kills: int, may_cost: bool, ledger_is_of_the_evening: bool) -> list[str]:
    """Never an 11th; none that the ledger does not know, but where it was given back out of a back-up; and, but for what was on
    its way, none twice.
    """
    spent, found = world.calls(), []
    if spent > (10 if may_cost else 4 + kills):
        found.append(f"{spent} calls")
    with world.home() as home:
        key = home.connections.get("acme").quota_key
        if key and not ledger_is_of_the_evening and (known := home.quota.used_today(key)) < spent:
            found.append(f"{spent} calls, of which the ledger knows {known}")
    return found


def nights(folder: Path, *, count: int) -> tuple[World, list[date]]:
    """The home that nothing happens to, a day old, with a finding of that day, and the nights before it."""
    world = World(folder / "truth")
    world.fake.__enter__()
    world.connect()
    world.name_site("roofmaster.example")
    with world.home() as home:
        import_rules(home.state, clock=home.clock, rules=read_rules(FIRES_AT_ONCE, source="torture"))
    world.fake.script(PROJECT, UNREAD_SCROLL)
    world.sync()
    return world, [DAY + timedelta(days=each + 2) for each in range(count)]
