"""The days that regime events are told from, and the events as they stand. Called by `regimes` and `status`; decides nothing."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clarity_pipeline.warehouse.changes import note_table
from clarity_pipeline.warehouse.rows import named
from clarity_pipeline.warehouse.statements import statement
from clarity_pipeline.warehouse.transaction import transaction

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TABLE = "clarity_regime_events"
_PREFIX = f"{TABLE}/"
COLUMNS = (
    "business_id",
    "kind",
    "started_on",
    "ended_on",
    "seen",
    "expected",
    "evidence",
    "normal_from",
    "normal_to",
    "country",
    "countries",
    "share_before",
    "share_after",
)


def days(connection: "DuckDBPyConnection", business_ids: Sequence[str], *, since: date = date.min) -> list[dict[str, Any]]:
    """Each loaded day by column, in order; `hosts` are (host, sessions) pairs."""
    asked = {"business_ids": list(business_ids), "since": since}
    return named(connection.execute(statement("statements/regime_days"), asked))


def country_dates(
    connection: "DuckDBPyConnection", business_ids: Sequence[str], *, since: date = date.min
) -> list[dict[str, Any]]:
    """Each business-day whose lane by country is loaded in full, with its human sessions."""
    asked = {"business_ids": list(business_ids), "since": since}
    return named(connection.execute(statement("statements/regime_country_dates"), asked))


def country_days(
    connection: "DuckDBPyConnection",
    business_ids: Sequence[str],
    *,
    left: float,
    evidence: float,
    least_days: int,
    since: date = date.min,
) -> list[dict[str, Any]]:
    """All days with visits of each country that may have lost consent once, by column; of most sites none."""
    about = {"business_ids": list(business_ids), "since": since}
    asked = {"part_left": left, "evidence": evidence, "least_days": least_days}
    return named(connection.execute(statement("statements/regime_countries"), about | asked))


def days_known(connection: "DuckDBPyConnection", business_ids: Sequence[str], *, since: date) -> dict[tuple[str, str], int]:
    """On how many dates each of the two lanes that events are told from is loaded, by business and slice; by country in full."""
    asked = {"business_ids": list(business_ids), "since": since}
    found = named(connection.execute(statement("statements/regime_days_known"), asked))
    return {(row["business_id"], row["slice"]): row["days"] for row in found}


def changed(connection: "DuckDBPyConnection") -> dict[str, date]:
    """The first date that changed since the events were told, by business."""
    found = named(connection.execute(statement("statements/regime_changed")))
    return {row["business_id"]: row["first_date"] for row in found}


def told_by(connection: "DuckDBPyConnection") -> dict[str, str]:
    """By what the events of each business were told the last time, whatever its days were."""
    asked = {"prefix": _PREFIX}
    noted = named(connection.execute("select name, digest from clarity_schema_digests where starts_with(name, $prefix)", asked))
    return {row["name"].removeprefix(_PREFIX): row["digest"] for row in noted}


def replace_events(
    connection: "DuckDBPyConnection", events: Mapping[str, Sequence[Mapping[str, Any]]], *, told_by: Mapping[str, str]
) -> None:
    """Make the table say these events of these businesses, and by what they were told, in one transaction."""
    rows = [
        {**dict.fromkeys(COLUMNS), "business_id": business_id, **event, "countries": list(event.get("countries") or ()) or None}
        for business_id, found in events.items()
        for event in found
    ]
    with transaction(connection):
        of_these = "where business_id in (select unnest($ids))"
        connection.execute(f"delete from {TABLE} {of_these}", {"ids": list(events)})  # noqa: S608 - our names
        if rows:
            values = ", ".join(f"${name}" for name in COLUMNS)
            connection.executemany(f"insert into {TABLE} ({', '.join(COLUMNS)}) values ({values})", rows)  # noqa: S608 - our names
        names = {f"{_PREFIX}{business_id}": told_by[business_id] for business_id in events}
        note = {"names": list(names), "digests": list(names.values())}
        connection.execute("delete from clarity_schema_digests where name in (select unnest($names))", {"names": list(names)})
        connection.execute("insert into clarity_schema_digests select unnest($names), unnest($digests)", note)
        connection.execute("delete from clarity_changed_days")  # of businesses that are told, or gone
        note_table(connection, TABLE)


def events(connection: "DuckDBPyConnection", business_ids: Sequence[str]) -> list[dict[str, Any]]:
    """The events of these businesses, oldest first, by column; `countries` of one of the whole site are none."""
    of_these = "where business_id in (select unnest($ids))"
    query = f"select {', '.join(COLUMNS)} from {TABLE} {of_these} order by all"  # noqa: S608 - our names
    return _rows(connection, query, {"ids": list(business_ids)})


def all_events(connection: "DuckDBPyConnection") -> list[dict[str, Any]]:
    """The same of every business."""
    return _rows(connection, f"select {', '.join(COLUMNS)} from {TABLE} order by all", {})  # noqa: S608 - our names


def published_events(path: Path, business_ids: Sequence[str]) -> list[dict[str, Any]]:
    """The same out of the analysts' file, which nobody ever waits for; none while it is not there or of an older release."""
    import duckdb

    if not path.exists():
        return []
    try:
        with duckdb.connect(path, read_only=True) as connection:
            return events(connection, business_ids)
    except duckdb.Error:
        return []


def _rows(connection: "DuckDBPyConnection", query: str, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [row | {"countries": tuple(row["countries"] or ())} for row in named(connection.execute(query, dict(asked)))]


def count_events(connection: "DuckDBPyConnection") -> int:
    """How many there are."""
    ((events,),) = connection.execute(f"select count(*) from {TABLE}").fetchall()  # noqa: S608 - our name
    return int(events)
