"""What the file holds of a date, counted and forgotten whatever table it is in. Called by `retention` and `replayed_days`.

Forgetting a date removes its lanes with their loads, their history and their marts together: no table may speak of a day
that another has forgotten. Nothing here decides which dates go.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from clarity_pipeline.warehouse import findings, regime
from clarity_pipeline.warehouse.changes import note_changed, note_day, note_table
from clarity_pipeline.warehouse.imported import TABLES as IMPORTED
from clarity_pipeline.warehouse.marts import MARTS
from clarity_pipeline.warehouse.rows import named

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ROWS = ("clarity_daily_metrics", "clarity_daily_metrics_history")
LANE_TABLES = (*ROWS, "clarity_lane_loads")
_DATED = (*LANE_TABLES, "clarity_reconciliation", "clarity_findings", "clarity_site_lists", *MARTS)
DATED = (*_DATED, *IMPORTED)
"""Every table that tells of a business and a date."""


@dataclass(frozen=True, slots=True)
class Held:
    """Rows of dates before some date, of how many there are, and their first and last date (None without rows)."""

    rows: int
    of: int
    oldest: date | None
    newest: date | None


def newest_date(connection: "DuckDBPyConnection") -> date | None:
    """The last date that any lane is loaded for.

    By its order, of which DuckDB reads the last piece: for `max(date)` it reads them all, once a row was deleted.
    """
    newest = connection.execute("select date from clarity_lane_loads order by date desc limit 1").fetchall()
    found: date | None = newest[0][0] if newest else None
    return found


def held_before(connection: "DuckDBPyConnection", day: date) -> Held:
    """What `forget_before` would remove, counted in tuples, known and superseded."""
    both = " union all ".join(f"select date from {table}" for table in ROWS)  # noqa: S608 (names of ROWS)
    told = "count(*) filter (date < $day) as rows, count(*) as of"
    span = "min(date) filter (date < $day) as oldest, max(date) filter (date < $day) as newest"
    (held,) = named(connection.execute(f"select {told}, {span} from ({both})", {"day": day}))  # noqa: S608 - our own names
    return Held(**held)


def forget_before(connection: "DuckDBPyConnection", day: date) -> None:
    """Remove every date before `day`, what was imported for it included; the caller has the transaction.

    Regime events that were over before it go as well; of the others what was told of days that are gone stays.
    """
    for table in DATED:
        dates = f"select distinct date from {table} where date < $day"  # noqa: S608 (our names)
        for (gone,) in connection.execute(dates, {"day": day}).fetchall():
            note_day(connection, business_id=None, date=gone)
        connection.execute(f"delete from {table} where date < $day", {"day": day})  # noqa: S608 (our names)
    findings.count(connection)
    connection.execute(f"delete from {regime.TABLE} where ended_on < $day", {"day": day})  # noqa: S608 (our name)
    note_table(connection, regime.TABLE)


def forget_day(connection: "DuckDBPyConnection", *, business_id: str, date: date) -> None:
    """Remove what Clarity told of one date of one business; the caller has the transaction."""
    for table in _DATED:
        connection.execute(
            f"delete from {table} where business_id = $business_id and date = $date",  # noqa: S608 (a name of _DATED)
            {"business_id": business_id, "date": date},
        )
    note_day(connection, business_id=business_id, date=date)
    note_changed(connection, business_id=business_id, date=date)
