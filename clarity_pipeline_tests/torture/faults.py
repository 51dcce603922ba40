"""What may happen to a home in a night: each fault does it to a real one, by chance. Drawn by `trial`."""

import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from clarity_pipeline_tests.world import World


@dataclass(frozen=True)
class Night:
    """The home, its seed's chance, and a folder with a copy of it as it was the night before."""

    world: World
    chance: random.Random
    before: Path


@dataclass(frozen=True)
class Fault:
    """What it does, and whether a person must have been told: a fault that costs nothing may pass in silence."""

    do: Callable[[Night], None]
    must_be_told: bool = True


def turn_over(path: Path, chance: random.Random, *, places: int) -> None:
    """Turn bytes of a file over, wherever chance will have it."""
    content = bytearray(path.read_bytes())
    for _ in range(places):
        content[chance.randrange(len(content))] ^= 1 + chance.randrange(255)
    path.write_bytes(content)


def warehouse_gone(night: Night) -> None:
    night.world.settings.warehouse_file.unlink()


def warehouse_empty(night: Night) -> None:
    night.world.settings.warehouse_file.write_bytes(b"")


def warehouse_cut(night: Night) -> None:
    file = night.world.settings.warehouse_file
    file.write_bytes(file.read_bytes()[: int(file.stat().st_size * night.chance.uniform(0.05, 0.6))])


def warehouse_turned_over(night: Night) -> None:
    turn_over(night.world.settings.warehouse_file, night.chance, places=200)


def warehouse_of_the_night_before(night: Night) -> None:
    shutil.copyfile(night.before / "warehouse.duckdb", night.world.settings.warehouse_file)


def published_gone(night: Night) -> None:
    night.world.settings.published_file.unlink()


def dagster_half_made(night: Night) -> None:
    file = night.world.settings.dagster_folder / "events" / "event_log.db"
    for beside in file.parent.glob(f"{file.name}*"):
        beside.unlink()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("create table event_logs (id integer primary key)")


def dagster_turned_over(night: Night) -> None:
    files = sorted(night.world.settings.dagster_folder.glob("*/*.db"))
    file = night.chance.choice(files)
    content = file.read_bytes()
    file.write_bytes(b"\0" * 100 + content[100:])


def key_gone(night: Night) -> None:
    night.world.settings.key_file.unlink()


FAULTS: dict[str, Fault] = {
    "warehouse gone": Fault(warehouse_gone),
    "warehouse empty": Fault(warehouse_empty),
    "warehouse cut": Fault(warehouse_cut),
    "warehouse turned over": Fault(warehouse_turned_over),
    "warehouse of the night before": Fault(warehouse_of_the_night_before),
    "published file gone": Fault(published_gone, must_be_told=False),  # the night publishes it again
    "dagster half made": Fault(dagster_half_made, must_be_told=False),  # it holds nothing, and is made
    "dagster turned over": Fault(dagster_turned_over, must_be_told=False),  # set aside, and a note of the doctor
    "key gone": Fault(key_gone),
}

KILL = "killed"
"""The one that happens in the night and not before it: at a moment drawn by chance, up to three times."""
