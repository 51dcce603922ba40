"""Page visits of a business by page, device, source, country and campaign, in a baseline and a window. Called by `causes`."""

from datetime import date
from typing import TYPE_CHECKING, Any

from clarity_pipeline.warehouse.rows import named
from clarity_pipeline.warehouse.statements import statement

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def cause_cells(
    connection: "DuckDBPyConnection",
    *,
    business_id: str,
    url: str | None,
    baseline_from: date,
    baseline_to: date,
    from_date: date,
    to_date: date,
) -> list[dict[str, Any]]:
    """`dimension`, `name` (None as Clarity sent it), `is_now`, `sessions` and the sums of each signal's columns.

    With `url` of the visits of that page alone, which has no dimension `page`.
    """
    asked = {
        "business_id": business_id,
        "url": url,
        "baseline_from": baseline_from,
        "baseline_to": baseline_to,
        "from_date": from_date,
        "to_date": to_date,
    }
    return list(named(connection.execute(statement("rules/cause_cells"), asked)))
