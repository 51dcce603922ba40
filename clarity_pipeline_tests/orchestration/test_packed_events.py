"""Events in a tenth of the room say what Dagster's own storage would, in each of its tables."""

import hashlib
import sqlite3
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.storage.event_log import ConsolidatedSqliteEventLogStorage

from clarity_pipeline.orchestration.event_log import PooledSqliteEventLogStorage
from clarity_pipeline.orchestration.instance import open_instance
from clarity_pipeline.orchestration.packed_events import packed, unpacked
from clarity_pipeline_tests.world import World

TABLES = ("event_logs", "asset_keys", "asset_event_tags", "asset_check_executions")
NOT_COMPARED = {"create_timestamp", "timestamp"}  # when it was written, by the machine's clock


@pytest.mark.parametrize("text", ["", "{}", '{"__class__": "EventLogEntry"}', "ä" * 500, '{"__class__": "' + "Step" * 900 + '"}'])
def test_a_packed_text_is_read_as_it_was(text: str) -> None:
    assert unpacked(packed(text).encode()) == text


def test_texts_of_before_are_read_as_they_are() -> None:
    assert unpacked(b'{"__class__": "EventLogEntry", "level": 10}') == '{"__class__": "EventLogEntry", "level": 10}'


def test_the_first_words_never_change_since_what_was_packed_by_them_is_read_with_them_alone() -> None:
    words = files("clarity_pipeline.orchestration").joinpath("event_words.txt").read_bytes()
    assert hashlib.sha256(words).hexdigest() == "62cd755c495b5bd0f4596b54b7c9cba524625777debe1006f1cc807babdb0c19"


@pytest.fixture
def both(synced: World, tmp_path: Path) -> dict[str, Path]:
    """The events of a day, stored by Dagster's own class and by ours."""
    with open_instance(synced.settings) as instance:
        events = [each.event_log_entry for run in instance.get_run_ids() for each in instance.get_records_for_run(run).records]
    assert len(events) > 60
    made = {}
    for storage_class in (ConsolidatedSqliteEventLogStorage, PooledSqliteEventLogStorage):
        folder = tmp_path / storage_class.__name__
        storage: Any = storage_class(str(folder))
        for event in events:
            storage.store_event(event)
        storage.dispose()
        made[storage_class.__name__] = folder / "event_log.db"
    return made


def rows(file: Path, table: str) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(file)) as connection:
        connection.text_factory = unpacked
        connection.row_factory = sqlite3.Row
        found = [dict(row) for row in connection.execute(f"select * from {table} order by id")]
    return [{name: value for name, value in row.items() if name not in NOT_COMPARED} for row in found]


def test_every_table_holds_what_dagsters_own_storage_writes(both: dict[str, Path]) -> None:
    for table in TABLES:
        theirs, ours = (rows(file, table) for file in both.values())
        assert theirs
        assert ours == theirs, table


def test_the_file_takes_less_than_a_third_of_the_room(both: dict[str, Path]) -> None:
    theirs, ours = (sum(len(str(row["event"])) for row in raw(file)) for file in both.values())
    assert ours < theirs / 6


def raw(file: Path) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(file)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute("select event from event_logs")]


def test_a_business_day_leaves_at_most_100_kb_of_events(synced: World) -> None:
    with open_instance(synced.settings) as instance:
        runs = instance.get_runs(filters=dg.RunsFilter(job_name="daily_sync"))
        events = [len(instance.all_logs(run.run_id)) for run in runs]
    assert len(events) == 1
    assert events[0] <= 100
    file = next((synced.folder / "dagster").rglob("event_log.db"))
    with closing(sqlite3.connect(file)) as connection:
        rows_and_indexes = "select sum(payload) from dbstat where name not in ('sqlite_schema', 'asset_keys')"
        ((held,),) = connection.execute(rows_and_indexes).fetchall()
    assert held < 100_000, "with the run that judges it and all indexes; an asset has one row, whatever comes"
