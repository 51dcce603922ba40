"""The days of campaigns, ad sets and ads in the warehouse: replaced by key, read in one query for many businesses."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa

from clarity_pipeline.imports.ad_entities.rows import SCHEMA
from clarity_pipeline.warehouse.days import forget_before
from clarity_pipeline.warehouse.entities import EntityDays, entity_days, list_entities, replace_entities
from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline.warehouse.transaction import transaction

DAY = date(2026, 11, 20)
LOADED_AT = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)


def put(warehouse: Warehouse, *rows: Mapping[str, Any]) -> None:
    """Rows by what matters of them; `numbers` by column."""
    shared = {"business_id": "acme", "date": DAY, "level": "ad", "entity_id": "a1", "loaded_at": LOADED_AT}
    shared |= {"source": "ads.csv", "source_sha256": "0" * 64}
    made = []
    for row in rows:
        numbers = row.get("numbers", {})
        told = {name: value for name, value in row.items() if name != "numbers"}
        made.append({**shared, **told, "metric_names": list(numbers), "metric_values": list(numbers.values())})
    with warehouse.connect() as connection, transaction(connection):
        replace_entities(connection, pa.Table.from_pylist(made, schema=SCHEMA))


def read(warehouse: Warehouse, *business_ids: str, first: date = DAY - timedelta(days=9), last: date = DAY) -> list[EntityDays]:
    with warehouse.connect() as connection:
        return list(entity_days(connection, business_ids=business_ids, from_date=first, to_date=last))


def test_an_entity_has_its_days_and_the_newest_name_that_was_told(warehouse: Warehouse) -> None:
    put(
        warehouse,
        {
            "date": DAY - timedelta(days=1),
            "name": "Old",
            "landing_url": "https://x.de",
            "numbers": {"spend": 1.5, "clicks": 3},
        },
        {"name": "New", "parent_id": "s1", "numbers": {"spend": 2.0}},
        {"level": "campaign", "name": "C", "numbers": {}},
        {"business_id": "baker", "entity_id": "z"},
        {"business_id": "cook", "entity_id": "z"},
    )
    ad, campaign, of_baker = read(warehouse, "baker", "acme")
    assert ad == EntityDays(
        "acme", "ad", "a1", "New", "s1", "https://x.de",
        days={DAY - timedelta(days=1): {"spend": 1.5, "clicks": 3.0}, DAY: {"spend": 2.0}},
    )  # fmt: skip
    assert (campaign.level, campaign.entity_id, campaign.days) == ("campaign", "a1", {DAY: {}})
    assert (of_baker.business_id, of_baker.entity_id, of_baker.name) == ("baker", "z", None)


def test_only_dates_within_the_span_are_read(warehouse: Warehouse) -> None:
    put(warehouse, *({"date": DAY - timedelta(days=n), "numbers": {"spend": n}} for n in range(5)))
    (found,) = read(warehouse, "acme", first=DAY - timedelta(days=3), last=DAY - timedelta(days=2))
    assert found.days == {DAY - timedelta(days=n): {"spend": float(n)} for n in (2, 3)}
    assert read(warehouse, "acme", last=DAY - timedelta(days=8)) == read(warehouse) == []


def test_the_same_key_is_replaced_and_every_other_row_stays(warehouse: Warehouse) -> None:
    put(warehouse, {"numbers": {"spend": 1, "clicks": 2}}, {"level": "ad_set", "numbers": {"spend": 5}}, {"entity_id": "a2"})
    put(warehouse, {"numbers": {"spend": 9}})
    found = {(each.level, each.entity_id): each.days[DAY] for each in read(warehouse, "acme")}
    assert found == {("ad", "a1"): {"spend": 9.0}, ("ad", "a2"): {}, ("ad_set", "a1"): {"spend": 5.0}}


def test_rows_age_with_their_dates(warehouse: Warehouse) -> None:
    put(warehouse, {"date": DAY - timedelta(days=1)}, {})
    with warehouse.connect() as connection, transaction(connection):
        forget_before(connection, DAY)
    assert [list(each.days) for each in read(warehouse, "acme")] == [[DAY]]


def test_what_is_loaded_is_counted_by_business_and_level(warehouse: Warehouse) -> None:
    put(
        warehouse,
        {"numbers": {"spend": 1}},
        {"entity_id": "a2", "numbers": {"clicks": 1}},
        {"level": "campaign"},
        {"business_id": "b"},
    )
    with warehouse.connect() as connection:
        campaign, ad, _ = list_entities(connection)
        assert list_entities(connection, business_id="acme") == [campaign, ad]
    assert (campaign["level"], campaign["columns"]) == ("campaign", [])
    assert (ad["entities"], ad["rows"], ad["from_date"], ad["to_date"], ad["columns"]) == (2, 2, DAY, DAY, ["clicks", "spend"])
