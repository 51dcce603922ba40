"""A published file made from nothing. Called by `file`, where there is none that could be brought up.

The working file is held for the time of one piece and not of the whole file, so that no load waits long. What is loaded between
two pieces is noted as changed since the publication began, and is brought up at the end like any other change.
"""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.warehouse.files import keep_from_others
from clarity_pipeline.warehouse.published import beside
from clarity_pipeline.warehouse.published.bring_up import both_files
from clarity_pipeline.warehouse.published.publication import Publication
from clarity_pipeline.warehouse.published.tables import BESIDE, KINDS, WITH_PAYLOAD
from clarity_pipeline.warehouse.store import Warehouse, make_file

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_ROWS_AT_ONCE = 1_000_000
"""Some five seconds, for which a load waits."""

Piece = tuple[str, str, dict[str, date]]
"""A table, which of its columns, and between which dates."""


def make_whole(path: Path, warehouse: Warehouse, *, begun: Publication, state: StateDatabase | None) -> int:
    """Make at `path` a file of the publication that has begun, or of any state after; how many rows it has."""
    make_file(path)
    keep_from_others(path)
    with warehouse.hold(what="publishing"), both_files(path, warehouse) as connection:
        pieces = [piece for table in KINDS if table not in BESIDE for piece in _pieces(connection, table, begun)]
    rows = 0
    while pieces:
        with warehouse.hold(what="publishing"), both_files(path, warehouse) as connection:
            held = 0
            while pieces and held < _ROWS_AT_ONCE:  # opening both files takes as long as copying 20,000 rows
                table, columns, span = pieces.pop(0)
                where = "date between $since and $until" if span else "true"
                copied = f"insert into published.{table} by name select {columns} from working.{table} where {where}"  # noqa: S608 - our names
                ((added,),) = connection.execute(copied, span).fetchall()
                held += int(added)
            rows += held
    with warehouse.hold(what="publishing"), both_files(path, warehouse) as connection:
        if state is not None:
            rows += sum(beside.add_all(connection, state, table) for table in BESIDE)
        row = {"number": begun.number, "token": begun.token, "payload_from": begun.payload_from}
        connection.execute("insert into published.clarity_publications values ($number, $token, $payload_from, null)", row)
    return rows


def _pieces(connection: "DuckDBPyConnection", table: str, begun: Publication) -> list[Piece]:
    if KINDS[table] != "by_date":
        return [(table, "*", {})]
    counts = connection.execute(f"select date, count(*) from working.{table} group by date order by date").fetchall()  # noqa: S608 - our names
    found: list[Piece] = []
    since, rows = None, 0
    for place, (day, count) in enumerate(counts):
        since, rows = since or day, rows + count
        last = counts[place + 1][0] if place + 1 < len(counts) else None
        turns = last is not None and _columns(table, day, begun) != _columns(table, last, begun)
        if last is None or turns or rows >= _ROWS_AT_ONCE:
            found.append((table, _columns(table, day, begun), {"since": since, "until": day}))
            since, rows = None, 0
    return found


def _columns(table: str, day: date, begun: Publication) -> str:
    is_old = table in WITH_PAYLOAD and begun.payload_from is not None and day < begun.payload_from
    return "* replace (null as raw_payload)" if is_old else "*"
