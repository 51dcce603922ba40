import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import duckdb
import pytest

from clarity_pipeline.warehouse.errors import WarehouseBusy, WarehouseUnreadable
from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline_tests.warehouse.lanes import DAY, FETCHED_AT, lane, load, put, rows_of
from clarity_pipeline_tests.warehouse.processes import finish, start

ALL = "select business_id, slice, sessions from clarity_daily_metrics order by all"
MARKS = "select business_id, slice, rows from clarity_lane_loads order by all"


def test_a_lane_is_replaced_and_its_neighbours_stay(warehouse: Warehouse) -> None:
    assert load(warehouse, [{"sessions": 1}, {"sessions": 2}]) == 2
    load(warehouse, [{"sessions": 3}], slice_name="url_source")
    load(warehouse, [{"sessions": 4}], business_id="other")
    assert load(warehouse, [{"sessions": 9}]) == 1
    assert rows_of(warehouse, ALL) == [("acme", "url_device", 9), ("acme", "url_source", 3), ("other", "url_device", 4)]
    assert rows_of(warehouse, MARKS) == [("acme", "url_device", 1), ("acme", "url_source", 1), ("other", "url_device", 1)]


def test_a_day_without_visits_removes_the_rows_of_an_earlier_load(warehouse: Warehouse) -> None:
    load(warehouse, [{"sessions": 1}])
    assert load(warehouse, []) == 0
    assert rows_of(warehouse, ALL) == []
    assert rows_of(warehouse, MARKS) == [("acme", "url_device", 0)]


def test_every_value_comes_back_as_it_went_in(warehouse: Warehouse) -> None:
    given = {"url": "https://shop.example/ä?'", "sessions": 2**62, "scroll_depth": 69.29, "raw_payload": '{"Traffic":[{"a":1}]}'}
    load(warehouse, [given])
    with warehouse.connect() as connection:
        (kept,) = connection.sql("from clarity_daily_metrics").to_arrow_table().to_pylist()
    (expected,) = lane([given]).to_pylist()
    assert kept == expected


def test_rows_of_another_lane_are_refused(warehouse: Warehouse) -> None:
    mark = {"window_start": FETCHED_AT, "window_end": FETCHED_AT, "answer_sha256": "", "loaded_at": FETCHED_AT}
    with pytest.raises(ValueError, match="another slice"):
        put(warehouse, lane([{}]), business_id="acme", date=DAY, slice_name="url_source", **mark)
    mixed = lane([{}, {"business_id": "other"}])
    with pytest.raises(ValueError, match="another business_id"):
        put(warehouse, mixed, business_id="acme", date=DAY, slice_name="url_device", **mark)


def test_a_missing_column_is_an_error_and_keeps_the_old_rows(warehouse: Warehouse) -> None:
    load(warehouse, [{"sessions": 1}])
    mark = {"window_start": FETCHED_AT, "window_end": FETCHED_AT, "answer_sha256": "", "loaded_at": FETCHED_AT}
    less = lane([{"sessions": 2}]).drop_columns(["rage_clicks"])
    with pytest.raises(duckdb.BinderException, match="rage_clicks"):
        put(warehouse, less, business_id="acme", date=DAY, slice_name="url_device", **mark)
    assert rows_of(warehouse, ALL) == [("acme", "url_device", 1)]


