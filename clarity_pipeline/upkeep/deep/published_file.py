"""The file that analysts open: each of its blocks read, each date held against the warehouse's. Called by `read_through`.

What was written since it was published differs rightly, and is left out; so are raw rows of old dates, which it does not have.
"""

from collections.abc import Collection, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.home import Home
from clarity_pipeline.upkeep.deep.warehouse_file import of_error
from clarity_pipeline.upkeep.doctor.finding import Finding
from clarity_pipeline.warehouse.published.tables import BESIDE, KINDS, WITH_PAYLOAD
from clarity_pipeline.warehouse.store import has_content

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_WHOLE = "`clarity-pipeline publish --whole` makes it anew from the warehouse"
_NAMED = 3


def published_file_findings(home: Home, *, told: Collection[str] = ()) -> Iterator[Finding]:
    """What is wrong with it; nothing where nothing is published, which `doctor` says.

    `told` are codes of findings that there are: the warehouse that cannot be read is told once.
    """
    path = home.settings.published_file
    if not has_content(path):
        return
    if (said := _unreadable(path)) is not None:
        sentence = f"{path.name}, which analysts open, cannot be read ({said})"
        yield Finding("published_damaged", "error", None, sentence, f"move it away, then {_WHOLE}", for_client=False)
        return
    if not has_content(home.warehouse.path):
        return
    try:
        with home.warehouse.connect(what="comparing with what is published") as connection:
            apart = list(_apart(connection, path))
    except ClarityPipelineError as error:
        if error.reason not in told:
            yield of_error(error)
        return
    if apart:
        more = f"; and {len(apart) - _NAMED} more" if len(apart) > _NAMED else ""
        sentence = f"what is published is not what the warehouse has: {'; '.join(apart[:_NAMED])}{more}"
        yield Finding("published_differs", "error", None, sentence, _WHOLE, for_client=False)


def _unreadable(path: Path) -> str | None:
    import duckdb

    try:
        with duckdb.connect(path, read_only=True, config={"threads": 1, "memory_limit": "256MB"}) as connection:
            for (name,) in connection.execute("select table_name from duckdb_tables() where not internal").fetchall():
                connection.execute(f'select bit_xor(hash(row)) from "{name}" as row').fetchall()  # noqa: S608 (its own names)
    except duckdb.Error as error:
        return type(error).__name__
    return None


def _apart(connection: "DuckDBPyConnection", path: Path) -> Iterator[str]:
    """What differs: the tables themselves, or by table dates or the table as a whole."""
    quoted = str(path).replace("'", "''")
    connection.execute(f"attach '{quoted}' as published (read_only)")
    try:
        if others := _other_tables(connection):
            yield from others  # and nobody can compare their rows
            return
        numbers = connection.execute("select number from published.clarity_publications").fetchall()
        number = numbers[0][0] if numbers else -1
        noted = "select distinct table_name, date from clarity_unpublished_changes where after_publication >= $number"
        changed = connection.execute(noted, {"number": number}).fetchall()
        for table, kind in KINDS.items():
            pending = {day for name, day in changed if name in (None, table)}
            if table in BESIDE or None in pending or (kind != "by_date" and pending):
                continue
            ours, theirs = (_digests(connection, where, table, by_date=kind == "by_date") for where in ("", "published."))
            for day in sorted((ours.keys() | theirs.keys()) - pending, key=str):
                if ours.get(day) != theirs.get(day):
                    yield f"{table} {day or ''}".strip()
    finally:
        connection.execute("detach published")


def _other_tables(connection: "DuckDBPyConnection") -> list[str]:
    """Each table that one of the two files does not have, or that has other columns there, with what is other."""
    ours, theirs = _columns(connection, _database(connection)), _columns(connection, "published")
    found = []
    for table in sorted(ours.keys() | theirs.keys()):
        if table not in theirs:
            found.append(f"the table {table} is missing")
        elif table not in ours:
            found.append(f"the table {table} is none of ours")
        elif apart := sorted({name for name, _ in ours[table] ^ theirs[table]}):
            found.append(f"the table {table} has another {', '.join(apart)}")
    return found


def _columns(connection: "DuckDBPyConnection", database: str) -> dict[str, set[tuple[str, str]]]:
    """Names and types of each table's columns."""
    query = (
        "select table_name, column_name, data_type from duckdb_columns() semi join duckdb_tables()"
        " using (database_name, schema_name, table_name) where database_name = $database"
    )
    found: dict[str, set[tuple[str, str]]] = {}
    for table, name, kind in connection.execute(query, {"database": database}).fetchall():
        found.setdefault(table, set()).add((name, kind))
    return found


def _digests(connection: "DuckDBPyConnection", where: str, table: str, *, by_date: bool) -> dict[date | None, tuple[int, int]]:
    """By date, or of all: how many rows, and a digest of them in whatever order."""
    left_out = {"raw_payload"} if table in WITH_PAYLOAD else set()
    known = connection.execute("select column_name from duckdb_columns() where table_name = $name and database_name = $of", {
        "name": table, "of": _database(connection),
    }).fetchall()  # fmt: skip
    columns = ", ".join(f'"{name}"' for name in sorted({name for (name,) in known} - left_out))
    day = "date" if by_date else "null"
    query = f"select {day}, count(*), bit_xor(hash(row)) from (select {columns} from {where}{table}) as row group by all"  # noqa: S608 - our names
    return {row[0]: (row[1], row[2]) for row in connection.execute(query).fetchall()}


def _database(connection: "DuckDBPyConnection") -> str:
    ((name,),) = connection.execute("select current_database()").fetchall()
    return str(name)
