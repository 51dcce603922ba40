from pathlib import Path

import duckdb
import pytest

from clarity_pipeline.normalize.columns import DAILY_METRICS_SCHEMA
from clarity_pipeline.warehouse import schema
from clarity_pipeline.warehouse.errors import WarehouseTooNew
from clarity_pipeline.warehouse.marts import MARTS, refresh
from clarity_pipeline.warehouse.statements import statement
from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline_tests.warehouse.lanes import DAY, load, rows_of

CONTRACT = {
    "varchar": "business_id slice dimension_hash url device country source medium campaign channel browser os quality",
    "date": "date",
    "double": "pages_per_session scroll_depth coverage",
    "json": "raw_payload",
    "timestamp with time zone": "window_start window_end fetched_at loaded_at",
    "boolean": "truncated",
}


def test_the_table_has_the_columns_of_the_public_surface_in_order(warehouse: Warehouse) -> None:
    columns = rows_of(
        warehouse, "select column_name, lower(data_type) from duckdb_columns() where table_name = 'clarity_daily_metrics'"
    )
    types = {name: kind for kind, names in CONTRACT.items() for name in names.split()}
    assert columns == [(name, types.get(name, "bigint")) for name in DAILY_METRICS_SCHEMA.names]


def test_raw_payload_is_compressed_with_zstd_in_the_file(warehouse: Warehouse) -> None:
    load(warehouse, [{"raw_payload": '{"Traffic":[' + ",".join(f'"{n} sessions"' for n in range(99)) + "]}"}] * 500)
    used = rows_of(
        warehouse,
        "select distinct compression from pragma_storage_info('clarity_daily_metrics')"
        " where column_name = 'raw_payload' and segment_type = 'JSON'",
    )
    assert used == [("ZSTD",)]


def test_no_table_has_an_index(warehouse: Warehouse) -> None:
    assert rows_of(warehouse, "select count(*) from duckdb_indexes()") == [(0,)]
    assert rows_of(warehouse, "select count(*) from duckdb_constraints() where constraint_type <> 'NOT NULL'") == [(0,)]


def test_a_later_release_takes_only_the_steps_that_are_missing(warehouse: Warehouse) -> None:
    load(warehouse, [{"sessions": 3}])

    def one_column_more(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("alter table clarity_daily_metrics add column screens bigint")

    later = (*schema.STEPS, one_column_more)
    with warehouse.connect() as connection:
        schema.bring_up(connection, later)
        schema.bring_up(connection, later)
        assert schema.version(connection) == len(later)
        assert connection.execute("select sessions, screens from clarity_daily_metrics").fetchall() == [(3, None)]
    with (
        pytest.raises(WarehouseTooNew, match=f"layout {len(later)} and this release knows {len(schema.STEPS)}"),
        warehouse.connect(),
    ):
        pass


def test_a_step_that_fails_leaves_the_file_as_it_was(warehouse: Warehouse) -> None:
    def half_a_step(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("drop table url_day")
        connection.execute("select nonsense")

    with warehouse.connect() as connection:
        with pytest.raises(duckdb.Error):
            schema.bring_up(connection, (*schema.STEPS, half_a_step))
        assert schema.version(connection) == len(schema.STEPS)
        assert connection.execute("select count(*) from url_day").fetchall() == [(0,)]


def test_views_and_macros_answer_on_an_empty_file(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "new.duckdb")
    assert rows_of(warehouse, "from latest_business_day") == rows_of(warehouse, "from lane_coverage") == []
    assert rows_of(warehouse, "from url_behavioral_aggregates('acme', date '2026-01-01', date '2026-12-31')") == []
    assert rows_of(warehouse, "from business_behavioral_aggregates('acme', date '2026-01-01', date '2026-12-31')") == [
        (None,) * 10
    ]


def test_the_views_say_what_is_latest_and_what_is_covered(warehouse: Warehouse) -> None:
    load(warehouse, [{"sessions": 3}, {"sessions": 4, "truncated": True}])
    load(warehouse, [], slice_name="url_source")
    with warehouse.connect() as connection:
        refresh(connection, [MARTS["business_day"]], business_id="acme", date=DAY)
    assert rows_of(warehouse, "select business_id, date, sessions from latest_business_day") == [("acme", DAY, 7)]
    ((business_id, day, slices, rows, coverage, truncated),) = rows_of(
        warehouse, "select business_id, date, slices, rows, coverage, truncated from lane_coverage"
    )
    assert (business_id, day, slices, rows, truncated) == ("acme", DAY, ["url_device", "url_source"], 2, True)
    assert coverage == pytest.approx(0.99652, abs=1e-5)


def test_a_file_of_before_has_its_hosts_summed_up_once(tmp_path: Path) -> None:
    path, hosts = tmp_path / "old.duckdb", "select host, sessions from host_day order by host"
    before = next(place for place, step in enumerate(schema.STEPS) if step.__name__ == "_sum_up_hosts")
    with duckdb.connect(path) as connection:
        connection.execute(statement("tables/ad_entities"))  # a macro of this release reads it, none of that one did
        schema.bring_up(connection, schema.STEPS[:before])
        connection.execute("drop table ad_entities")
        connection.execute("drop table host_day")  # the first step of this release makes it, that of the last one did not
        connection.execute(
            "insert into clarity_daily_metrics (business_id, date, slice, dimension_hash, url, sessions) values"
            " ('acme', '2026-11-20', 'url_device', 'a', 'https://one.example/a', 3),"
            " ('acme', '2026-11-20', 'url_device', 'b', 'https://one.example/b', 4),"
            " ('acme', '2026-11-20', 'url_device', 'c', 'https://two.example/', 5)"
        )
        schema.bring_up(connection)
        assert connection.execute(hosts).fetchall() == [("one.example", 7), ("two.example", 5)]
        schema.bring_up(connection)
        assert len(connection.execute(hosts).fetchall()) == 2
