"""Dagster's own files: one that a killed first start left half made, or that is damaged, stops no later start."""

import shutil
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest

from clarity_pipeline.orchestration.dagster_files import EVENTS, RUNS, SCHEDULES, StorageFile
from clarity_pipeline.orchestration.instance import open_instance
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline_tests.day.test_crashes import sync_in_a_process
from clarity_pipeline_tests.world import World

FILES = (RUNS, EVENTS, SCHEDULES)


def drop(path: Path, *, all_but: int) -> None:
    """Leave the tables that were made first, and no mark: what a kill between two of them leaves."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        tables = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
        made = sorted(tables, key=lambda name: name in {"alembic_version", "secondary_indexes"})
        for name in made[all_but:]:
            connection.execute(f"drop table {name}")


def one_table(path: Path) -> None:
    drop(path, all_but=1)


def tables_without_marks(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for name in ("alembic_version", "secondary_indexes"):
            connection.execute(f"delete from {name}")


def nothing(path: Path) -> None:
    path.write_bytes(b"")


def works(settings: Settings) -> bool:
    """All that a day asks of the instance: partitions, runs, events, and the states of sensors."""
    with open_instance(settings) as instance:
        instance.add_dynamic_partitions("business", ["acme"])
        instance.report_runless_asset_event(dg.AssetMaterialization("made_up"))
        return (
            instance.get_dynamic_partitions("business") == ["acme"]
            and instance.get_runs_count() == 0
            and instance.all_instigator_state() == []
            and instance.fetch_materializations(dg.AssetKey("made_up"), limit=9).records != []
        )


@pytest.fixture
def settings(_new_home: Path, tmp_path: Path) -> Settings:
    """Of a home whose files were made by a first command, and hold nothing."""
    return Settings(home=shutil.copytree(_new_home, tmp_path / "home"))


@pytest.mark.parametrize("half", [nothing, one_table, tables_without_marks])
@pytest.mark.parametrize("file", FILES, ids=lambda file: Path(file.place).name)
def test_a_file_that_was_left_half_made_is_made_whole_at_the_next_start(
    settings: Settings, file: StorageFile, half: Callable[[Path], None]
) -> None:
    half(settings.dagster_folder / file.place)
    assert works(settings)
    assert not [path for path in settings.dagster_folder.rglob("*") if "making" in path.name or "damaged" in path.name]


@pytest.mark.parametrize("file", FILES, ids=lambda file: Path(file.place).name)
def test_a_damaged_file_is_set_aside_and_kept(settings: Settings, file: StorageFile) -> None:
    path = settings.dagster_folder / file.place
    path.write_bytes(b"\0" * 4096 + path.read_bytes()[4096:])
    damaged = path.read_bytes()
    assert works(settings)
    (kept,) = path.parent.glob(f"{path.name}.damaged-*")
    assert kept.read_bytes() == damaged


@pytest.mark.parametrize("file", FILES, ids=lambda file: Path(file.place).name)
def test_a_file_that_sqlite_would_only_read_since_a_bit_of_its_header_was_turned_over_is_set_aside(
    settings: Settings, file: StorageFile
) -> None:
    path = settings.dagster_folder / file.place
    content = bytearray(path.read_bytes())
    content[18] ^= 0b100
    path.write_bytes(content)
    assert works(settings)
    assert [kept.read_bytes() for kept in path.parent.glob(f"{path.name}.damaged-*")] == [bytes(content)]


def test_a_whole_file_is_left_as_it_is_also_before_its_first_event(settings: Settings) -> None:
    with open_instance(settings) as instance:
        instance.add_dynamic_partitions("business", ["acme"])
    with open_instance(settings) as instance:
        assert instance.get_dynamic_partitions("business") == ["acme"]


@pytest.mark.slow("the first day of a home in a process of its own for each file that it is killed behind")
def test_killed_behind_each_file_that_the_first_sync_makes_the_next_one_ends_well(tmp_path: Path) -> None:
    world = World(tmp_path / "home")
    with world.fake:
        world.connect()
        for file in FILES:
            step = f"{Path(file.place).stem}_built"
            assert sync_in_a_process(world.environment, step) == -signal.SIGKILL, step
        assert sync_in_a_process(world.environment, None) == 0
        assert world.calls() == 4
