"""The columns of `clarity_daily_metrics`, as data: their order and types. The warehouse inserts by these names."""

import pyarrow as pa

from clarity_pipeline.clarity.dimensions import DIMENSIONS
from clarity_pipeline.clarity.measures import MEASURES

_INSTANT = pa.timestamp("us", tz="UTC")

DAILY_METRICS_SCHEMA = pa.schema(
    [
        ("business_id", pa.string()),
        ("date", pa.date32()),
        ("slice", pa.string()),
        ("dimension_hash", pa.string()),
        *((name, pa.string()) for name in DIMENSIONS),
        *((measure.column, pa.int64() if measure.whole else pa.float64()) for measure in MEASURES),
        ("raw_payload", pa.string()),
        ("window_start", _INSTANT),
        ("window_end", _INSTANT),
        ("fetched_at", _INSTANT),
        ("loaded_at", _INSTANT),
        ("quality", pa.string()),
        ("coverage", pa.float64()),
        ("truncated", pa.bool_()),
        ("rows_merged", pa.int64()),
    ]
)
"""One row is one canonical tuple of one slice of one business on one UTC date."""
