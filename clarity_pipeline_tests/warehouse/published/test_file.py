from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa

from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.alerts import alerts
from clarity_pipeline.state.schema.every_table import every_table
from clarity_pipeline.state.schema.rules import rule_evaluations
from clarity_pipeline.warehouse.published.file import publish
from clarity_pipeline.warehouse.published.tables import BESIDE
from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline_tests.warehouse.lanes import DAY, load, rows_of

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
    assert [path.name for path in copy.parent.glob("[!.]*")] == ["clarity.duckdb"], "analysts see one file"


def test_a_log_that_somebody_left_beside_the_copy_does_not_spoil_the_next(warehouse: Warehouse, copy: Path) -> None:
    load(warehouse, [{"sessions": 1}])
    publish(warehouse, copy)
    copy.with_name("clarity.duckdb.wal").write_bytes(b"of another life" * 99)
    publish(warehouse, copy)
    assert read(copy, SESSIONS) == [(1,)]


def test_the_tables_beside_follow_the_state_database(warehouse: Warehouse, copy: Path, any_state: StateDatabase) -> None:
    evaluated = datetime(2026, 11, 21, 0, 6, tzinfo=UTC)
    one = {"rule_id": "rage", "business_id": "acme", "scope": "business", "entity": "", "date": DAY, "revision": 1}
    said = {"outcome": "fired", "evidence": [{"value": 0.3, "said": "für"}], "evaluated_at": evaluated, "attached": None}
    alert = {"rule_id": "rage", "business_id": "acme", "severity": "info", "state": "firing", "opened_on": DAY, "summary": ""}
    for name in ("a", "b"):
        _write(any_state, sa.insert(alerts).values(alert_id=name, last_fired_on=DAY, last_evaluated_on=DAY, **alert))
    _write(any_state, sa.insert(rule_evaluations).values(**one, **said))
    publish(warehouse, copy, state=any_state)
    seen = "select rule_id, date, evidence[0].value::double, evidence[0]->>'said', attached, epoch(evaluated_at)"
    expected = [("rage", DAY, 0.3, "für", None, evaluated.timestamp())]
    assert read(copy, f"{seen} from clarity_rule_evaluations") == expected
    _write(any_state, sa.delete(alerts).where(alerts.c.alert_id == "a"))
    _write(any_state, sa.update(alerts).values(state="resolved"))
    published = publish(warehouse, copy, state=any_state)
    assert (published.way, published.rows) == ("copy", 1)
    assert read(copy, "select alert_id, state from clarity_alerts") == [("b", "resolved")]
    assert read(copy, f"{seen} from clarity_rule_evaluations") == expected
    assert rows_of(warehouse, "from clarity_alerts") == [], "the working file has none of these rows"


def _write(state: StateDatabase, statement: sa.Executable) -> None:
    with state.write() as connection:
        connection.execute(statement)


def test_the_tables_beside_have_the_columns_of_the_state_database(warehouse: Warehouse) -> None:
    for table in BESIDE:
        columns = rows_of(warehouse, "select column_name from duckdb_columns() where table_name = ? order by column_index", table)
        assert [name for (name,) in columns] == [column.name for column in every_table().tables[table].columns]
