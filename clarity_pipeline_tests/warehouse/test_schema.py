from pathlib import Path

import pytest

from clarity_pipeline.normalize.columns import DAILY_METRICS_SCHEMA
from clarity_pipeline.warehouse.marts import MARTS, refresh
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


def test_views_and_macros_answer_on_an_empty_file(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "new.duckdb")
    assert rows_of(warehouse, "from latest_business_day") == rows_of(warehouse, "from lane_coverage") == []
    assert rows_of(warehouse, "from url_behavioral_aggregates('acme', date '2026-01-01', date '2026-12-31')") == []
    nothing = (365, 0, None, None, None, 0)
    for macro, metrics in (("business", 10), ("site", 13)):
        asked = f"from {macro}_behavioral_aggregates('acme', date '2026-01-01', date '2026-12-31')"
        assert rows_of(warehouse, asked) == [(None,) * metrics + nothing]


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
