"""What two warehouse files are compared by, their rows aside."""

from pathlib import Path
from typing import Any

import duckdb


def shape(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All that a person sees of a file without its rows."""
    with duckdb.connect(path, read_only=True) as connection:
        return {
            "tables": connection.execute("select table_name, comment from duckdb_tables() order by all").fetchall(),
            "columns": connection.execute(
                "select table_name, column_index, column_name, data_type, is_nullable, column_default, comment"
                " from duckdb_columns() where not internal order by all"
            ).fetchall(),
            "views": connection.execute(
                "select view_name, sql, comment from duckdb_views() where not internal order by all"
            ).fetchall(),
            "macros": connection.execute(
                "select function_name, function_type, parameters, macro_definition, comment from duckdb_functions()"
                " where not internal order by all"
            ).fetchall(),
        }
