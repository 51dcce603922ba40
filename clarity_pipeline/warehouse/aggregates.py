"""The ten `clarity_*` metrics of many businesses over a span of dates, in one query. Called by the rule evaluation.

Read from the table itself and not from a mart: a business average over sessions cannot be rebuilt from daily averages of
which some rows were left out.
"""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from clarity_pipeline.warehouse.statements import statement

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def behavioral_aggregates(
    connection: "DuckDBPyConnection", *, business_ids: Iterable[str], from_date: date, to_date: date
) -> dict[str, dict[str, float | int | None]]:
    """Metrics by name for each of `business_ids`, both dates included; every value None for a business without data."""
    found = connection.execute(
        statement("statements/behavioral_aggregates"),
        {"business_ids": list(business_ids), "from_date": from_date, "to_date": to_date},
    )
    _, *metrics = (column[0] for column in found.description or ())
    return {business: dict(zip(metrics, values, strict=True)) for business, *values in found.fetchall()}
