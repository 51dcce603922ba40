"""A night on which each answer is hostile, of many businesses: what of it is loaded is true, and the rest is told.

Each has a project of its own on the same fake Clarity, so that one `sync` meets some thirty hostile answers.
"""

import random
from dataclasses import dataclass, replace
from pathlib import Path

from clarity_pipeline.definitions import build
from clarity_pipeline.orchestration.sync import open_day_sync
from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.rules.language.rule_files import read_rules
from clarity_pipeline.simulator.presets import small
from clarity_pipeline.simulator.server import FakeClarity
from clarity_pipeline_tests.cli.conftest import FIRES_AT_ONCE
from clarity_pipeline_tests.torture.answers import KINDS, hostile
from clarity_pipeline_tests.torture.held_against import Told, differences, told_by
from clarity_pipeline_tests.torture.trial import Outcome, command
from clarity_pipeline_tests.world import DAY, World

HOSTILE_ANSWERS = "hostile answers"
OF_ONE_KIND = {f"{HOSTILE_ANSWERS}: {kind}": kind for kind in KINDS}

BUSINESSES = {f"shop-{number}": f"hostile{number:03}" for number in range(8)}
"""Businesses and their projects."""


@dataclass
class Street(World):
    """A world with a project for each of the businesses."""

    def __post_init__(self) -> None:
        sites = [replace(small(), project_id=project) for project in BUSINESSES.values()]
        self.fake = FakeClarity(sites, clock=lambda: self.now)


def connected(folder: Path) -> Path:
    """A home in which all are connected, and nothing was synced."""
    street = Street(folder)
    with street.fake:
        for business, project in BUSINESSES.items():
            street.connect(business, project_id=project, token=street.fake.token(project), site=("roofmaster.example",))
        with street.home() as home:
            import_rules(home.state, clock=home.clock, rules=read_rules(FIRES_AT_ONCE, source="torture"))
        with open_day_sync(street.settings, build(street.settings)):
            return folder


def truth_of_the_street(home: Path) -> Told:
    """What a night says on which nothing is hostile."""
    street = Street(home)
    with street.fake:
        status, said = command(street, "sync")
        assert status == 0, said
        return told_by(street)


def endured(home: Path, truth: Told, *, seed: int, kind: str | None = None) -> Outcome:
    """Let every answer be hostile, or of one kind; then let Clarity be itself again, and hold all against the truth."""
    street, chance, names = Street(home), random.Random(seed), list[str]()
    with street.fake:
        for project in BUSINESSES.values():
            drawn = [hostile(chance, kind) for _ in range(chance.randint(3, 5))]
            street.fake.script(project, *(fault for _, fault in drawn))
            names += [name for name, _ in drawn]
        problems = []
        status, said = command(street, "sync")
        problems += _of_what_was_said(street, status, said)
        kept = _answers(street)
        made = len(street.fake.calls())
        for project in BUSINESSES.values():
            street.fake.script(project, *[None] * 10)
        status, said = command(street, "sync")
        problems += _of_what_was_said(street, status, said)
        again = [call for call in street.fake.calls()[made:] if (call.project_id, _lane(call.params)) in kept]
        if again:
            problems.append(f"{len(again)} calls for answers that are kept")
        for business, project in BUSINESSES.items():
            spent = len(street.fake.calls(project))
            with street.home() as opened:
                known = opened.quota.used_today(opened.connections.get(business).quota_key or "")
            if spent > 10 or known < spent:
                problems.append(f"{spent} calls of {business}, of which the ledger knows {known}")
        told = told_by(street)
        with street.home() as opened:
            problems += differences(told, truth, opened.jobs.list())
        for business, alerts in truth.alerts.items():
            lane = (business, DAY.isoformat(), "url_device")
            if told.lanes.get(lane) == truth.lanes[lane] and told.alerts.get(business) != alerts:
                problems.append(f"other alerts of {business}, whose rows are those of the truth")
    return Outcome(f"{HOSTILE_ANSWERS} ({', '.join(sorted(set(names)))})", seed, tuple(problems), faults=min(made, len(names)))


def _of_what_was_said(street: Street, status: int | None, said: str) -> list[str]:
    problems = [f"not a sentence: {said[-300:]}"] if "internal error" in said or "Traceback" in said else []
    with street.home() as home:
        failed = [
            job
            for job in {(each.business_id, each.slice_name): each for each in home.jobs.list()}.values()
            if job.state == "failed"
        ]
    if bool(failed) != (status != 0):
        problems.append(f"exit status {status}, and {len(failed)} lanes failed: {said[-300:]}")
    return problems


def _lane(params: object) -> tuple[str, ...]:
    return tuple(sorted(value for key, value in dict(params).items() if key.startswith("dimension")))  # type: ignore[call-overload]


def _answers(street: Street) -> set[tuple[str, tuple[str, ...]]]:
    """Project and dimensions of each answer that is kept."""
    from clarity_pipeline.clarity.dimensions import DAILY_SLICES

    found = set()
    for business, project in BUSINESSES.items():
        for name, asked in DAILY_SLICES.items():
            if list((street.settings.vault_folder / business / DAY.isoformat() / name).glob("*.json.zst")):
                found.add((project, _lane(asked.parameters)))
    return found
