"""A command that is killed, at one of its steps or at a moment, and run again; what then is not as if it had been left alone.

Used by the tests beside this, and by `python -m clarity_pipeline_tests.kills`, which goes through all of them.
"""

import random
import re
import shutil
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import requests

from clarity_pipeline_tests.day.test_crashes import told_by_jobs_and_quota
from clarity_pipeline_tests.kills.commands import COMMANDS, Command, Facts, Homes, leftovers
from clarity_pipeline_tests.kills.steps import Kill, Process, start
from clarity_pipeline_tests.world import PROJECT, World

SECONDS = 300.0
"""So long a command may take on a machine that does much else."""

TOGETHER = 3
"""Kills of one home, one after another: each may cost an answer that was on its way, and of more the day's ten calls might be
spent. Then the command is left alone once for all of them, which takes longest."""

_ADDRESS = re.compile(r"listens at (http://[\w.:]+)")


@dataclass(frozen=True)
class Truth:
    """Of a command that was left alone: its steps in their order, how long it took, and what was there then."""

    name: str
    steps: tuple[str, ...]
    seconds: float
    facts: Facts


@dataclass(frozen=True)
class Outcome:
    """`kills` are fewer than the places asked for where the command came too far to pass one. No `problems`: nothing was lost."""

    name: str
    at: str
    kills: int
    problems: tuple[str, ...]


@contextmanager
def _prepared(homes: Homes, command: Command, beside: Path) -> Iterator[World]:
    shutil.rmtree(beside, ignore_errors=True)
    homes.copy(command.kind, beside)
    world = World(beside / "home")
    world.later(days=command.days_later)
    with world.fake:
        if command.kind == "synced" and not command.days_later:
            world.fake.spend_day(PROJECT, left=6)
        yield world


def _begun(world: World, command: Command, *, kill: Kill | None = None) -> Process:
    beside = world.folder.parent
    arguments = [each.format(beside=beside) for each in command.arguments]
    return start(world.environment, arguments, beside=beside, kill=kill)


def _left_alone(world: World, command: Command) -> tuple[int | None, Process]:
    """Its exit status; of one that serves, 0 when it answered and ended when it was asked to."""
    process = _begun(world, command)
    if not command.serves:
        return process.ended(SECONDS), process
    deadline = monotonic() + SECONDS
    while (found := _ADDRESS.search(process.text)) is None:
        if not process.process.is_alive() or monotonic() > deadline:
            process.ended(0)
            return process.process.exitcode or 1, process
        sleep(0.02)
    answered = requests.get(f"{found[1]}/api/v1/health", timeout=60).status_code
    process.interrupt()
    status = process.ended(SECONDS)
    return (status if answered == 200 else 1), process


def places(truth: Truth, *, chance: random.Random, steps: int | None, moments: int) -> list[list[Kill | float]]:
    """So many of its steps (all for None) and moments, in threes: each three the steps in the order in which the command comes by
    them, then the moments. A process that is quicker than the first was may end before its moment, and comes by no step again.
    """
    drawn = list(dict.fromkeys(truth.steps))
    drawn = chance.sample(drawn, min(steps if steps is not None else len(drawn), len(drawn)))
    found: list[Kill | float] = [Kill(step, chance.randint(1, truth.steps.count(step))) for step in drawn]
    found += [chance.uniform(0, truth.seconds) for _ in range(moments)]
    chance.shuffle(found)

    def when(place: Kill | float) -> tuple[bool, float]:
        return (True, place) if isinstance(place, float) else (False, truth.steps.index(place.step))

    return [sorted(found[at : at + TOGETHER], key=when) for at in range(0, len(found), TOGETHER)]


def truth_of(homes: Homes, name: str, beside: Path) -> Truth:
    """Run it as it is meant to be run."""
    command = COMMANDS[name]
    with _prepared(homes, command, beside) as world:
        began = monotonic()
        status, process = _left_alone(world, command)
        assert status == 0, f"{name}: {status}, {process.text[-500:]}"
        return Truth(name, tuple(process.steps), monotonic() - began, command.compared(world))


def killed(homes: Homes, truth: Truth, beside: Path, *, at: Sequence[Kill | float]) -> Outcome:
    """Kill it at each of the steps, or after so many seconds, one process after another on the same home; then let it end."""
    command, kills, problems = COMMANDS[truth.name], 0, list[str]()
    with _prepared(homes, command, beside) as world:
        before, lost = len(_answers(world)), 0
        for point in at:
            if command.done(beside):
                break
            status, said = _killed_once(world, command, point)
            kills += status == -signal.SIGKILL
            if status not in (0, -signal.SIGKILL):
                problems.append(f"exit status {status}, then: {said[-300:]}")
            if not command.calls:
                continue
            now_lost = world.calls() - (len(_answers(world)) - before)
            if not 0 <= now_lost - lost <= (status == -signal.SIGKILL):
                problems.append(f"{now_lost - lost} answers were on their way")
            lost = now_lost
            if not _ledger_knows(world):
                problems.append("a call that no ledger has")
        if not command.done(beside):
            status, process = _left_alone(world, command)
            if status != 0:
                problems.append(f"exit status {status} when it was left alone: {process.text[-300:]}")
        if world.calls() != command.calls + lost:
            problems.append(f"{world.calls()} calls, and {lost} of them for an answer that was on its way")
        if not problems:
            facts = command.compared(world)
            problems += [f"other {each}" for each in {*facts, *truth.facts} if facts.get(each) != truth.facts.get(each)]
            problems += [f"{each} is left" for each in leftovers(beside)]
    shown = ", then ".join(f"{each.step} ({each.nth})" if isinstance(each, Kill) else f"{each:.2f} s" for each in at)
    return Outcome(truth.name, shown, kills, tuple(problems))


def _killed_once(world: World, command: Command, at: Kill | float) -> tuple[int | None, str]:
    process = _begun(world, command, kill=at if isinstance(at, Kill) else None)
    if isinstance(at, float):
        return process.ended(at), process.text
    if command.serves:
        _wait_for(process)
    if command.serves and process.process.is_alive():  # it did not come by that step again
        process.ended(0)
        return 0, process.text
    return process.ended(SECONDS), process.text


def _wait_for(process: Process) -> None:
    """Until one that serves was killed, or has come to serve without passing the step."""
    deadline = monotonic() + SECONDS
    while process.process.is_alive() and not _ADDRESS.search(process.text) and monotonic() < deadline:
        sleep(0.02)


def _answers(world: World) -> list[Path]:
    return list(world.settings.vault_folder.rglob("*.json.zst"))


def _ledger_knows(world: World) -> bool:
    jobs, quota = told_by_jobs_and_quota(world)
    return quota >= world.calls() and jobs >= world.calls()
