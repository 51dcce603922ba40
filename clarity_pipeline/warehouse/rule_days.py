"""The days that rules look at, as rows: one query a family for all businesses, of pages some. Called by `inputs`.

Read from the marts, whose days add up to what a window's rows say (a test holds them against `business_behavioral_aggregates`),
and from what was superseded, where a caller asks what was known before.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from clarity_pipeline.clarity.measures import COUNTED, SITE_ONLY, WEIGHTED
from clarity_pipeline.warehouse.rows import Row, named, picked
from clarity_pipeline.warehouse.statements import statement

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

COLUMNS = (
    "sessions",
    "visits",
    "bot_sessions",
    *(each.column for each in COUNTED),
    *(column for each in WEIGHTED for column in (each.weighted_sum, each.weight)),
)
"""The numbers of a day: counts as they are, averages as what adds up. `visits` are all sessions, bots among them."""

SITE_COLUMNS = (
    *COLUMNS,
    *(each.column for each in SITE_ONLY if each.fold == "sum"),
    *(column for each in SITE_ONLY if each.fold == "mean" for column in (each.weighted_sum, each.weight)),
)
"""The numbers of a day of the whole site: people and whole sessions are known there alone."""

FACTS = ("date", "quality", "truncated", "covered_share", "known_from", "known_until", "left_out")
"""What a row says of its day, behind the business (and the URL) that it is about. `left_out` has by measure the sessions
of tuples that it does not tell of, since their number cannot be or did not come; None where each tells of all."""

_BATCH = 10_000

_BUSINESSES = 10
"""So many at once have their pages ranked: of all together they are more than the memory that a process may use."""


def business_days(
    connection: "DuckDBPyConnection", *, business_ids: Iterable[str], from_date: date, to_date: date, with_history: bool = False
) -> Iterator[Row]:
    """Business, `FACTS` and `COLUMNS` of each business-day between the dates, by business; of each version with history."""
    asked = {"business_ids": list(business_ids), "from_date": from_date, "to_date": to_date, "with_history": with_history}
    return _rows(connection, "rules/business_days", asked, about=("business_id",))


def site_days(connection: "DuckDBPyConnection", *, business_ids: Iterable[str], from_date: date, to_date: date) -> Iterator[Row]:
    """Business, `FACTS` and `SITE_COLUMNS` of each day with the totals, by business; as it is known now."""
    asked = {"business_ids": list(business_ids), "from_date": from_date, "to_date": to_date}
    return _rows(connection, "rules/site_days", asked, about=("business_id",), columns=SITE_COLUMNS)


def rest_days(
    connection: "DuckDBPyConnection",
    *,
    business_id: str,
    countries: Iterable[str],
    from_date: date,
    to_date: date,
    with_history: bool = False,
) -> Iterator[Row]:
    """`FACTS` and `COLUMNS` of each day of one business without the visits from these countries; of each version with history."""
    asked = {
        "business_id": business_id,
        "countries": list(countries),
        "from_date": from_date,
        "to_date": to_date,
        "with_history": with_history,
    }
    return _rows(connection, "rules/rest_days", asked, about=("business_id",))


def page_shares(
    connection: "DuckDBPyConnection", *, business_id: str, countries: Iterable[str], from_date: date, to_date: date
) -> dict[str, float]:
    """Which part of each page's visits came from these countries, by URL."""
    asked = {"business_id": business_id, "countries": list(countries), "from_date": from_date, "to_date": to_date}
    return {row["url"]: row["share"] or 0.0 for row in named(connection.execute(statement("rules/page_shares"), asked))}


def page_days(
    connection: "DuckDBPyConnection",
    *,
    business_ids: Iterable[str],
    from_date: date,
    to_date: date,
    top: int,
    pages: Iterable[tuple[str, str]] = (),
    with_history: bool = False,
) -> Iterator[Row]:
    """Business, URL, `FACTS` and `COLUMNS` of each day of a page, by business and URL.

    The pages are the `top` busiest over the seven days up to any date of the span, and `pages` (business, URL) beside them.
    """
    ids, named = sorted(set(business_ids)), sorted(set(pages))
    for start in range(0, len(ids), _BUSINESSES):
        asked = {
            "business_ids": ids[start : start + _BUSINESSES],
            "from_date": from_date,
            "to_date": to_date,
            "top": top,
            "url_businesses": [business_id for business_id, _ in named],
            "urls": [url for _, url in named],
            "with_history": with_history,
        }
        yield from _rows(connection, "rules/page_days", asked, about=("business_id", "url"))


def _rows(
    connection: "DuckDBPyConnection",
    name: str,
    asked: dict[str, Any],
    *,
    about: tuple[str, ...],
    columns: tuple[str, ...] = COLUMNS,
) -> Iterator[Row]:
    found = connection.execute(statement(name), asked)
    pick = picked(found, (*about, *FACTS, *columns))
    while rows := found.fetchmany(_BATCH):
        yield from map(pick, rows)
