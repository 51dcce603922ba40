"""Which recent dates of a business its imports tell of: what rules are asked about where no sync of Clarity's brings a date.

Called by `sync` for businesses without a Clarity project, and by the sensor `evaluate_rules` by way of what was loaded.
"""

from collections.abc import Collection
from datetime import date, timedelta

from clarity_pipeline.home import Home
from clarity_pipeline.warehouse.entities import entity_dates

DAYS_EVALUATED = 7
"""Rules are asked again for business-days of a file that are not older: platforms correct their last days, and no incident of
last month should begin today."""


def imported_days(home: Home, business_ids: Collection[str], *, day: date) -> list[tuple[str, date]]:
    """Business and date of what is imported of the seven dates that end with `day`."""
    if not business_ids:
        return []
    first = day - timedelta(days=DAYS_EVALUATED - 1)
    with home.warehouse.connect(what="looking at what is imported") as connection:
        return entity_dates(connection, business_ids=business_ids, from_date=first, to_date=day)
