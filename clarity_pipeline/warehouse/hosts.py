"""On which hosts a business's loaded visits were, by date: what its site is learned from. Called by `day.site` and `upkeep`."""

from datetime import date
from typing import TYPE_CHECKING

from clarity_pipeline.warehouse.rows import named
from clarity_pipeline.warehouse.statements import statement

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def hosts_by_date(
    connection: "DuckDBPyConnection", business_id: str, *, since: date = date.min
) -> dict[date, dict[str | None, int]]:
    """Human sessions by host and date, from `since` on; a date on which nobody came has none. A host may carry its port."""
    found: dict[date, dict[str | None, int]] = {}
    asked = {"business_id": business_id, "since": since}
    for row in named(connection.execute(statement("statements/hosts_by_date"), asked)):
        of_day = found.setdefault(row["date"], {})
        if row["sessions"]:
            of_day[row["host"]] = row["sessions"]
    return found
