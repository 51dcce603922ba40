"""Many lanes at once, into a file that has nothing of them yet. Called by `replayed_lanes`; `lane` replaces them one by one.

A statement costs as much for one lane as for a hundred: five milliseconds of a lane's fifteen were planning, measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from clarity_pipeline.clarity.window import coverage
from clarity_pipeline.normalize.version import NORMALISER_VERSION
from clarity_pipeline.warehouse.findings import OfAnswer
from clarity_pipeline.warehouse.lane import with_json
from clarity_pipeline.warehouse.statements import statement

if TYPE_CHECKING:
    import pyarrow
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class NewLane:
    """A lane of an answer of its own, whose rows are among those that are inserted with it; `found` is what the answer tells."""

    business_id: str
    date: date
    slice_name: str
    rows: int
    window_start: datetime
    window_end: datetime
    answer_sha256: str
    loaded_at: datetime
    dimensions: tuple[str, ...]
    found: tuple[OfAnswer, ...] = ()


def insert_new(
    connection: "DuckDBPyConnection", lanes: Sequence[NewLane], *, rows: "pyarrow.Table", lists: "pyarrow.Table | None"
) -> None:
    """Add the lanes with their `rows` (columns of `clarity_daily_metrics`) and `lists`, in the caller's transaction."""
    import pyarrow

    connection.register("lane", with_json(rows))
    connection.execute(statement("statements/insert_lane"))
    connection.register("loads", pyarrow.Table.from_pylist([_load(each) for each in lanes], schema=_loads_schema()))
    connection.execute("insert into clarity_lane_loads by name from loads")
    if lists is not None and len(lists):
        connection.register("lists", lists)
        connection.execute("insert into clarity_site_lists by name from lists")
    found = [_finding(each, finding) for each in lanes for finding in each.found]
    if found:
        connection.register("found", pyarrow.Table.from_pylist(found, schema=_findings_schema()))
        connection.execute("insert into clarity_findings by name from found")


def _load(lane: NewLane) -> dict[str, object]:
    return {
        "business_id": lane.business_id,
        "date": lane.date,
        "slice": lane.slice_name,
        "rows": lane.rows,
        "window_start": lane.window_start,
        "window_end": lane.window_end,
        "coverage": coverage(lane.date, lane.window_start, lane.window_end),
        "answer_sha256": lane.answer_sha256,
        "loaded_at": lane.loaded_at,
        "normaliser_version": NORMALISER_VERSION,
        "fetched_at": lane.window_end,
        "asked": ",".join(lane.dimensions),
    }


def _finding(lane: NewLane, found: OfAnswer) -> dict[str, object]:
    return {
        "business_id": lane.business_id,
        "date": lane.date,
        "slice": lane.slice_name,
        "metric": found.metric,
        "code": found.code,
        "severity": found.severity,
        "figure": found.figure,
        "since": lane.date,
        "times": 1,
    }


def _loads_schema() -> "pyarrow.Schema":
    import pyarrow as pa

    instants = ("window_start", "window_end", "loaded_at", "fetched_at")
    texts = ("business_id", "slice", "answer_sha256", "asked")
    return pa.schema(
        [
            ("date", pa.date32()),
            ("rows", pa.int64()),
            ("coverage", pa.float64()),
            ("normaliser_version", pa.int64()),
            *((name, pa.string()) for name in texts),
            *((name, pa.timestamp("us", tz="UTC")) for name in instants),
        ]
    )


def _findings_schema() -> "pyarrow.Schema":
    import pyarrow as pa

    texts = ("business_id", "slice", "metric", "code", "severity")
    dates = ("date", "since")
    return pa.schema(
        [
            *((name, pa.string()) for name in texts),
            *((name, pa.date32()) for name in dates),
            ("figure", pa.float64()),
            ("times", pa.int64()),
        ]
    )
