"""A table of the state database as Arrow, so that analysts find it beside the metrics.

Column names are the table's own.
"""

import json
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.base import UTCDateTime

if TYPE_CHECKING:
    import pyarrow


def table_as_arrow(state: StateDatabase, table: sa.Table) -> "pyarrow.Table":
    """All rows in key order: instants as `timestamp[us, UTC]`, JSON documents as text, whole numbers as int64."""
    import pyarrow

    with state.read() as connection:
        rows = connection.execute(sa.select(table).order_by(*table.primary_key)).all()
    arrays = [
        pyarrow.array([_plain(column, row[place]) for row in rows], type=_arrow_type(column))
        for place, column in enumerate(table.columns)
    ]
    return pyarrow.table(arrays, names=[column.name for column in table.columns])


def _plain(column: sa.Column[Any], value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(column.type, sa.JSON) and value is not None else value


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
