"""Experiments in the warehouse: what was imported of their variants, what Clarity saw of them, and what came of both.

Called by `load_files` and `inputs`. Which pages belong to a variant is said by globs; nothing here knows a statistic.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from clarity_pipeline.warehouse.changes import note_days_of, note_table
from clarity_pipeline.warehouse.rows import named
from clarity_pipeline.warehouse.statements import statement

if TYPE_CHECKING:
    import pyarrow
    from duckdb import DuckDBPyConnection

QUALITY = "experiment_quality"


def replace_experiments(connection: "DuckDBPyConnection", rows: "pyarrow.Table") -> None:
    """Put these rows (`imports.experiments.rows.SCHEMA`) in the place of those with the same key, in the caller's transaction."""
    connection.register("imported", rows)
    connection.execute(statement("statements/replace_experiments"))
    note_days_of(connection, "experiments", zip(rows["business_id"].to_pylist(), rows["date"].to_pylist(), strict=True))


def experiment_days(connection: "DuckDBPyConnection") -> list[dict[str, Any]]:
    """Every variant and date that was imported, with Clarity's sessions on its pages (None where its date is not loaded)."""
    return _rows(connection, statement("statements/experiment_days"))


def replace_quality(connection: "DuckDBPyConnection", rows: Sequence[Mapping[str, Any]]) -> int:
    """Make the table `experiment_quality` say this, in the caller's transaction; how many rows there are."""
    connection.execute("delete from experiment_quality")
    if rows:
        names = list(rows[0])
        values = ", ".join(f"${name}" for name in names)
        insert = f"insert into experiment_quality ({', '.join(names)}) values ({values})"  # noqa: S608 (our names)
        connection.executemany(insert, [dict(row) for row in rows])
    note_table(connection, QUALITY)
    return len(rows)


def count_flagged(connection: "DuckDBPyConnection") -> int:
    """How many variants have more conversions and more frustration, both beyond chance."""
    query = f"select count(*) from {QUALITY} where more_conversions_and_more_frustration"  # noqa: S608 (our name)
    ((found,),) = connection.execute(query).fetchall()
    return int(found)


def experiment_quality(connection: "DuckDBPyConnection", *, business_ids: Iterable[str]) -> list[dict[str, Any]]:
    """The rows of `experiment_quality` of these businesses by column, the control of each experiment first."""
    mine = "from experiment_quality where business_id in (select unnest($business_ids))"
    query = f"{mine} order by business_id, experiment, is_control desc, variant"
    return _rows(connection, query, {"business_ids": list(business_ids)})


def _rows(connection: "DuckDBPyConnection", query: str, asked: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    return named(connection.execute(query, dict(asked or {})))
