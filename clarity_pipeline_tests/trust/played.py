"""Days of a made-up site, fetched over a socket and loaded: all that a test of `trust` needs, without Dagster."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from clarity_pipeline.clarity.dimensions import DAILY_SLICES, SLICES
from clarity_pipeline.day.load import Loaded, load_lane
from clarity_pipeline.simulator.faults import Fault
from clarity_pipeline.simulator.presets import mid_size
from clarity_pipeline.simulator.server import FakeClarity
from clarity_pipeline_tests.world import DAY, World

BUSY = replace(mid_size(), project_id="busysite99", sessions_a_day=6_000)
"""About 1,150 tuples in each of its four lanes, on a Monday to Thursday: Clarity cuts them all."""


@contextmanager
def busy_site(folder: Path) -> Iterator[World]:
    """A world whose `acme` is cut in every lane."""
    world = World(folder)
    world.fake = FakeClarity([BUSY], clock=lambda: world.now)
    with world.fake:
        yield world


def play(world: World, *names: str, day: date = DAY, refetch: bool = False) -> dict[str, Loaded]:
    """Capture and load lanes of a day, all five if none is named."""
    loaded = {}
    with world.home() as home, home.warehouse.connect():  # open throughout: each opening costs
        for name in names or SLICES:
            home.capture.lane("acme", date=day, asked=SLICES[name], refetch=refetch)
            loaded[name] = load_lane(home, business_id="acme", date=day, asked=SLICES[name])
    return loaded


def found(world: World, where: str = "true") -> list[tuple[Any, ...]]:
    """`(statement, slice, passed)` of the table."""
    with duckdb.connect(world.settings.warehouse_file, read_only=True) as connection:
        query = f"select statement, slice, passed from clarity_reconciliation where {where} order by all"
        return connection.execute(query).fetchall()


def failed(world: World) -> set[tuple[str, str]]:
    """Statement and slice of what is false."""
    return {(statement, slice_name) for statement, slice_name, _ in found(world, "not passed")}


def changed(change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> Fault:
    """An answer of which something else has become."""
    return Fault(change=lambda body: json.dumps(change(json.loads(body))).encode())


FOUR = tuple(DAILY_SLICES)