def test_instants_are_utc_whatever_the_machine_thinks(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    try:
        load(warehouse, [{}])
        shown, back = rows_of(warehouse, "select fetched_at::varchar, fetched_at from clarity_daily_metrics")[0]
    finally:
        monkeypatch.undo()
        time.tzset()
    assert shown == "2026-11-21 00:05:00+00"
    assert back == datetime(2026, 11, 21, 0, 5, tzinfo=UTC)


def test_the_connection_is_closed_and_rolled_back_after_an_error(warehouse: Warehouse) -> None:
    load(warehouse, [{"sessions": 1}])
    with pytest.raises(duckdb.CatalogException) as caught:
        delete_and_fail(warehouse)
    assert caught.value.__traceback__ is not None  # it still holds the frames, and so the connection, which must be closed
    assert rows_of(warehouse, ALL) == [("acme", "url_device", 1)]


def delete_and_fail(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        connection.begin()
        connection.execute("delete from clarity_daily_metrics")
        connection.execute("from nowhere")


def test_the_same_thread_may_connect_inside_a_connection(warehouse: Warehouse) -> None:
    with warehouse.connect() as outer:
        load(Warehouse(warehouse.path), [{"sessions": 1}])
        assert outer.execute(ALL).fetchall() == [("acme", "url_device", 1)]


def test_the_file_is_in_the_storage_version_of_duckdb_1_2_and_stays_there(new_warehouse: Warehouse) -> None:
    for sessions in range(3):
        load(new_warehouse, [{"sessions": sessions}])
    ((tags,),) = rows_of(new_warehouse, "select tags from duckdb_databases() where not internal")
    assert tags == {"storage_version": "v1.2.0+"}


def test_remains_of_a_lost_file_do_not_poison_a_new_one(new_warehouse: Warehouse) -> None:
    new_warehouse.path.parent.mkdir(parents=True)
    for remains in ("warehouse.duckdb.wal", "warehouse.duckdb.new", "warehouse.duckdb.new.wal"):
        (new_warehouse.path.parent / remains).write_bytes(os.urandom(9999))
    new_warehouse.path.touch()
    load(new_warehouse, [{"sessions": 1}])
    assert rows_of(new_warehouse, ALL) == [("acme", "url_device", 1)]


def test_a_file_that_is_no_database_is_named_in_one_line(new_warehouse: Warehouse) -> None:
    new_warehouse.path.parent.mkdir(parents=True)
    new_warehouse.path.write_bytes(b"certainly not a database" * 999)
    with pytest.raises(WarehouseUnreadable) as caught, new_warehouse.connect():
        pass
    assert str(caught.value) == (
        "DuckDB cannot read warehouse.duckdb (it is damaged or cut, IOException): `clarity-pipeline replay` sets aside what"
        " cannot be read and makes the warehouse anew from the vault, which spends no call"
    )
    assert caught.value.reason == "warehouse_unreadable"
    assert new_warehouse.path.read_bytes().startswith(b"certainly")


def test_what_is_kept_open_is_shared_by_the_thread_s_next_connections_and_given_up_when_it_is_let_go(
    warehouse: Warehouse,
) -> None:
    others = Warehouse(warehouse.path, wait_seconds=0.1)
    with warehouse.connect(what="loading", keep=True) as first:
        first.execute("create temp table mine as select 1")
    assert in_another_thread(others) == "busy"
    with pytest.raises(duckdb.CatalogException), warehouse.connect(keep=True) as second:
        second.execute("from mine")  # a connection of its own, and after an error nothing is kept
    assert in_another_thread(others) == "open"
    with warehouse.connect(keep=True):
        pass
    warehouse.let_go()
    assert in_another_thread(others) == "open"
    assert not warehouse.path.with_name(f"{warehouse.path.name}.wal").exists()


def test_a_connection_that_keeps_nothing_and_whoever_holds_the_file_close_what_was_kept(warehouse: Warehouse) -> None:
    others = Warehouse(warehouse.path, wait_seconds=0.1)
    with warehouse.connect(keep=True) as outer:
        with warehouse.connect():
            pass
        outer.execute("select 1")  # still open, since it is in use
    with warehouse.connect():
        pass
    assert in_another_thread(others) == "open"
    with warehouse.connect(keep=True) as connection:
        connection.execute("insert into clarity_schema_versions values (0)")
    with warehouse.hold(what="copying"):
        assert not warehouse.path.with_name(f"{warehouse.path.name}.wal").exists(), "a copy of the file alone would lack it"


def in_another_thread(warehouse: Warehouse) -> str:
    def look() -> str:
        try:
            with warehouse.connect():
                return "open"
        except WarehouseBusy:
            return "busy"

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(look).result()


def test_what_is_known_of_the_file_is_forgotten_when_it_is_let_go(warehouse: Warehouse) -> None:
    warehouse.know("acme", 1)
    assert warehouse.known_of("acme") is None  # nobody keeps the file: another process may write to it
    with warehouse.connect(keep=True):
        pass
    warehouse.know("acme", 1)
    assert warehouse.known_of("acme") == 1
    with warehouse.connect():  # whoever does not keep it may write what nobody notes
        pass
    assert warehouse.known_of("acme") is None


def test_the_file_is_let_go_between_two_uses_as_soon_as_another_process_waits_for_it(warehouse: Warehouse) -> None:
    with warehouse.connect(keep=True):
        pass
    warehouse.let_go_if_wanted()
    assert warehouse.known_of("acme") is None
    warehouse.know("acme", 1)
    assert warehouse.known_of("acme") == 1  # nobody waits, and it is still kept
    waiting = start(warehouse.path, "load_often", 1)
    deadline = time.monotonic() + 30
    while warehouse.known_of("acme") and time.monotonic() < deadline:
        time.sleep(0.02)
        warehouse.let_go_if_wanted()
    assert finish(waiting) == 0
    assert rows_of(warehouse, "select count(*) from clarity_daily_metrics") == [(3,)]
