"""The partition grid: where it begins, and who stands in it."""

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import pytest

from clarity_pipeline.connections.grid import grid_starts_on, new_grid_start, three_months_before
from clarity_pipeline.definitions import build
from clarity_pipeline.orchestration.grid import register_businesses
from clarity_pipeline.orchestration.here import execute_here
from clarity_pipeline.orchestration.instance import open_instance
from clarity_pipeline.orchestration.partitions import BUSINESS, partition_key
from clarity_pipeline.orchestration.sync import quiet_dagster
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.state.database import open_state
from clarity_pipeline_tests.released.files import STATES, KeptFile
from clarity_pipeline_tests.world import DAY, World

URL_DEVICE = dg.AssetKey(["clarity_raw", "url_device"])


def first_date(settings: Settings) -> date:
    """Of the grid that Dagster is told of."""
    node = build(settings).get_repository_def().asset_graph.get(dg.AssetKey("business_day"))
    assert isinstance(node.partitions_def, dg.MultiPartitionsDefinition)
    dates = node.partitions_def.get_partitions_def_for_dimension("date")
    return date.fromisoformat(dates.get_first_partition_key() or "")


def test_the_grid_begins_three_months_before_the_first_connect_for_ever(world: World) -> None:
    assert first_date(world.settings) == date(2026, 2, 1)
    world.now = datetime(2026, 6, 1, 0, 5, tzinfo=UTC)
    assert new_grid_start(world.settings) == date(2026, 3, 1)
    assert first_date(world.settings) == date(2026, 2, 1)
    world.connect("later")
    world.now = datetime(2027, 1, 1, 0, 5, tzinfo=UTC)
    assert first_date(world.settings) == date(2026, 2, 1)


@pytest.mark.parametrize(
    ("day", "first"),
    [
        (date(2026, 5, 4), date(2026, 2, 1)),
        (date(2026, 2, 28), date(2025, 11, 1)),
        (date(2026, 3, 31), date(2025, 12, 1)),
    ],
)
def test_the_grid_of_a_new_home_begins_three_months_back(day: date, first: date) -> None:
    assert three_months_before(day) == first


def test_who_sets_the_start_has_said_it(world: World) -> None:
    given = Settings(home=world.folder, api_base_url=world.fake.base_url, now=world.now, partitions_start=date(2026, 4, 7))
    assert first_date(given) == date(2026, 4, 7)


def test_a_home_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", api_base_url="http://127.0.0.1", now=datetime(2026, 5, 4, tzinfo=UTC))
    assert first_date(settings) == date(2026, 2, 1)
    assert list(tmp_path.iterdir()) == []


BEFORE_THE_GRID = [each for each in STATES if each.number < 18][-3:]


@pytest.mark.parametrize("kept", BEFORE_THE_GRID, ids=lambda kept: f"{kept.number:04}")
def test_a_home_of_an_earlier_release_keeps_all_that_it_has_loaded(kept: KeptFile, tmp_path: Path) -> None:
    """Also before it is migrated, which looking at the definitions does not do."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(kept.unpack(tmp_path), home / "state.db")
    with closing(sqlite3.connect(home / "state.db")) as connection, connection:
        connection.execute("update clarity_sync_jobs set date = '2025-11-20' where job_id = 1")
        loaded = "select min(date) from clarity_sync_jobs where loaded_at is not null"
        assert connection.execute(loaded).fetchall() == [("2025-11-20",)]
    settings = Settings(home=home, api_base_url="http://127.0.0.1", now=datetime(2027, 5, 4, tzinfo=UTC))
    assert grid_starts_on(settings) == date(2025, 11, 20)
    state = open_state(settings)
    state.dispose()
    assert grid_starts_on(settings) == date(2025, 11, 20), "and migrated"


def ticked(world: World) -> dg.RunRequest | str:
    """What the sensor asks for; a run that it asks for is run."""
    with world.home() as home, open_instance(world.settings) as instance:
        with dg.build_sensor_context(instance=instance, resources={"home": home}) as context:
            outcome = register_businesses(context)
        if isinstance(outcome, dg.SkipReason):
            return outcome.skip_message or ""
        job = build(world.settings).resolve_job_def("business_grid")
        config = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        assert execute_here(job, instance=instance, resources={"home": home}, run_config=config).success
        assert isinstance(outcome, dg.RunRequest)
        return outcome


def shown(world: World) -> Sequence[str]:
    with open_instance(world.settings) as instance:
        return instance.get_dynamic_partitions(BUSINESS)


def test_connected_businesses_come_by_a_run_and_a_tick_that_asks_for_it_is_no_skipped_one(world: World) -> None:
    world.connect("zeta")
    with open_instance(world.settings) as instance:
        instance.add_dynamic_partitions(BUSINESS, ["long-gone"])
    assert isinstance(ticked(world), dg.RunRequest)
    assert set(shown(world)) == {"acme", "zeta", "long-gone"}, "whom this home does not know is not its to take out"
    assert ticked(world) == "All 2 connected businesses are in the grid."


def test_a_disconnected_business_leaves_the_lists_and_its_history_is_there_when_it_comes_back(synced: World) -> None:
    with synced.home() as home:
        home.connections.disconnect("acme")
    assert isinstance(ticked(synced), dg.RunRequest)
    assert shown(synced) == []
    assert ticked(synced) == "All 0 connected businesses are in the grid."
    key = partition_key("acme", DAY)
    with open_instance(synced.settings) as instance:
        assert [each.partition_key for each in instance.fetch_materializations(URL_DEVICE, limit=5).records] == [key]
    synced.connect()
    assert isinstance(ticked(synced), dg.RunRequest)
    assert shown(synced) == ["acme"]
    with open_instance(synced.settings) as instance:
        assert instance.get_materialized_partitions(URL_DEVICE) == {key}


def test_a_business_whose_run_has_not_ended_stays_until_it_has(synced: World) -> None:
    with synced.home() as home:
        home.connections.disconnect("acme")
    with quiet_dagster(), open_instance(synced.settings) as instance:
        job = build(synced.settings).resolve_job_def("daily_sync")
        run = instance.create_run_for_job(job_def=job, tags={"dagster/partition/business": "acme"})
    assert ticked(synced) == "All 0 connected businesses are in the grid."
    with open_instance(synced.settings) as instance:
        instance.report_run_canceled(run)
    assert isinstance(ticked(synced), dg.RunRequest)
    assert shown(synced) == []
