"""Replacing the lists of one business and UTC date, in the caller's transaction. Called with the load of the `totals` lane."""

from datetime import date
from typing import TYPE_CHECKING

from clarity_pipeline.warehouse.statements import statement

if TYPE_CHECKING:
    import pyarrow
    from duckdb import DuckDBPyConnection


def replace_site_lists(connection: "DuckDBPyConnection", rows: "pyarrow.Table", *, business_id: str, date: date) -> None:
    """Make `rows` (columns of `clarity_site_lists`) the lists of the date, also when there are none."""
    connection.execute(statement("statements/forget_site_lists"), {"business_id": business_id, "date": date})
    if len(rows):
        connection.register("lists", rows)
        connection.execute("insert into clarity_site_lists by name from lists")
