"""The table of tuples as its steps make it: what is missing of the registry, and its columns as SQL.

A released step never changes, so a measure that is new is a column of the next step, behind all others. Rows go in and out by
name, so nobody asks for the order of the registry.
"""

from collections.abc import Mapping

import duckdb

from clarity_pipeline.normalize.columns import DAILY_METRICS_SCHEMA
from clarity_pipeline.warehouse.rows import named
from clarity_pipeline.warehouse.schema import steps

TABLE = "clarity_daily_metrics"
HISTORY = "clarity_daily_metrics_history"
_AS_SQL = {"int64": "bigint", "double": "double"}


def described(table: str = TABLE) -> dict[str, str]:
    """The columns that all steps together make, each with its type as SQL says it."""
    with duckdb.connect() as connection:
        for step in steps():
            connection.execute(step.sql)
        return {each["column_name"]: _kind(each) for each in named(connection.execute(f"describe {table}"))}


def _kind(column: Mapping[str, str]) -> str:
    kind = column["column_type"].lower().replace("timestamp with time zone", "timestamptz")
    return kind if column["null"] == "YES" else f"{kind} not null"


def tuple_columns() -> list[str]:
    """The columns of `clarity_daily_metrics`."""
    return _listed(described(TABLE))


def history_columns() -> list[str]:
    """The columns of `clarity_daily_metrics_history`."""
    return _listed(described(HISTORY))


def _listed(columns: Mapping[str, str]) -> list[str]:
    *others, last = (f"{name} {kind}" for name, kind in columns.items())
    return [*(f"{each}," for each in others), last]


def missing_columns() -> dict[str, str]:
    """Measures that no step makes a column of yet, with their types."""
    known = described()
    return {field.name: _AS_SQL[str(field.type)] for field in DAILY_METRICS_SCHEMA if field.name not in known}
