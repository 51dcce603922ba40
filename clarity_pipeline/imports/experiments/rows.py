"""What is loaded of an experiment: the Arrow schema of rows on their way to the table `experiments`."""

import pyarrow as pa

SCHEMA = pa.schema(
    [
        ("business_id", pa.string()),
        ("date", pa.date32()),
        ("experiment", pa.string()),
        ("variant", pa.string()),
        ("is_control", pa.bool_()),
        ("url_pattern", pa.string()),
        ("campaign_pattern", pa.string()),
        ("visitors", pa.int64()),
        ("conversions", pa.int64()),
        ("intended_share", pa.float64()),
        ("source", pa.string()),
        ("source_sha256", pa.string()),
        ("loaded_at", pa.timestamp("us", "UTC")),
    ]
)
