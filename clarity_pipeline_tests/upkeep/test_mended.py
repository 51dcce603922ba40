"""A warehouse that is missing, empty, cut, damaged, older or another home's: never published, and `replay` is the one step."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from clarity_pipeline.day.publish import publish_warehouse
from clarity_pipeline.upkeep.doctor.installation import store_findings
from clarity_pipeline.upkeep.replay import replay
from clarity_pipeline.upkeep.retention import prune_rows
from clarity_pipeline.warehouse.errors import WarehouseError, WarehouseKnowsLess
from clarity_pipeline.warehouse.files import write_ahead_log
from clarity_pipeline_tests.cli.conftest import Clarity, at_home  # noqa: F401 - a fixture
from clarity_pipeline_tests.day.test_crashes import rows
from clarity_pipeline_tests.imports.test_inbox import drop, take_entities
from clarity_pipeline_tests.world import DAY, World


def missing(file: Path) -> None:
    file.unlink()


def empty(file: Path) -> None:
    file.write_bytes(b"")


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def turned_over(file: Path) -> None:
    content = bytearray(file.read_bytes())
    for at in range(4096, len(content), 50_000):
        content[at] ^= 0xFF
    file.write_bytes(content)


def no_database(file: Path) -> None:
    file.write_bytes(b"certainly not a database" * 999)


DAMAGES = (missing, empty, cut, turned_over, no_database)


def ads(world: World) -> None:
    """What a person delivers, and the vault knows nothing of."""
    drop(world, "ads.csv")
    with world.home() as home:
        take_entities(home, "ads.csv")


def count(file: Path, table: str) -> int:
    with duckdb.connect(file, read_only=True) as connection:
        ((number,),) = connection.execute(f"select count(*) from {table}").fetchall()
        return int(number)


@pytest.fixture
def published(synced: World) -> World:
    """A day, and an import, published."""
    ads(synced)
    with synced.home() as home:
        publish_warehouse(home)
    return synced


@pytest.mark.parametrize("damage", DAMAGES)
def test_it_is_never_published_and_a_replay_brings_back_rows_and_what_people_delivered(
    published: World, damage: Callable[[Path], None]
) -> None:
    settings = published.settings
    expected, good = rows(settings.published_file), settings.published_file.read_bytes()
    damage(settings.warehouse_file)
    damaged = settings.warehouse_file.read_bytes() if settings.warehouse_file.exists() else b""
    with published.home() as home:
        with pytest.raises(WarehouseError, match="clarity-pipeline replay"):
            publish_warehouse(home)
        assert settings.published_file.read_bytes() == good
        replayed = replay(home)
        assert replayed.failures == ()
        assert "taken from the published copy" in " ".join(replayed.notes)
        publish_warehouse(home)
    assert rows(settings.published_file) == expected
    assert count(settings.published_file, "ad_entities") == 1
    with published.home() as home:
        assert [each.code for each in store_findings(home)] == (["set_aside"] if damaged else [])
    kept = [path.read_bytes() for path in settings.home.glob("warehouse.duckdb.damaged-*")]
    assert kept == ([damaged] if damaged else []), "nothing is deleted"


@pytest.mark.parametrize("damage", [missing, cut])
def test_the_night_behind_it_loads_nothing_over_what_analysts_have_and_spends_its_calls_once(
    published: World, damage: Callable[[Path], None]
) -> None:
    settings = published.settings
    good = settings.published_file.read_bytes()
    damage(settings.warehouse_file)
    published.later(days=1)
    report = published.sync(DAY + timedelta(days=1))
    assert report.unsuccessful
    assert {"clarity-pipeline replay" in line for line in report.failures()} == {True}
    assert settings.published_file.read_bytes() == good
    assert published.calls() == 4
    with published.home() as home:
        replay(home)
    assert published.sync(DAY + timedelta(days=1)).unsuccessful == ()
    assert published.calls() == 4, "the answers were in the vault"
    assert count(settings.published_file, "clarity_lane_loads") == 8
    assert count(settings.published_file, "ad_entities") == 1


def test_an_older_copy_of_it_is_not_published(published: World, tmp_path: Path) -> None:
    settings = published.settings
    shutil.copyfile(settings.warehouse_file, tmp_path / "older")
    published.later(days=1)
    assert published.sync(DAY + timedelta(days=1)).unsuccessful == ()
    good = rows(settings.published_file)
    shutil.copyfile(tmp_path / "older", settings.warehouse_file)
    with published.home() as home:
        with pytest.raises(WarehouseKnowsLess, match="has 4 lanes, and 8 were loaded"):
            publish_warehouse(home)
        assert "older than what is published" in " ".join(replay(home).notes)
        publish_warehouse(home)
    assert rows(settings.published_file) == good
    assert count(settings.published_file, "ad_entities") == 1


def test_an_older_copy_with_every_lane_and_without_what_people_delivered_since_is_not_published(
    synced: World, tmp_path: Path
) -> None:
    """The lanes are those of the ledger; the generation of the warehouse tells."""
    settings = synced.settings
    with synced.home() as home:
        publish_warehouse(home)
    shutil.copyfile(settings.warehouse_file, tmp_path / "older")
    ads(synced)
    for _ in range(3):
        with synced.home() as home:
            publish_warehouse(home)
    assert count(settings.published_file, "ad_entities") == 1
    shutil.copyfile(tmp_path / "older", settings.warehouse_file)
    with synced.home() as home:
        with pytest.raises(WarehouseKnowsLess, match="older than what is published"):
            publish_warehouse(home)
        assert count(settings.published_file, "ad_entities") == 1
        notes = replay(home).notes
        assert any("older than what is published" in note for note in notes)
        publish_warehouse(home)
    assert count(settings.published_file, "ad_entities") == 1
    assert count(settings.published_file, "clarity_lane_loads") == 4


def test_the_warehouse_of_another_home_is_not_published_and_nothing_of_it_is_taken_over(published: World, tmp_path: Path) -> None:
    other = World(tmp_path / "other")
    with other.fake:
        other.connect("theirs")
        other.sync(business_ids=["theirs"])
        theirs = other.settings.warehouse_file
    settings = published.settings
    expected = rows(settings.published_file)
    shutil.copyfile(theirs, settings.warehouse_file)
    with published.home() as home:
        home.ledger.note(home.ledger.all()[0])  # of a night that is not published yet
        with pytest.raises(WarehouseKnowsLess, match="is missing"):
            publish_warehouse(home)
        assert "another home" in " ".join(replay(home).notes)
        publish_warehouse(home)
    assert rows(settings.published_file) == expected
    assert count(settings.published_file, "ad_entities") == 1


def leave_a_log(world: World) -> Path:
    """A process that is killed behind a commit: what it wrote is in the log alone."""
    code = """
