"""Rows of a DuckDB file in which something stands: counted in each table by every text that it has, and removed.

Used of the working file, whose rows come back from the vault without it, and of the published ones, which are made anew.
"""

from collections.abc import Collection, Iterator
from datetime import date
from typing import TYPE_CHECKING

from clarity_pipeline.upkeep.forget.sought import Sought
from clarity_pipeline.warehouse.marts import MARTS
from clarity_pipeline.warehouse.rows import named

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_TEXTS = """
select table_name, list(column_name order by column_index) as columns
from duckdb_columns()
where
    not internal
    and database_name = current_database()
    and table_name in (select table_name from duckdb_tables() where database_name = current_database())
    and (data_type like '%VARCHAR%' or data_type in ('JSON', 'BLOB'))
    and column_name not in ('business_id', 'slice', 'dimension_hash')
    and column_name not like '%sha256'
group by table_name
order by table_name
"""


_COUNT_ANEW = """
update clarity_lane_loads as loads
set rows = found.rows
from (
    select business_id, date, slice, (
        select count(*) from clarity_daily_metrics as metrics
        where (metrics.business_id, metrics.date, metrics.slice) = (each.business_id, each.date, each.slice)
    ) as rows
    from clarity_lane_loads as each
) as found
where
    (loads.business_id, loads.date, loads.slice) = (found.business_id, found.date, found.slice)
    and loads.rows > found.rows
"""

Lane = tuple[str, date, str]
"""Business, date and slice."""


def rows_with(connection: "DuckDBPyConnection", sought: Sought) -> dict[str, int]:
    """By table, how many of its rows have it."""
    found = {}
    for table, has_it in _tables(connection):
        ((count,),) = connection.execute(
            f'select count(*) from "{table}" where {has_it}',  # noqa: S608 - names of the file's own tables
            {"sought": sought.expression},
        ).fetchall()
        if count:
            found[table] = int(count)
    return found


def remove_rows_with(connection: "DuckDBPyConnection", sought: Sought, *, but_for: Collection[Lane]) -> None:
    """Remove them, in the caller's transaction, but for those of lanes that `replay` makes anew.

    A replay that is cut off would else leave a warehouse that knows less than was loaded. Of the others it is noted how many
    rows are left.
    """
    import pyarrow

    columns = [list(column) for column in zip(*but_for, strict=True)] or [[], [], []]
    types = (pyarrow.string(), pyarrow.date32(), pyarrow.string())
    kept = [pyarrow.array(values, type=kind) for values, kind in zip(columns, types, strict=True)]
    connection.register("lanes_made_anew", pyarrow.table(kept, names=["business_id", "date", "slice"]))
    for table, has_it in list(_tables(connection)):
        connection.execute(
            f'delete from "{table}" where ({has_it}) and {_is_not_made_anew(connection, table)}',  # noqa: S608 - our own names
            {"sought": sought.expression},
        )
    connection.unregister("lanes_made_anew")
    connection.execute(_COUNT_ANEW)


def _is_not_made_anew(connection: "DuckDBPyConnection", table: str) -> str:
    """A condition on a row: it is of no lane with an answer. What is of no lane at all is noted anew by `replay`, or imported."""
    described = connection.execute(f'select * from "{table}" limit 0').description  # noqa: S608 - a table of the file
    columns = {each[0] for each in described}
    mart = MARTS.get(table)
    if mart is None and not {"business_id", "date", "slice"} <= columns:
        return "true"
    lane = f"(business_id, date, {'slice' if mart is None else repr(mart.slice_name)})"
    return f"{lane} not in (select business_id, date, slice from lanes_made_anew)"  # noqa: S608 - a slice of ours


def _tables(connection: "DuckDBPyConnection") -> Iterator[tuple[str, str]]:
    """Each table with texts, and the condition that one of them has it."""
    for row in named(connection.execute(_TEXTS)):
        yield (
            row["table_name"],
            " or ".join(f"regexp_matches(cast(\"{each}\" as varchar), $sought, 'i')" for each in row["columns"]),
        )
