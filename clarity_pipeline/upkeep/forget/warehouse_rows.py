"""Rows of a DuckDB file in which something stands: counted in each table by every text that it has, and removed.

Used of the working file, whose rows come back from the vault without it, and of the published ones, which are made anew.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from clarity_pipeline.upkeep.forget.sought import Sought
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


def remove_rows_with(connection: "DuckDBPyConnection", sought: Sought) -> None:
    """Remove them, in the caller's transaction."""
    for table, has_it in _tables(connection):
        connection.execute(
            f'delete from "{table}" where {has_it}',  # noqa: S608 - names of the file's own tables
            {"sought": sought.expression},
        )


def _tables(connection: "DuckDBPyConnection") -> Iterator[tuple[str, str]]:
    """Each table with texts, and the condition that one of them has it."""
    for row in named(connection.execute(_TEXTS)):
        yield (
            row["table_name"],
            " or ".join(f"regexp_matches(cast(\"{each}\" as varchar), $sought, 'i')" for each in row["columns"]),
        )
