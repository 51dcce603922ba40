"""On which hosts a business's loaded visits were, by date: what its site is learned from. Called by `day.site` and `upkeep`."""

from datetime import date
from typing import TYPE_CHECKING

from clarity_pipeline.warehouse.statements import statement

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def hosts_by_date(
    connection: "DuckDBPyConnection", business_id: str, *, since: date = date.min
) -> dict[date, dict[str | None, int]]:
    """Human sessions by host and date, from `since` on; a date on which nobody came has none. A host may carry its port."""
    found: dict[date, dict[str | None, int]] = {}
    rows = connection.execute(statement("statements/hosts_by_date"), {"business_id": business_id, "since": since}).fetchall()
    for day, host, sessions in rows:
        of_day = found.setdefault(day, {})
        if sessions:
            of_day[host] = sessions
    return found
