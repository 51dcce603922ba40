"""The eight marts: which lane each reads, and replacing marts' rows of a business and a date. Called by `orchestration.marts`.

`derived` makes a whole mart anew when its select has changed.

A mart is one select in `sql/marts/`; its table has that select's columns. The lanes hold the same sessions again in other
breakdowns, so a mart sums one lane and never adds two. Nothing here knows how a measure is computed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from clarity_pipeline.warehouse.changes import note_span, note_table
from clarity_pipeline.warehouse.span import Span
from clarity_pipeline.warehouse.statements import meaning, names, statement
from clarity_pipeline.warehouse.transaction import transaction

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Mart:
    """A table of sums: `name` is the table and its SQL file, `slice_name` the lane it sums, `dimensions` what it groups by.

    `looks_at` is a lane of which it takes what its own may lack. It waits for none: it follows when that one is loaded.
    """

    name: str
    slice_name: str
    dimensions: tuple[str, ...] = ()
    looks_at: str | None = None

    @property
    def description(self) -> str:
        """What a row is."""
        return meaning(f"marts/{self.name}")

    @property
    def select(self) -> str:
        """The mart's rows of all businesses and dates; DuckDB pushes a filter on those two below the sums."""
        return statement(f"marts/{self.name}")

    def select_of(self, *, is_plain: bool) -> str:
        """The same rows by the shortest select: where every number is there and can be, there is one without conditions.

        For one day DuckDB plans a mart for 16 ms and runs it for one; without conditions it is a third
        of that (`docs/design.md#planning`).
        """
        return statement(f"plain_marts/{self.name}") if is_plain and self.name in _with_plain_select() else self.select


MARTS: Mapping[str, Mart] = MappingProxyType(
    {
        mart.name: mart
        for mart in (
            Mart("business_day", "url_device"),
            Mart("url_day", "url_device", ("url",)),
            Mart("host_day", "url_device", ("host",)),
            Mart("device_day", "url_device", ("device",)),
            Mart("source_day", "url_source", ("source",)),
            Mart("country_day", "url_country", ("country",)),
            Mart("campaign_day", "url_campaign_channel", ("campaign", "channel")),
            Mart("site_day", "totals", looks_at="url_device"),
        )
    }
)


@cache
def _with_plain_select() -> frozenset[str]:
    return frozenset(names("plain_marts"))


_DAY = "where business_id = $business_id and date = $date"


def has_columns_of_select(connection: "DuckDBPyConnection", mart: Mart) -> bool:
    """Whether the table has the names and types that its select yields, in that order; False when there is no table."""
    import duckdb

    columns = [column[:2] for column in connection.execute(f"describe {mart.select}").fetchall()]
    try:
        return columns == [column[:2] for column in connection.execute(f"describe {mart.name}").fetchall()]
    except duckdb.CatalogException:
        return False


def make_anew(connection: "DuckDBPyConnection", mart: Mart) -> None:
    """Make the table and its rows of all dates by the select, whatever was there, in the caller's transaction."""
    connection.execute(f"create or replace table {mart.name} as from ({mart.select}) limit 0")
    dates = "select distinct date from clarity_daily_metrics where slice = $slice order by date"
    for day in connection.execute(dates, {"slice": mart.slice_name}).fetchall():
        # all dates at once are more than the memory that a process may use
        connection.execute(f"insert into {mart.name} by name from ({mart.select}) where date = $date", {"date": day[0]})
    note_table(connection, mart.name)


def refresh(
    connection: "DuckDBPyConnection", marts: Sequence[Mart], *, business_id: str, date: date, is_plain: bool = False
) -> dict[str, int]:
    """Replace the rows of (business, date) in each of `marts`, also by none, in one transaction; rows by mart's name.

    `is_plain` says that in the lane they sum every number is there and can be.
    """
    day = {"business_id": business_id, "date": date}
    with transaction(connection):
        for mart in marts:
            connection.execute(f"delete from {mart.name} {_DAY}", day)  # noqa: S608 (a name of MARTS)
        return _sum_up(connection, _with_rows(connection, marts, day), Span.of_day(business_id, date), is_plain=is_plain)


def _with_rows(connection: "DuckDBPyConnection", marts: Sequence[Mart], day: Mapping[str, object]) -> list[Mart]:
    """Those whose lane has any row; few businesses have totals, and every day's url_device would sum them."""
    query = f"select distinct slice from clarity_daily_metrics {_DAY}"  # noqa: S608 (our own text)
    loaded = {name for (name,) in connection.execute(query, day).fetchall()} if any(mart.looks_at for mart in marts) else None
    return [mart for mart in marts if loaded is None or mart.slice_name in loaded]


def refresh_span(connection: "DuckDBPyConnection", marts: Sequence[Mart], span: Span) -> None:
    """Replace the rows of many businesses and dates in each of `marts`, in the caller's transaction."""
    for mart in marts:
        connection.execute(f"delete from {mart.name} where {span.where}", span.parameters)  # noqa: S608 (a name of MARTS)
    _sum_up(connection, marts, span)


def _sum_up(connection: "DuckDBPyConnection", marts: Sequence[Mart], span: Span, *, is_plain: bool = False) -> dict[str, int]:
    counts: dict[str, int] = {}
    for mart in marts:
        insert = f"insert into {mart.name} by name from ({mart.select_of(is_plain=is_plain)}) where {span.where}"
        ((rows,),) = connection.execute(insert, span.parameters).fetchall()
        counts[mart.name] = int(rows)
    note_span(connection, span)
    return counts
