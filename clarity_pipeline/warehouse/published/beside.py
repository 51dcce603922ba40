"""Rows of the state database, into the published file. Called by `bring_up`."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

import sqlalchemy as sa

from clarity_pipeline.state.arrow import batches
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.every_table import every_table
from clarity_pipeline.warehouse.published.tables import DATE_OF

if TYPE_CHECKING:
    import pyarrow
    from duckdb import DuckDBPyConnection

_BUSINESSES_AT_ONCE = 500


def add_all(connection: "DuckDBPyConnection", state: StateDatabase, table: str) -> int:
    """Add every row of a table; how many there are."""
    known = every_table().tables[table]
    with state.read() as rows:
        return _add(connection, table, batches(rows, known))


def add_date(
    connection: "DuckDBPyConnection", state: StateDatabase, table: str, *, day: date, businesses: Sequence[str] | None
) -> int:
    """Add the rows of a date, of all businesses or of these; how many there are."""
    known = every_table().tables[table]
    of_date = known.c[DATE_OF.get(table, "date")] == day
    added = 0
    with state.read() as rows:
        if businesses is None:
            return _add(connection, table, batches(rows, known, of_date))
        for first in range(0, len(businesses), _BUSINESSES_AT_ONCE):
            asked = known.c.business_id.in_(businesses[first : first + _BUSINESSES_AT_ONCE])
            added += _add(connection, table, batches(rows, known, sa.and_(of_date, asked)))
    return added


def _add(connection: "DuckDBPyConnection", table: str, found: Iterator["pyarrow.Table"]) -> int:
    added = 0
    for rows in found:
        connection.register("beside", rows)
        connection.execute(f"insert into published.{table} by name from beside")
        connection.unregister("beside")
        added += rows.num_rows
    return added
