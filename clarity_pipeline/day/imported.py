"""Which recent dates of a business its imports tell of: what rules are asked about where no sync of Clarity's brings a date.

For `sync`, of businesses without a Clarity project or with their sync off, and for the sensor `evaluate_rules` by way of what was
loaded.
"""

from collections.abc import Collection
from datetime import date, timedelta

from clarity_pipeline.warehouse.entities import entity_dates
from clarity_pipeline.warehouse.store import Warehouse

DAYS_EVALUATED = 7
"""Rules are asked again for business-days of a file that are not older: platforms correct their last days, and no incident of
last month should begin today."""


def imported_days(warehouse: Warehouse, business_ids: Collection[str], *, day: date) -> list[tuple[str, date]]:
    """Business and date of what is imported of the seven dates that end with `day`."""
    if not business_ids:
        return []
    first = day - timedelta(days=DAYS_EVALUATED - 1)
    with warehouse.connect(what="looking at what is imported") as connection:
        return entity_dates(connection, business_ids=business_ids, from_date=first, to_date=day)