import duckdb, os, sys
connection = duckdb.connect(sys.argv[1], config={"threads": 1})
connection.execute("update clarity_daily_metrics set loaded_at = loaded_at + interval 1 second")
connection.execute("update ad_entities set name = name || ' (new)'")
os._exit(0)
"""
    subprocess.run([sys.executable, "-c", code, str(world.settings.warehouse_file)], check=True)
    return write_ahead_log(world.settings.warehouse_file)


def test_of_a_file_with_a_damaged_log_only_the_log_is_set_aside(published: World) -> None:
    settings = published.settings
    expected, good = rows(settings.published_file), settings.published_file.read_bytes()
    log = leave_a_log(published)
    content = bytearray(log.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 64] = bytes(each ^ 0xFF for each in content[middle : middle + 64])
    log.write_bytes(content)
    with published.home() as home:
        with pytest.raises(WarehouseError, match=r"its log is damaged.*clarity-pipeline replay"):
            publish_warehouse(home)
        assert settings.published_file.read_bytes() == good
        notes = replay(home).notes
        assert ["damaged-" in note for note in notes] == [True, False]
        assert "import again what people delivered since" in notes[1]
        publish_warehouse(home)
    assert rows(settings.published_file) == expected
    assert count(settings.published_file, "ad_entities") == 1
    (kept,) = settings.home.glob("warehouse.duckdb.wal.damaged-*")
    assert kept.read_bytes() == content
    assert not list(settings.home.glob("warehouse.duckdb.damaged-*"))


def test_a_lane_that_was_lost_with_its_log_is_missed(published: World) -> None:
    with published.home() as home:
        lane = home.ledger.all()[0]
        home.ledger.note(lane)
        with home.warehouse.connect() as connection:
            connection.execute("delete from clarity_lane_loads where slice = $slice", {"slice": lane.slice})
        with pytest.raises(WarehouseKnowsLess, match=f"{lane.slice} is missing"):
            publish_warehouse(home)


def test_a_lane_with_other_numbers_than_were_loaded_is_missed(published: World) -> None:
    with published.home() as home:
        lane = home.ledger.all()[0]
        home.ledger.note(lane)
        with home.warehouse.connect() as connection:
            connection.execute("update clarity_daily_metrics set sessions = 1 where slice = $slice", {"slice": lane.slice})
        with pytest.raises(WarehouseKnowsLess, match="sessions, and had"):
            publish_warehouse(home)


def test_what_is_pruned_is_not_missed(published: World) -> None:
    published.later(days=40)
    with published.home() as home:
        assert home.ledger.count() == 4
        prune_rows(home, days=30, forget=True)
        publish_warehouse(home)
        assert home.ledger.count() in {0, 4}


def test_a_home_of_an_earlier_release_takes_what_its_warehouse_has(published: World) -> None:
    with published.home() as home:
        home.ledger.replace([])
        publish_warehouse(home)
        assert home.ledger.count() == 4


def test_a_vault_whose_businesses_nobody_knows_is_said(published: World) -> None:
    for path in published.folder.glob("state.db*"):
        path.unlink()
    with published.home() as home:
        assert "state_missing" in [each.code for each in store_findings(home)]


def test_a_new_home_begins_with_a_new_file(world: World) -> None:
    with world.home() as home:
        assert not home.ledger.knows_of_loads()
        publish_warehouse(home)


def test_the_command_says_what_it_set_aside(published: World, at_home: Callable[[World], Clarity]) -> None:  # noqa: F811
    published.settings.warehouse_file.unlink()
    ran = at_home(published)("publish")
    assert (ran.status, "is missing or empty" in ran.error, "clarity-pipeline replay" in ran.error) == (1, True, True)
    with published.home() as home:
        assert [each.code for each in store_findings(home)] == ["warehouse_missing"]
    ran = at_home(published)("replay")
    assert (ran.status, "taken from the published copy" in ran.err) == (0, True)
    assert at_home(published)("publish").status == 0
