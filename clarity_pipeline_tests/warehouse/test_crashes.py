import signal
from pathlib import Path

import duckdb
import pytest

from clarity_pipeline.warehouse.published.file import publish
from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline_tests.warehouse.lanes import load, rows_of
from clarity_pipeline_tests.warehouse.processes import finish, start

ROWS = "select sessions from clarity_daily_metrics"


@pytest.mark.parametrize("failpoint", ["lane_deleted", "lane_inserted", "lane_marked"])
def test_a_process_killed_while_it_replaces_a_lane_leaves_the_old_rows(warehouse: Warehouse, failpoint: str) -> None:
    load(warehouse, [{"sessions": 1}])
    assert finish(start(warehouse.path, "load", 2, failpoint=failpoint)) == -signal.SIGKILL
    assert rows_of(warehouse, ROWS) == [(1,)]
    assert rows_of(warehouse, "select rows from clarity_lane_loads") == [(1,)]
    load(warehouse, [{"sessions": 3}])
    assert rows_of(warehouse, ROWS) == [(3,)]


def test_the_same_kill_loses_the_lane_of_a_loader_without_a_transaction(warehouse: Warehouse) -> None:
    load(warehouse, [{"sessions": 1}])
    assert finish(start(warehouse.path, "load_naively", 2, failpoint="lane_deleted")) == -signal.SIGKILL
    assert rows_of(warehouse, ROWS) == []


def test_a_process_killed_while_it_makes_the_file_poisons_nothing(new_warehouse: Warehouse) -> None:
    assert finish(start(new_warehouse.path, "load", 2, failpoint="warehouse_built")) == -signal.SIGKILL
    assert not new_warehouse.path.exists()
    load(new_warehouse, [{"sessions": 1}])
    assert rows_of(new_warehouse, ROWS) == [(1,)]


def test_a_process_killed_while_it_publishes_leaves_the_old_copy(warehouse: Warehouse) -> None:
    copy = warehouse.path.with_name("clarity.duckdb")
    load(warehouse, [{"sessions": 1}])
    publish(warehouse, copy)
    load(warehouse, [{"sessions": 2}])
    assert finish(start(warehouse.path, "publish", failpoint="published_copied")) == -signal.SIGKILL
    assert _sessions(copy) == [(1,)]
    publish(warehouse, copy)
    assert _sessions(copy) == [(2,)]
    seen = sorted(path.name for path in copy.parent.glob("[!.]*"))
    assert seen == ["clarity.duckdb", "warehouse.duckdb", "warehouse.duckdb.lock"]


def _sessions(copy: Path) -> list[tuple[int]]:
    with duckdb.connect(copy, read_only=True) as connection:
        return connection.execute(ROWS).fetchall()
