"""Campaigns, ad sets and ads in the warehouse: replacing their days, and reading them. Called by `load_files` and `inputs`.

Nothing here knows how a file is read or what a column means; a landing page is canonical before it comes here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from clarity_pipeline.warehouse.changes import note_days_of
from clarity_pipeline.warehouse.rows import named
from clarity_pipeline.warehouse.statements import statement

if TYPE_CHECKING:
    import pyarrow
    from duckdb import DuckDBPyConnection


TABLE = "ad_entities"


@dataclass(frozen=True, slots=True)
class EntityDays:
    """One campaign, ad set or ad: `level` is campaign, ad_set or ad; `days` has the numbers of each date by column.

    `name`, `parent_id` and `landing_url` are the newest that were told within the span, None where none was. `landing_url` is
    spelt like `url_day.url`. A date or column without a number is not there: it is unknown, not 0. `currencies` and `time_zones`
    have the dates of which they were told.
    """

    business_id: str
    level: str
    entity_id: str
    name: str | None
    parent_id: str | None
    landing_url: str | None
    days: Mapping[date, Mapping[str, float]]
    currencies: Mapping[date, str] = field(default_factory=dict)
    time_zones: Mapping[date, str] = field(default_factory=dict)


def entity_days(
    connection: "DuckDBPyConnection", *, business_ids: Iterable[str], from_date: date, to_date: date
) -> Iterator[EntityDays]:
    """Every entity of these businesses with a row between the dates, both included, by business, level and id; one query."""
    asked = {"business_ids": list(business_ids), "from_date": from_date, "to_date": to_date}
    for row in named(connection.execute(statement("statements/entity_days"), asked)):
        dates = row.pop("dates")
        told = zip(row.pop("columns"), row.pop("values"), strict=True)
        numbers = (dict(zip(columns, values, strict=True)) for columns, values in told)
        money, clocks = (
            {day: each for day, each in zip(dates, row.pop(name), strict=True) if each} for name in ("currencies", "time_zones")
        )
        yield EntityDays(**row, days=dict(zip(dates, numbers, strict=True)), currencies=money, time_zones=clocks)


def entity_dates(
    connection: "DuckDBPyConnection", *, business_ids: Iterable[str], from_date: date, to_date: date
) -> list[tuple[str, date]]:
    """Business and date of every row between the dates, both included, each once."""
    asked = {"business_ids": list(business_ids), "from_date": from_date, "to_date": to_date}
    rows = named(connection.execute(statement("statements/entity_dates"), asked))
    return [(row["business_id"], row["date"]) for row in rows]


def replace_entities(connection: "DuckDBPyConnection", rows: "pyarrow.Table") -> None:
    """Put these rows (`imports.ad_entities.rows.SCHEMA`) in the place of those with the same key, in the caller's transaction."""
    connection.register("imported", rows)
    connection.execute(statement("statements/replace_entities"))
    note_days_of(connection, TABLE, zip(rows["business_id"].to_pylist(), rows["date"].to_pylist(), strict=True))


def landing_urls(connection: "DuckDBPyConnection") -> list[tuple[str, str]]:
    """Business and URL of every landing page."""
    query = "select distinct business_id, landing_url from ad_entities where landing_url is not null order by all"
    return [(row["business_id"], row["landing_url"]) for row in named(connection.execute(query))]


def rename_landing_url(connection: "DuckDBPyConnection", *, business_id: str, url: str, spelt: str) -> None:
    """Spell a landing page of a business in another way."""
    update = (
        "update ad_entities set landing_url = $spelt where business_id = $business_id and landing_url = $url"
        " returning business_id, date"
    )
    renamed = connection.execute(update, {"business_id": business_id, "url": url, "spelt": spelt})
    note_days_of(connection, TABLE, renamed.fetchall())


def list_entities(connection: "DuckDBPyConnection", *, business_id: str | None = None) -> list[dict[str, Any]]:
    """What is loaded of each business and level: how many entities and rows, its dates, its columns, its last load."""
    return named(connection.execute(statement("statements/loaded_entities"), {"business_id": business_id}))
