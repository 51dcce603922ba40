"""What the dates before a lost one had: its difference is held against that. Asked by `lane_rows`."""

from datetime import date
from typing import TYPE_CHECKING

from clarity_pipeline.warehouse.rows import named
from clarity_pipeline.warehouse.statements import statement

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def sessions_before(connection: "DuckDBPyConnection", *, business_id: str, date: date, slice_name: str) -> tuple[int, ...]:
    """Human sessions of each of the seven dates before that the lane has in an answer of its own."""
    asked = {"business_id": business_id, "date": date, "slice": slice_name}
    return tuple(int(row["sessions"]) for row in named(connection.execute(statement("statements/sessions_before"), asked)))
