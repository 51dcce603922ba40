import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from clarity_pipeline.warehouse.errors import WarehouseBusy
from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline_tests.warehouse.lanes import load, rows_of
from clarity_pipeline_tests.warehouse.processes import finish, holding, start


def test_who_gives_up_waiting_is_told_who_holds_the_warehouse(warehouse: Warehouse) -> None:
    impatient = Warehouse(warehouse.path, wait_seconds=0.1)
    with holding(warehouse.path, "hold") as holder, pytest.raises(WarehouseBusy) as caught:
        load(impatient, [])
    assert str(caught.value) == (
        f"the warehouse is held by process {holder.pid} (loading acme 2026-11-20 url_device) and did not come free within 0.1 s;"
        " wait for it to finish or end that process, then run this again"
    )
    assert caught.value.reason == "warehouse_busy"


def test_a_killed_holder_blocks_nobody(warehouse: Warehouse) -> None:
    with holding(warehouse.path, "hold") as holder:
        holder.kill()
        holder.wait()
        assert load(warehouse, [{"sessions": 1}]) == 1


def test_an_analyst_in_the_working_file_is_named_and_told_to_take_the_copy(warehouse: Warehouse) -> None:
    load(warehouse, [{"sessions": 1}])
    impatient = Warehouse(warehouse.path, wait_seconds=0.1)
    with holding(warehouse.path, "open_as_analyst") as analyst, pytest.raises(WarehouseBusy) as caught:
        load(impatient, [])
    assert str(caught.value) == (
        f"process {analyst.pid} has warehouse.duckdb open, which is the pipeline's own file;"
        " end that process, open the published copy instead, then run this again"
    )
    assert rows_of(warehouse, "select sessions from clarity_daily_metrics") == [(1,)]


def test_processes_that_start_at_once_on_no_file_all_load(new_warehouse: Warehouse) -> None:
    started = [start(new_warehouse.path, "load_often", number) for number in range(4)]
    assert [finish(process) for process in started] == [0, 0, 0, 0]
    assert rows_of(new_warehouse, "select business_id, count(*) from clarity_daily_metrics group by all order by all") == [
        (f"business{number}", 3) for number in range(4)
    ]


def test_threads_take_turns(warehouse: Warehouse) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda number: load(warehouse, [{"sessions": number}], business_id=f"b{number}"), range(8)))
    assert rows_of(warehouse, "select sum(sessions), count(*) from clarity_daily_metrics") == [(28, 8)]


def test_another_thread_waits_for_the_connection_of_this_one(warehouse: Warehouse) -> None:
    impatient = Warehouse(warehouse.path, wait_seconds=0.1)
    with warehouse.connect(what="reading"), ThreadPoolExecutor(1) as threads:
        outcome = threads.submit(load, impatient, []).exception()
    assert isinstance(outcome, WarehouseBusy)
    assert f"held by process {os.getpid()} (reading)" in str(outcome)
