"""The whole state from one database into an empty one of the same schema: Postgres into a back-up's file, a file into Postgres.

One snapshot is read, and each value is handed on as it is stored. A JSON column is copied as text: SQLAlchemy reads SQL's NULL
and JSON's `null` as one None, and would write the second for the first. Called by `back_up` and `into_postgres`.
"""

import itertools
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.every_table import every_table
from clarity_pipeline.state.schema.loaded import lanes_counted
from clarity_pipeline.state.schema.published import unpublished

_AT_ONCE = 1000

_BY_TRIGGERS = (unpublished, lanes_counted)
"""What the database itself writes as others are written."""


def copy_state(source: StateDatabase, target: StateDatabase) -> int:
    """Put what `source` has at one instant in the place of all that `target` has, in one transaction; how many rows."""
    with source.read() as read, target.write() as written:
        tables = [table for table in every_table().sorted_tables if table not in _BY_TRIGGERS]
        for table in reversed(tables):
            written.execute(sa.delete(table))
        rows = sum(_copy(read, written, table) for table in tables)
        for table in _BY_TRIGGERS:
            written.execute(sa.delete(table))  # what triggers noted of the copying
            rows += _copy(read, written, table)
        if written.dialect.name == "postgresql":
            for table in tables:
                _settle_numbers(written, table)
    return rows


def holds_rows(state: StateDatabase) -> bool:
    """Whether anything is in it that a new one does not have."""
    with state.read() as connection:
        tables = (
            table for table in every_table().sorted_tables if table is not lanes_counted
        )  # which has its row from the first
        return any(connection.scalar(sa.select(sa.exists().select_from(table))) for table in tables)


def _copy(read: sa.Connection, written: sa.Connection, table: sa.Table) -> int:
    from_text = written.dialect.name == "postgresql"
    values: dict[str, Any] = {}
    for column in table.columns:
        bound = sa.bindparam(column.name, type_=sa.Text() if _is_json(column) else column.type)
        values[column.name] = sa.cast(bound, sa.JSON) if _is_json(column) and from_text else bound
    statement = sa.insert(table).values(values)
    copied = 0
    for piece in _pieces(read, table):
        written.execute(statement, piece)
        copied += len(piece)
    return copied


def _pieces(read: sa.Connection, table: sa.Table) -> Iterator[list[dict[str, Any]]]:
    columns = [_as_text(column, read) if _is_json(column) else column for column in table.columns]
    found = read.execute(sa.select(*columns), execution_options={"yield_per": _AT_ONCE}).mappings()
    while piece := [dict(row) for row in itertools.islice(found, _AT_ONCE)]:
        yield piece


def _as_text(column: sa.Column[Any], read: sa.Connection) -> sa.ColumnElement[str]:
    text = sa.cast(column, sa.Text) if read.dialect.name == "postgresql" else sa.type_coerce(column, sa.Text)
    return text.label(column.name)


def _is_json(column: sa.Column[Any]) -> bool:
    return isinstance(column.type, sa.JSON)


def _settle_numbers(written: sa.Connection, table: sa.Table) -> None:
    """Let Postgres go on counting behind the largest number that was copied."""
    column = table.autoincrement_column
    if column is None:
        return
    asked = sa.func.pg_get_serial_sequence(table.name, column.name)
    if (sequence := written.scalar(sa.select(asked))) is not None:
        largest = written.scalar(sa.select(sa.func.max(column)))
        written.execute(sa.select(sa.func.setval(sequence, largest or 1, largest is not None)))
