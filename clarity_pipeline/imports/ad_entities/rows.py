"""What is loaded of an ad entity: the Arrow schema of rows on their way to the table `ad_entities`."""

import pyarrow as pa

SCHEMA = pa.schema(
    [
        ("business_id", pa.string()),
        ("date", pa.date32()),
        ("level", pa.string()),
        ("entity_id", pa.string()),
        ("parent_id", pa.string()),
        ("name", pa.string()),
        ("landing_url", pa.string()),
        ("metric_names", pa.list_(pa.string())),
        ("metric_values", pa.list_(pa.float64())),
        ("source", pa.string()),
        ("source_sha256", pa.string()),
        ("loaded_at", pa.timestamp("us", "UTC")),
        ("currency", pa.string()),
        ("time_zone", pa.string()),
    ]
)
"""`metric_names` and `metric_values` become the map `metrics`; `currency` is ISO 4217, `time_zone` IANA, None where not told."""
