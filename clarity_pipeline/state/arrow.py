"""Rows of the state database as Arrow, some thousands at a time, so that analysts find them beside the metrics.

Column names are the table's own.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from clarity_pipeline.state.schema.base import UTCDateTime

if TYPE_CHECKING:
    import pyarrow

BATCH = 10_000
"""Rows at a time: a year of evaluations is 2.2 million of 1 KB, and a process may hold 600 MB."""


def batches(connection: sa.Connection, table: sa.Table, *where: sa.ColumnElement[bool]) -> Iterator["pyarrow.Table"]:
    """The rows in key order: instants as `timestamp[us, UTC]`, JSON documents as their stored text, whole numbers as int64."""
    import pyarrow

    query = sa.select(*(_plain(column) for column in table.columns)).where(*where).order_by(*table.primary_key)
    schema = pyarrow.schema([(column.name, _arrow_type(column)) for column in table.columns])
    with connection.execution_options(yield_per=BATCH).execute(query) as found:
        for rows in found.partitions():
            by_column = zip(*rows, strict=True)
            arrays = [pyarrow.array(values, type=field.type) for values, field in zip(by_column, schema, strict=True)]
            yield pyarrow.table(arrays, schema=schema)


def _plain(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """A document as its text: 2.2 million of them are neither read nor written anew. JSON's null is none."""
    if isinstance(column.type, sa.JSON):
        return sa.func.nullif(sa.cast(column, sa.Text), "null").label(column.name)
    return column


def _arrow_type(column: sa.Column[Any]) -> "pyarrow.DataType":
    import pyarrow

    by_type = {
        UTCDateTime: pyarrow.timestamp("us", "UTC"),
        sa.Date: pyarrow.date32(),
        sa.Integer: pyarrow.int64(),
        sa.BigInteger: pyarrow.int64(),
        sa.Float: pyarrow.float64(),
        sa.Boolean: pyarrow.bool_(),
    }
    return by_type.get(type(column.type), pyarrow.string())
