"""What the working file knows of its publications: which there are, in which file each is, what changed since. Called by `file`.

A file that was published carries the token of its publication. Only a file whose token and whose place on the disk are known
here is brought to the newest state by what changed since; a restored backup of either side, or a warehouse made anew by `replay`,
knows no such token, and is published whole.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import sqlalchemy as sa

from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.published import publication as told
from clarity_pipeline.state.schema.published import unpublished
from clarity_pipeline.warehouse.changes import note_days_of, note_table
from clarity_pipeline.warehouse.days import newest_date
from clarity_pipeline.warehouse.published.open_copy import open_copy
from clarity_pipeline.warehouse.published.tables import BESIDE
from clarity_pipeline.warehouse.rows import named
from clarity_pipeline.warehouse.transaction import transaction

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Publication:
    """One publication; `file` is the identity of the file that has it, None until that is in its place."""

    number: int
    token: str
    payload_from: date | None
    file: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Rows of business and date were written in a table: None is each that tells of dates, every business, every date."""

    table_name: str | None
    business_id: str | None
    date: date | None


def known(connection: "DuckDBPyConnection") -> list[Publication]:
    """Every publication that may still be in a file."""
    rows = named(connection.execute("select number, token, payload_from, file from clarity_publications order by number"))
    return [Publication(**row) for row in rows]


def begin(connection: "DuckDBPyConnection", *, state: StateDatabase | None, payload_days: int | None) -> Publication:
    """Begin a publication: what is written from now on is behind it.

    What changed of the tables of `state` is taken over into the notes of the working file, and no crash loses it: it is forgotten
    there only after it is noted here. Without `state` those tables are left as they are.
    """
    publications = known(connection)
    newest = newest_date(connection)
    payload_from = newest - timedelta(days=payload_days - 1) if newest and payload_days is not None else None
    begun = Publication(max((each.number for each in publications), default=0) + 1, uuid4().hex, payload_from)
    if state is None:
        _note_begun(connection, begun)
        return begun
    with state.write() as rows:
        reader = told.c.reader == "file"
        token = rows.scalar(sa.select(told.c.token).where(reader))
        changed = rows.execute(sa.select(unpublished)).all()
        with transaction(connection):
            for table in BESIDE:
                if token not in {each.token for each in publications}:
                    note_table(connection, table)  # another state database, or this one as it was once
                note_days_of(connection, table, [(row.business_id, row.date) for row in changed if row.table_name == table])
                connection.execute(f"delete from {table}")  # noqa: S608 (one of BESIDE); a release before kept its rows here
        _note_begun(connection, begun)
        rows.execute(sa.delete(unpublished))
        rows.execute(sa.delete(told).where(reader))
        rows.execute(sa.insert(told).values(reader="file", token=begun.token))
    return begun


def is_behind(connection: "DuckDBPyConnection", published: Path, *, state: StateDatabase) -> bool:
    """Whether the open warehouse knows neither the publication that the state does nor that of the published file.

    A token is a publication's random name, and each generation of a warehouse knows the last ones that were made of it: an older
    copy does not, nor another home's. One that was made anew is told by `forget_generation`.
    """
    with state.read() as rows:
        last = rows.scalar(sa.select(told.c.token).where(told.c.reader == "file"))
    if last is None or last in (mine := {each.token for each in known(connection)}) or not published.exists():
        return False
    with open_copy(published) as copy:
        theirs = copy.token()
    return theirs is not None and theirs not in mine


def forget_generation(state: StateDatabase) -> None:
    """Another warehouse is about to take the place of the one that was published: none of its publications is known to it."""
    with state.write() as rows:
        rows.execute(sa.delete(told).where(told.c.reader == "file"))


def _note_begun(connection: "DuckDBPyConnection", begun: Publication) -> None:
    row = {"number": begun.number, "token": begun.token, "payload_from": begun.payload_from, "file": begun.file}
    connection.execute("insert into clarity_publications values ($number, $token, $payload_from, $file)", row)


def changes_since(connection: "DuckDBPyConnection", publication: Publication) -> list[Change]:
    """What was written since it began."""
    query = "select distinct table_name, business_id, date from clarity_unpublished_changes where after_publication >= $number"
    return [Change(**row) for row in named(connection.execute(query, {"number": publication.number}))]


def settle(connection: "DuckDBPyConnection", done: Publication, *, file: str, files: Collection[str]) -> None:
    """Know in which file a publication is, and forget those that are in none of `files`, with what only they were behind."""
    with transaction(connection):
        number = {"number": done.number}
        connection.execute("update clarity_publications set file = $file where number = $number", {"file": file, **number})
        connection.execute(
            "delete from clarity_publications where number <> $number and (file is null or file not in (select unnest($files)))",
            {**number, "files": list(files)},
        )
        connection.execute(
            "delete from clarity_unpublished_changes where after_publication < (select min(number) from clarity_publications)"
        )
