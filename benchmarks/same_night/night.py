"""A night of many businesses with faults, by the commands of some release, and what it left behind.

One project's token is rejected, one has no calls left at its third lane, one meets a server error once and another for as long
as it is tried, one answer has a cell that is no number, one is cut short. The faults are scripted by lane, so that releases that
ask in another order meet the same.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from benchmarks.same_night.by_daemon import let_the_night_run
from benchmarks.same_night.facts import Facts, facts_of
from benchmarks.sweep.trees import HERE, Tree
from clarity_pipeline.simulator import faults
from clarity_pipeline.simulator.presets import small
from clarity_pipeline.simulator.server import FakeClarity

By = Literal["sync", "daemon"]
_COMMAND = "import sys; from clarity_pipeline.cli.main import main; main(sys.argv[1:])"

REJECTED, SPENT, ONE_ERROR, DOWN, BAD_CELL, NOT_JSON = 7, 13, 21, 29, 37, 45
"""The businesses that a fault meets, by their number."""


def project(number: int) -> str:
    return f"proj{number:06}"


def night(tree: Tree, *, businesses: int, now: datetime, by: By = "sync") -> tuple[Facts, Facts]:
    """What stands after the night, and after a `sync` on it an hour later, with the rejected token replaced."""
    sites = [replace(small(), project_id=project(number)) for number in range(businesses)]
    at = [now]
    with tempfile.TemporaryDirectory() as folder, FakeClarity(sites, clock=lambda: at[0]) as fake:
        home = Path(folder) / "home"
        home.mkdir()
        _connect(tree, home, fake, businesses=businesses, now=now)
        _spoil(fake, businesses)
        if by == "daemon":
            let_the_night_run(_environment(tree, home, fake, now), tree.folder, home, businesses=businesses, now=now)
        else:
            _run(tree, home, fake, ["sync"], now=now)
        first = facts_of(home)
        at[0] = now + timedelta(hours=1)
        if businesses > REJECTED:
            token = Path(folder) / "token"
            token.write_text(fake.reissue(project(REJECTED)), encoding="utf-8")
            _run(tree, home, fake, ["update", slug(REJECTED), "--token-file", str(token)], now=at[0])
        _run(tree, home, fake, ["sync"], now=at[0])
        return first, facts_of(home)


def slug(number: int) -> str:
    return f"shop-{number:06}"


def _spoil(fake: FakeClarity, businesses: int) -> None:
    wanted: Sequence[tuple[int, Callable[[str], None]]] = (
        (REJECTED, lambda name: fake.revoke(name)),
        (SPENT, lambda name: fake.script(name, None, None, faults.QUOTA_SPENT)),
        (ONE_ERROR, lambda name: fake.script(name, None, faults.SERVER_ERROR)),
        (DOWN, lambda name: fake.script(name, *[faults.SERVER_ERROR] * 12)),
        (BAD_CELL, lambda name: fake.script(name, None, None, None, faults.WORD_FOR_COUNT)),
        (NOT_JSON, lambda name: fake.script(name, None, faults.NOT_JSON)),
    )
    for number, spoil in wanted:
        if number < businesses:
            spoil(project(number))


def _connect(tree: Tree, home: Path, fake: FakeClarity, *, businesses: int, now: datetime) -> None:
    """By the release's own commands, in one process, with twenty rules."""
    tokens = {project(number): fake.token(project(number)) for number in range(businesses)}
    subprocess.run(
        [sys.executable, str(HERE / "benchmarks" / "sweep" / "connect.py")],
        input=json.dumps(tokens), env=_environment(tree, home, fake, now), check=True, text=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip


def _run(tree: Tree, home: Path, fake: FakeClarity, command: Sequence[str], *, now: datetime) -> None:
    """Whatever it ends with: a night with faults ends with 1."""
    environment = _environment(tree, home, fake, now)
    done = subprocess.run([sys.executable, "-c", _COMMAND, *command], env=environment, cwd=tree.folder, capture_output=True)
    if done.returncode not in {0, 1}:
        raise RuntimeError(f"{' '.join(command)} of {tree.name} ended with {done.returncode}: {done.stderr.decode()[-2000:]}")


def _environment(tree: Tree, home: Path, fake: FakeClarity, now: datetime) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    ours = {"CLARITY_HOME": str(home), "CLARITY_API_BASE_URL": fake.base_url, "CLARITY_NOW": now.isoformat()}
    return {**kept, **ours, "PYTHONPATH": str(tree.folder)}
