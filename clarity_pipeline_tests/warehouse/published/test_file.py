from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from clarity_pipeline.state.schema.every_table import every_table
from clarity_pipeline.warehouse.published.file import BESIDE, publish
from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline_tests.warehouse.lanes import load, rows_of

SESSIONS = "select sessions from clarity_daily_metrics"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "published" / "clarity.duckdb"


def read(copy: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(copy, read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_before_the_first_load_the_tables_are_published_empty(new_warehouse: Warehouse, copy: Path) -> None:
    published = publish(new_warehouse, copy)
    assert published.path == copy
    assert published.size_bytes == copy.stat().st_size > 0
    assert published.seconds > 0
    for table in ("clarity_daily_metrics", "business_day", "campaign_day", *BESIDE):
        assert read(copy, f"from {table}") == []


def test_a_reader_keeps_the_old_copy_and_the_next_one_gets_the_new(warehouse: Warehouse, copy: Path) -> None:
    load(warehouse, [{"sessions": 1}])
    publish(warehouse, copy)
    with duckdb.connect(copy, read_only=True) as reader:
        load(warehouse, [{"sessions": 2}])
        publish(warehouse, copy)
        assert reader.execute(SESSIONS).fetchall() == [(1,)]
    assert read(copy, SESSIONS) == [(2,)]
    assert [path.name for path in copy.parent.iterdir()] == ["clarity.duckdb"]


def test_a_log_that_somebody_left_beside_the_copy_does_not_spoil_the_next(warehouse: Warehouse, copy: Path) -> None:
    load(warehouse, [{"sessions": 1}])
    publish(warehouse, copy)
    copy.with_name("clarity.duckdb.wal").write_bytes(b"of another life" * 99)
    publish(warehouse, copy)
    assert read(copy, SESSIONS) == [(1,)]


def test_the_tables_beside_are_replaced_and_the_others_stay(warehouse: Warehouse, copy: Path) -> None:
    evaluated = datetime(2026, 11, 21, 0, 6, tzinfo=UTC)
    one = {"rule_id": "rage", "business_id": "acme", "date": date(2026, 11, 20), "evidence": '[{"value":0.3}]'}
    evaluations = pa.Table.from_pylist([{**one, "reason": None, "evaluated_at": evaluated}])
    alerts = pa.table({"alert_id": ["a", "b"], "opened_on": [date(2026, 11, 20)] * 2})
    publish(warehouse, copy, beside={"clarity_rule_evaluations": evaluations, "clarity_alerts": alerts})
    seen = "select rule_id, date, evidence[0].value::double, reason, epoch(evaluated_at) from clarity_rule_evaluations"
    assert read(copy, seen) == [("rage", date(2026, 11, 20), 0.3, None, evaluated.timestamp())]
    publish(warehouse, copy, beside={"clarity_alerts": alerts.slice(1), "clarity_sync_jobs": pa.table({})})
    assert read(copy, "select alert_id from clarity_alerts") == [("b",)]
    assert len(read(copy, "from clarity_rule_evaluations")) == 1
    assert rows_of(warehouse, "select alert_id from clarity_alerts") == [("b",)]


def test_a_table_that_is_not_ours_to_publish_is_refused(warehouse: Warehouse, copy: Path) -> None:
    with pytest.raises(ValueError, match="clarity_outbox"):
        publish(warehouse, copy, beside={"clarity_outbox": pa.table({})})
    assert not copy.exists()


def test_the_tables_beside_have_the_columns_of_the_state_database(warehouse: Warehouse) -> None:
    for table in BESIDE:
        columns = rows_of(warehouse, "select column_name from duckdb_columns() where table_name = ? order by column_index", table)
        assert [name for (name,) in columns] == [column.name for column in every_table().tables[table].columns]
