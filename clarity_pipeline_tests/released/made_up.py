"""Rows for tables that a short life leaves empty: made up from the names and types of their columns alone."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import duckdb

ROWS = 2

_OF_DUCKDB = {
    "VARCHAR": "'{column} {n}'",
    "BIGINT": "{n}",
    "DOUBLE": "{n}.25",
    "BOOLEAN": "{n} = 1",
    "DATE": "date '2026-05-0{n}'",
    "TIMESTAMP WITH TIME ZONE": "timestamptz '2026-05-0{n} 06:30:00+00'",
    "JSON": """'{{"made up": {n}}}'""",
    "VARCHAR[]": "['{column} {n}', 'another']",
    "MAP(VARCHAR, DOUBLE)": "map {{'{column}': {n}.5}}",
}
_OF_SQLITE = {
    "TEXT": "'{column} {n}'",
    "INTEGER": "{n}",
    "BIGINT": "{n}",
    "FLOAT": "{n}.25",
    "DOUBLE": "{n}.25",
    "BOOLEAN": "{n} = 1",
    "DATE": "'2026-05-0{n}'",
    "DATETIME": "'2026-05-0{n} 06:30:00.000000'",
    "JSON": """'{{"made up": {n}}}'""",
}


def fill_warehouse(path: Path) -> list[str]:
    """Put rows into every empty table that is no mart (a mart holds what its lanes add up to); their names."""
    with duckdb.connect(path) as connection:
        tables = [name for (name,) in connection.execute("select table_name from duckdb_tables() order by all").fetchall()]
        empty = [name for name in tables if not connection.execute(f"select count(*) from {name}").fetchall()[0][0]]
        filled = [name for name in empty if not name.endswith("_day")]
        for name in filled:
            columns = {column: kind for column, kind, *_ in connection.execute(f"describe {name}").fetchall()}
            for statement in _inserts(name, columns, _OF_DUCKDB):
                connection.execute(statement)
    return filled


def fill_state(path: Path) -> list[str]:
    """Put rows into every empty table; their names."""
    with closing(sqlite3.connect(path)) as connection, connection:
        names = "select name from sqlite_master where type = 'table' and name like 'clarity%' order by 1"
        tables = [name for (name,) in connection.execute(names).fetchall()]
        filled = [name for name in tables if not connection.execute(f"select count(*) from {name}").fetchall()[0][0]]
        for name in filled:
            columns = {column: kind for _, column, kind, *_ in connection.execute(f"pragma table_info({name})").fetchall()}
            for statement in _inserts(name, columns, _OF_SQLITE):
                connection.execute(statement)
    return filled


def _inserts(table: str, columns: Mapping[str, str], made_up: Mapping[str, str]) -> list[str]:
    if unknown := set(columns.values()) - set(made_up):
        raise SystemExit(f"{table}: say in made_up.py what a made-up {unknown.pop()} is")
    rows = [[made_up[kind].format(column=column, n=n) for column, kind in columns.items()] for n in range(1, ROWS + 1)]
    names = ", ".join(f'"{column}"' for column in columns)
    return [f"insert into {table} ({names}) values ({', '.join(row)})" for row in rows]
