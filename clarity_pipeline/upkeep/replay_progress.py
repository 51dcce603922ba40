"""How far an unfinished replay is, kept in the file that it makes: what was killed goes on from there. Used by `replayed_days`.

A business-day counts as played only while it would be played the same again: from the same answers, by the same release's reading
and what the business means by a page. It is written in the transaction that loads the day, and gone from the finished file.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from clarity_pipeline.clarity.parser_version import PARSER_VERSION
from clarity_pipeline.normalize.spellings import SPELLINGS_VERSION
from clarity_pipeline.normalize.version import NORMALISER_VERSION
from clarity_pipeline.upkeep.made_days import ToMake
from clarity_pipeline.upkeep.past_loads import BusinessDay
from clarity_pipeline.warehouse.rows import named

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_TABLE = "clarity_replayed_days"
_MAKE = f"""
create table if not exists {_TABLE} (
    date date not null,
    business_id varchar not null,
    digest varchar not null,
    outcomes varchar not null,
    finished boolean not null
)
"""


@dataclass(slots=True)
class Outcome:
    """What came of one lane."""

    rows: int | None = None
    failures: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Played:
    """A business-day that the file holds: from what, with what outcome by slice, and whether its marts are made."""

    digest: str
    outcomes: Mapping[str, Outcome]
    finished: bool


def is_noted(connection: "DuckDBPyConnection") -> bool:
    """Whether the file is an unfinished replay; False of one that was finished and not put in its place."""
    return bool(connection.execute("from duckdb_tables() where table_name = $name", {"name": _TABLE}).fetchall())


def read(connection: "DuckDBPyConnection") -> dict[BusinessDay, Played]:
    """What an earlier replay left in the file; nothing in a new one."""
    connection.execute(_MAKE)
    return {
        (row["date"], row["business_id"]): Played(
            row["digest"],
            {name: Outcome(rows, failures) for name, (rows, failures) in json.loads(row["outcomes"]).items()},
            row["finished"],
        )
        for row in named(connection.execute(f"from {_TABLE}"))
    }


def note(connection: "DuckDBPyConnection", played: Mapping[BusinessDay, Played]) -> None:
    """Note business-days of which nothing is noted, in the caller's transaction."""
    import pyarrow

    rows = [
        {
            "date": day,
            "business_id": business_id,
            "digest": each.digest,
            "outcomes": json.dumps({name: [outcome.rows, outcome.failures] for name, outcome in each.outcomes.items()}),
            "finished": each.finished,
        }
        for (day, business_id), each in played.items()
    ]
    if rows:
        connection.register("played", pyarrow.Table.from_pylist(rows))
        connection.execute(f"insert into {_TABLE} by name from played")


def forget(connection: "DuckDBPyConnection", business_id: str, day: date) -> None:
    """Forget that a business-day was played, in the caller's transaction."""
    asked = {"business_id": business_id, "date": day}
    connection.execute(f"delete from {_TABLE} where business_id = $business_id and date = $date", asked)  # noqa: S608 (our name)


def note_finished(connection: "DuckDBPyConnection", dates: Collection[date]) -> None:
    """Note that marts and findings of some dates are made, in the caller's transaction."""
    finish = f"update {_TABLE} set finished = true where date in (select unnest($dates::date[]))"  # noqa: S608 (our name)
    connection.execute(finish, {"dates": sorted(dates)})


def drop(connection: "DuckDBPyConnection") -> None:
    """Leave no trace in a file that is finished."""
    connection.execute(f"drop table if exists {_TABLE}")


def digest_of(asked: ToMake) -> str:
    """What a business-day is played from, and by."""
    pages = asked.business.pages
    meant = (sorted(pages.kept_parameters), replace(pages, kept_parameters=frozenset()))  # a set has no order to tell
    by = (NORMALISER_VERSION, PARSER_VERSION, SPELLINGS_VERSION, meant, sorted(asked.plan.items()))
    return hashlib.sha256(repr(by).encode()).hexdigest()
