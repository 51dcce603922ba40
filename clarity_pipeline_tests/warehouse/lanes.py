"""Lanes made by hand: Arrow tables with the columns of `clarity_daily_metrics`, one dict of what matters a row."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa

from clarity_pipeline.clarity.measures import MEASURES
from clarity_pipeline.normalize.columns import DAILY_METRICS_SCHEMA
from clarity_pipeline.warehouse.lane import Replaced, replace
from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline.warehouse.transaction import transaction

DAY = date(2026, 11, 20)
FETCHED_AT = datetime(2026, 11, 21, 0, 5, tzinfo=UTC)

COUNTS = [measure.column for measure in MEASURES if measure.fold == "sum"]
AVERAGES = [measure.column for measure in MEASURES if measure.fold == "mean"]


def lane(
    rows: Iterable[Mapping[str, Any]], *, business_id: str = "acme", day: date = DAY, slice_name: str = "url_device"
) -> pa.Table:
    """Rows of one lane: what is not given is NULL, except what every row of a lane has."""
    shared = {
        "business_id": business_id,
        "date": day,
        "slice": slice_name,
        "raw_payload": '{"Traffic":[]}',
        "window_start": FETCHED_AT - timedelta(days=1),
        "window_end": FETCHED_AT,
        "fetched_at": FETCHED_AT,
        "loaded_at": FETCHED_AT,
        "quality": "aligned",
        "coverage": 0.9965,
        "truncated": False,
        "rows_merged": 1,
    }
    made = [{**shared, "dimension_hash": tuple_hash(slice_name, place), **row} for place, row in enumerate(rows)]
    return pa.Table.from_pylist(made, schema=DAILY_METRICS_SCHEMA)


def tuple_hash(slice_name: str, place: int) -> str:
    return hashlib.sha256(f"{slice_name} {place}".encode()).hexdigest()


def load(
    warehouse: Warehouse,
    rows: Iterable[Mapping[str, Any]],
    *,
    business_id: str = "acme",
    day: date = DAY,
    slice_name: str = "url_device",
    fetched_at: datetime | None = None,
    loaded_at: datetime | None = None,
) -> int:
    """Replace a lane by hand-made rows."""
    end = fetched_at or datetime.combine(day + timedelta(days=1), FETCHED_AT.timetz())
    loaded_at = loaded_at or end
    given = [{"loaded_at": loaded_at, **row} for row in rows]
    return put(
        warehouse,
        lane(given, business_id=business_id, day=day, slice_name=slice_name),
        business_id=business_id,
        date=day,
        slice_name=slice_name,
        window_start=end - timedelta(days=1),
        window_end=end,
        answer_sha256="0" * 64,
        loaded_at=loaded_at,
    ).rows


def put(warehouse: Warehouse, rows: pa.Table, **of_lane: Any) -> Replaced:
    """Replace a lane in a transaction of its own."""
    with warehouse.connect(what="loading by hand") as connection, transaction(connection):
        return replace(connection, rows, **of_lane)


def rows_of(warehouse: Warehouse, query: str, *values: Any) -> list[tuple[Any, ...]]:
    with warehouse.connect() as connection:
        return connection.execute(query, values).fetchall()
