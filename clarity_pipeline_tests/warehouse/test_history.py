import signal
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from clarity_pipeline.normalize.version import NORMALISER_VERSION
from clarity_pipeline.warehouse import schema
from clarity_pipeline.warehouse.published.file import publish
from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline_tests.released.files import WAREHOUSES
from clarity_pipeline_tests.warehouse.lanes import FETCHED_AT, load, rows_of
from clarity_pipeline_tests.warehouse.processes import finish, start

FIRST, SECOND, THIRD = (FETCHED_AT + timedelta(minutes=minutes) for minutes in (1, 20, 40))
MOMENT = timedelta(microseconds=1)
HISTORY = "select sessions, loaded_at, superseded_at from clarity_daily_metrics_history order by all"
KNOWN = "select sessions from clarity_daily_metrics_as_known_at(?) order by all"


def known_at(warehouse: Warehouse, instant: datetime) -> list[int]:
    return [sessions for (sessions,) in rows_of(warehouse, KNOWN, instant)]


def test_every_instant_knows_what_was_loaded_by_then(warehouse: Warehouse) -> None:
    load(warehouse, [{"sessions": 1}, {"sessions": 2}], loaded_at=FIRST)
    load(warehouse, [{"sessions": 3}], loaded_at=SECOND)
    load(warehouse, [], loaded_at=THIRD)
    load(warehouse, [{"sessions": 9}], slice_name="url_source", loaded_at=SECOND)
    assert [known_at(warehouse, at) for at in (FIRST - MOMENT, FIRST, SECOND - MOMENT, SECOND, THIRD - MOMENT, THIRD)] == [
        [], [1, 2], [1, 2], [3, 9], [3, 9], [9],
    ]  # fmt: skip
    assert rows_of(warehouse, HISTORY) == [(1, FIRST, SECOND), (2, FIRST, SECOND), (3, SECOND, THIRD)]


def test_rows_that_say_the_same_stay_as_they_are(warehouse: Warehouse) -> None:
    rows = [{"sessions": 1, "scroll_depth": None, "raw_payload": '{"Traffic":[{"a":1}]}'}, {"sessions": 2}, {"sessions": 2}]
    for loaded_at in (FIRST, SECOND, THIRD):
        load(warehouse, rows, loaded_at=loaded_at)
    assert rows_of(warehouse, "select distinct loaded_at from clarity_daily_metrics") == [(FIRST,)]
    assert rows_of(warehouse, "select loaded_at, normaliser_version from clarity_lane_loads") == [(FIRST, NORMALISER_VERSION)]
    assert rows_of(warehouse, HISTORY) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"raw_payload": '{"Traffic":[{"a":2}]}'},
        {"scroll_depth": 0.0},
        {"truncated": True},
        {"url": "https://shop.example/"},
        {"window_end": FETCHED_AT + MOMENT},
    ],
)
def test_any_other_column_makes_other_rows(warehouse: Warehouse, changed: dict[str, object]) -> None:
    same = {"sessions": 1, "scroll_depth": None}
    load(warehouse, [same, same], loaded_at=FIRST)
    load(warehouse, [same, {**same, **changed}], loaded_at=SECOND)
    assert len(rows_of(warehouse, HISTORY)) == 2
    assert rows_of(warehouse, "select distinct loaded_at from clarity_daily_metrics") == [(SECOND,)]


def test_rows_that_somebody_took_away_come_back(warehouse: Warehouse) -> None:
    """The mark still says that they are there, and nothing that is there differs: only counting finds it."""
    load(warehouse, [{"sessions": 1}, {"sessions": 2}], loaded_at=FIRST)
    with warehouse.connect() as connection:
        connection.execute("delete from clarity_daily_metrics where sessions = 2")
    load(warehouse, [{"sessions": 1}, {"sessions": 2}], loaded_at=SECOND)
    assert known_at(warehouse, SECOND) == [1, 2]


@pytest.mark.parametrize("failpoint", ["lane_deleted", "lane_inserted", "lane_marked"])
def test_a_kill_while_a_lane_is_superseded_leaves_no_history_of_it(warehouse: Warehouse, failpoint: str) -> None:
    load(warehouse, [{"sessions": 1}], loaded_at=FIRST)
    assert finish(start(warehouse.path, "load", 2, failpoint=failpoint)) == -signal.SIGKILL
    assert rows_of(warehouse, HISTORY) == []
    assert known_at(warehouse, THIRD) == [1]


def test_history_has_the_columns_of_the_table_and_its_compression(warehouse: Warehouse) -> None:
    query = "select column_name, data_type from duckdb_columns() where table_name = ? order by column_index"
    columns = rows_of(warehouse, query, "clarity_daily_metrics")
    assert rows_of(warehouse, query, "clarity_daily_metrics_history") == [*columns, ("superseded_at", "TIMESTAMP WITH TIME ZONE")]
    payload = '{"Traffic":[' + ",".join(f'"{n} sessions"' for n in range(99)) + "]}"
    for loaded_at in (FIRST, SECOND):
        load(warehouse, [{"raw_payload": payload, "loaded_at": loaded_at, "fetched_at": loaded_at}] * 500, loaded_at=loaded_at)
    used = rows_of(
        warehouse,
        "select distinct compression from pragma_storage_info('clarity_daily_metrics_history')"
        " where column_name = 'raw_payload' and segment_type = 'JSON'",
    )
    assert used == [("ZSTD",)]


def test_a_file_of_the_first_release_gets_its_history_from_now_on(tmp_path: Path) -> None:
    warehouse = Warehouse(WAREHOUSES[0].unpack(tmp_path))
    assert rows_of(warehouse, "select distinct normaliser_version from clarity_lane_loads") == [(None,)]
    day = date(2026, 5, 3)
    lane = "from clarity_daily_metrics{} where date = ? and slice = 'url_device'"
    before = rows_of(warehouse, f"select dimension_hash, sessions, loaded_at {lane.format('')} order by all", day)
    assert before
    load(warehouse, [{"sessions": 2}], day=day, loaded_at=SECOND)
    history = rows_of(warehouse, f"select dimension_hash, sessions, loaded_at {lane.format('_history')} order by all", day)
    assert history == before
    assert rows_of(warehouse, "select version from clarity_schema_versions order by all") == [
        (step.layout,) for step in schema.steps()
    ]


def test_the_published_copy_tells_the_past_too(warehouse: Warehouse, tmp_path: Path) -> None:
    load(warehouse, [{"sessions": 1}], loaded_at=FIRST)
    load(warehouse, [{"sessions": 2}], loaded_at=SECOND)
    copy = publish(warehouse, tmp_path / "clarity.duckdb").path
    with duckdb.connect(copy, read_only=True) as connection:
        assert connection.execute(KNOWN, [datetime(2026, 11, 21, 0, 10, tzinfo=UTC)]).fetchall() == [(1,)]
