"""A night whose state is in a Postgres that is killed and started again in it, at moments drawn by seed."""

import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Literal

from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.rules.language.rule_files import read_rules
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline_tests.cli.conftest import FIRES_AT_ONCE
from clarity_pipeline_tests.postgres import Server, postgres
from clarity_pipeline_tests.torture.held_against import Told, told_by
from clarity_pipeline_tests.torture.trial import Outcome, command
from clarity_pipeline_tests.world import World

POSTGRES = "Postgres killed"
_EVENING = "evening"
_MODES: tuple[Literal["fast", "immediate"], ...] = ("fast", "immediate")
"""Sessions are ended, or all of it crashes."""


def is_installed() -> bool:
    """Whether there is a server to start, and a driver for it."""
    has_server = any(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or shutil.which("initdb")
    return bool(has_server) and find_spec("psycopg2") is not None


def _database(server: Server, name: str, *, after: str) -> str:
    server.run(f"create database {name} template {after}")
    return server.address(name)


@dataclass
class OnPostgres(World):
    """A world whose state is in a database of a server."""

    state_url: str = field(kw_only=True)

    @property
    def settings(self) -> Settings:
        return replace(super().settings, state_url=self.state_url)

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"CLARITY_STATE_URL": self.state_url}


@dataclass(frozen=True)
class Evening:
    """A home a day old and the truth of its next night; its database is the template of each trial's."""

    server: Server
    home: Path
    truth: Told
    seconds: float


@contextmanager
def evening(folder: Path) -> Iterator[Evening]:
    """Made where a server is installed (`is_installed`)."""
    with postgres() as server:
        world = OnPostgres(folder / "on postgres", state_url=_database(server, _EVENING, after="template1"))
        with world.fake:
            world.connect()
            world.name_site("roofmaster.example")
            with world.home() as home:
                import_rules(home.state, clock=home.clock, rules=read_rules(FIRES_AT_ONCE, source="torture"))
            status, said = command(world, "sync")
            assert status == 0, said
        home_of_truth = Path(shutil.copytree(world.folder, folder / "true on postgres"))
        truth = OnPostgres(home_of_truth, state_url=_database(server, "truth", after=_EVENING))
        truth.later(days=1)
        with truth.fake:
            began = monotonic()
            status, said = command(truth, "sync")
            assert status == 0, said
            yield Evening(server, world.folder, told_by(truth), monotonic() - began)


def restarted(evening: Evening, home: Path, *, seed: int) -> Outcome:
    """Kill the server once to three times while `sync` runs; then let a person run it again."""
    chance, problems = random.Random(seed), list[str]()
    shutil.copytree(evening.home, home)
    world = OnPostgres(home, state_url=_database(evening.server, f"trial_{seed}", after=_EVENING))
    world.later(days=1)
    with world.fake:
        killing = Thread(
            target=_kill, args=(evening, [chance.uniform(0, evening.seconds) for _ in range(chance.randint(1, 3))], chance)
        )
        killing.start()
        status, said = command(world, "sync")
        killing.join()
        tries = [(status, said)]
        while tries[-1][0] != 0 and len(tries) < 3:
            tries.append(command(world, "sync"))
        problems += [f"not a sentence: {said[-300:]}" for _, said in tries if "internal error" in said or "Traceback" in said]
        if tries[-1][0] != 0:
            problems.append(f"exit status {tries[-1][0]} after {len(tries)} tries: {tries[-1][1][-300:]}")
        else:
            told = told_by(world)
            problems += ["other rows"] if told.lanes != evening.truth.lanes else []
            problems += ["other alerts"] if told.alerts != evening.truth.alerts else []
            problems += ["findings are missing"] if evening.truth.findings - told.findings else []
        with world.home() as opened:
            known = opened.quota.used_today(opened.connections.get("acme").quota_key or "")
        spent = world.calls()
        if spent > 4 + len(tries) or known < spent:
            problems.append(f"{spent} calls in {len(tries)} tries, of which the ledger knows {known}")
    shutil.rmtree(home)
    return Outcome(POSTGRES, seed, tuple(problems))


def _kill(evening: Evening, moments: list[float], chance: random.Random) -> None:
    began = monotonic()
    for moment in sorted(moments):
        sleep(max(0.0, moment - (monotonic() - began)))
        evening.server.stop(mode=chance.choice(_MODES))
        sleep(chance.choice((0.0, 0.0, 0.5, 3.0)))
        evening.server.start()
