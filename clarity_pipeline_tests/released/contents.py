"""What a warehouse or state file holds, in a form that no release of DuckDB, SQLite or ours changes.

Of each table its columns, how many rows, and a digest of them. A later file is asked for the columns that there were then.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

Contents = dict[str, dict[str, Any]]

NOT_CONTENTS = {"clarity_schema_versions", "clarity_schema_digests", "clarity_schema_version"}
"""What a file says of its own layout, which an upgrade is there to change."""


def of_warehouse(path: Path, columns: Mapping[str, Sequence[str]] | None = None) -> Contents:
    """Every table of a DuckDB file, or the given columns of the given tables."""
    with duckdb.connect(path, read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        names = "select table_name, column_name from duckdb_columns() where not internal and schema_name = 'main'"
        tables = "table_name in (select table_name from duckdb_tables())"
        found = connection.execute(f"{names} and {tables} order by column_index").fetchall()
        return {
            table: _content(names, connection.execute(f"select {_listed(names)} from {table}").fetchall())
            for table, names in _asked(found, columns)
        }


def of_state(path: Path, columns: Mapping[str, Sequence[str]] | None = None) -> Contents:
    """Every table of a SQLite file, or the given columns of the given tables."""
    with closing(sqlite3.connect(path)) as connection:
        names = "select m.name, c.name from sqlite_master as m, pragma_table_info(m.name) as c where m.type = 'table'"
        found = connection.execute(f"{names} order by c.cid").fetchall()
        return {
            table: _content(names, connection.execute(f"select {_listed(names)} from {table}").fetchall())
            for table, names in _asked(found, columns)
        }


def _asked(found: Iterable[tuple[str, str]], asked: Mapping[str, Sequence[str]] | None) -> Iterator[tuple[str, Sequence[str]]]:
    if asked is not None:
        return iter(asked.items())
    tables: dict[str, list[str]] = {}
    for table, column in found:
        tables.setdefault(table, []).append(column)
    return iter(sorted((table, columns) for table, columns in tables.items() if table not in NOT_CONTENTS))


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _content(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> dict[str, Any]:
    lines = sorted(json.dumps([_plain(value) for value in row]) for row in rows)
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    return {"columns": list(columns), "rows": len(lines), "digest": digest}


def _plain(value: Any) -> Any:
    match value:
        case float():
            return f"{value:.9g}"  # the same average, summed up in another order
        case datetime():
            return (value.astimezone(UTC) if value.tzinfo else value).isoformat()
        case date():
            return value.isoformat()
        case dict():
            return sorted((str(key), _plain(one)) for key, one in value.items())
        case list() | tuple():
            return [_plain(one) for one in value]
    return value
