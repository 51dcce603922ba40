"""Replacing the lists that came with a lane's answer, in the caller's transaction. Called with the load of the lane."""

from datetime import date
from typing import TYPE_CHECKING

from clarity_pipeline.warehouse.changes import note_day
from clarity_pipeline.warehouse.statements import statement

if TYPE_CHECKING:
    import pyarrow
    from duckdb import DuckDBPyConnection


def replace_site_lists(
    connection: "DuckDBPyConnection", rows: "pyarrow.Table", *, business_id: str, date: date, slice_name: str
) -> None:
    """Make `rows` (columns of `clarity_site_lists`) the lists of the lane, also when there are none."""
    lane = {"business_id": business_id, "date": date, "slice": slice_name}
    connection.execute(statement("statements/forget_site_lists"), lane)
    if len(rows):
        connection.register("lists", rows)
        connection.execute("insert into clarity_site_lists by name from lists")
    note_day(connection, business_id=business_id, date=date)
