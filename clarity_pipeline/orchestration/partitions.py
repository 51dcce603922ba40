"""The one grid that every partitioned asset shares: business x UTC date.

The key is `business|date` (Dagster sorts dimension names); it is read with `keys_by_dimension`, never split, since a slug
that held a `|` would be accepted by the store and missing from the grid (`docs/design.md#partitions`).
"""

from collections.abc import Iterable
from datetime import date

import dagster as dg

BUSINESS = "business"
DATE = "date"


def business_days(first: date) -> dg.MultiPartitionsDefinition:
    """Every registered business by every finished UTC date since `first`."""
    return dg.MultiPartitionsDefinition(
        {
            BUSINESS: dg.DynamicPartitionsDefinition(name=BUSINESS),
            DATE: dg.DailyPartitionsDefinition(start_date=first.isoformat(), timezone="UTC"),
        }
    )


def unregistered(instance: dg.DagsterInstance, business_ids: Iterable[str]) -> list[str]:
    """Those of the businesses that the grid does not have yet."""
    known = set(instance.get_dynamic_partitions(BUSINESS))
    return [business_id for business_id in business_ids if business_id not in known]


def register(instance: dg.DagsterInstance, business_ids: Iterable[str]) -> list[str]:
    """Add businesses to the grid, and give those that were new; one that is there stays."""
    if new := unregistered(instance, business_ids):
        instance.add_dynamic_partitions(BUSINESS, new)
    return new


def take_out(instance: dg.DagsterInstance, business_ids: Iterable[str]) -> None:
    """Take businesses out of the grid's lists: what happened to them stays recorded, and shows when they come back."""
    for business_id in business_ids:
        instance.delete_dynamic_partition(BUSINESS, business_id)


def partition_key(business_id: str, day: date) -> dg.MultiPartitionKey:
    """The key of one business-day."""
    return dg.MultiPartitionKey({BUSINESS: business_id, DATE: day.isoformat()})


def business_day_of(key: str) -> tuple[str, date]:
    """Business and date of a partition key, as Dagster hands it to an asset."""
    if not isinstance(key, dg.MultiPartitionKey):
        raise dg.DagsterInvariantViolationError("a business-day partition key was expected")
    return key.keys_by_dimension[BUSINESS], date.fromisoformat(key.keys_by_dimension[DATE])
