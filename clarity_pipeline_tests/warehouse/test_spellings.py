"""The mapping of spellings in a real file: what marts add up by, whatever came first."""

import itertools
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from clarity_pipeline.warehouse.marts import MARTS, refresh
from clarity_pipeline.warehouse.spellings import note_all_anew, note_spellings
from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline.warehouse.transaction import transaction
from clarity_pipeline_tests.warehouse.lanes import DAY, lane, load, rows_of

SLICE_OF = {"campaign": "url_campaign_channel", "source": "url_source", "country": "url_country"}
MAPPING = "select dimension, value, folded, reason from clarity_value_spellings order by all"


def loaded(
    warehouse: Warehouse, dimension: str, visits: dict[str | None, int], *, day: date = DAY, business_id: str = "acme"
) -> None:
    rows: list[dict[str, Any]] = [{dimension: value, "sessions": sessions} for value, sessions in visits.items()]
    of_lane: dict[str, Any] = {"business_id": business_id, "day": day, "slice_name": SLICE_OF[dimension]}
    load(warehouse, rows, **of_lane)
    with warehouse.connect() as connection:
        with transaction(connection):
            note_spellings(connection, lane(rows, **of_lane), business_id=business_id)
        refresh(connection, [MARTS[f"{dimension}_day"]], business_id=business_id, date=day)


def added_up(warehouse: Warehouse, dimension: str) -> list[tuple[Any, ...]]:
    return rows_of(warehouse, f"select date, {dimension}, sessions from {dimension}_day order by all")


def test_a_mart_has_one_row_for_one_thing_and_the_table_below_has_what_was_sent(warehouse: Warehouse) -> None:
    loaded(warehouse, "source", {"Facebook": 3, "facebook": 4, "": 5, None: 6, "google": 1})
    assert added_up(warehouse, "source") == [(DAY, "facebook", 7), (DAY, "google", 1), (DAY, None, 11)]
    assert [value for (value,) in rows_of(warehouse, "select source from clarity_daily_metrics order by all")] == [
        *("", "Facebook", "facebook", "google"),
        None,
    ]
    assert rows_of(warehouse, MAPPING) == [("source", "", None, "empty"), ("source", "Facebook", "facebook", "spelling")]


def test_countries_of_other_languages_and_years_are_one_row(warehouse: Warehouse) -> None:
    loaded(
        warehouse, "country", {"Turkey": 1, "Türkiye": 2, "Deutschland": 4, "germany": 8, "Germany": 16, "Unknown": 32, None: 64}
    )
    assert added_up(warehouse, "country") == [(DAY, "Germany", 28), (DAY, "Turkey", 3), (DAY, None, 96)]


DATES: Sequence[dict[str | None, int]] = (
    {"autumn offer": 1, "{{campaign.name}}": 2},
    {"Autumn+Offer": 3, "AUTUMN OFFER": 4},
    {"Autumn%20Offer ": 5, "{campaignid}": 6, "Winter": 7},
)


@pytest.mark.parametrize("order", [*itertools.permutations(range(3))])
def test_spellings_that_come_in_any_order_come_to_the_same_mapping_and_marts(warehouse: Warehouse, order: Sequence[int]) -> None:
    for place in order:
        loaded(warehouse, "campaign", DATES[place], day=DAY + timedelta(days=place))
    assert added_up(warehouse, "campaign") == [
        (DAY, "(unfilled placeholder)", 2),
        (DAY, "AUTUMN OFFER", 1),
        (DAY + timedelta(days=1), "AUTUMN OFFER", 7),
        (DAY + timedelta(days=2), "(unfilled placeholder)", 6),
        (DAY + timedelta(days=2), "AUTUMN OFFER", 5),
        (DAY + timedelta(days=2), "Winter", 7),
    ]
    assert rows_of(warehouse, MAPPING) == [
        ("campaign", "AUTUMN OFFER", "AUTUMN OFFER", None),
        ("campaign", "Autumn%20Offer ", "AUTUMN OFFER", "spelling"),
        ("campaign", "Autumn+Offer", "AUTUMN OFFER", "spelling"),
        ("campaign", "Winter", "Winter", None),
        ("campaign", "autumn offer", "AUTUMN OFFER", "spelling"),
        ("campaign", "{campaignid}", "(unfilled placeholder)", "placeholder"),
        ("campaign", "{{campaign.name}}", "(unfilled placeholder)", "placeholder"),
    ]


def test_businesses_have_spellings_of_their_own(warehouse: Warehouse) -> None:
    loaded(warehouse, "campaign", {"sale": 1})
    loaded(warehouse, "campaign", {"SALE": 1}, business_id="beta")
    assert {campaign for _, campaign, _ in added_up(warehouse, "campaign")} == {"sale", "SALE"}


def test_mapped_all_anew_it_says_the_same(warehouse: Warehouse) -> None:
    for place, visits in enumerate(DATES):
        loaded(warehouse, "campaign", visits, day=DAY + timedelta(days=place))
    before = rows_of(warehouse, MAPPING), added_up(warehouse, "campaign")
    with warehouse.connect() as connection, transaction(connection):
        note_all_anew(connection)
    assert (rows_of(warehouse, MAPPING), added_up(warehouse, "campaign")) == before


def test_a_file_that_another_release_mapped_is_mapped_anew_when_it_is_opened(warehouse: Warehouse, tmp_path: Path) -> None:
    loaded(warehouse, "source", {"Facebook": 3, "facebook": 4})
    with warehouse.connect() as connection:
        connection.execute("delete from clarity_value_spellings")
        connection.execute("delete from clarity_schema_digests where name in ('value_spellings', 'everything')")
        refresh(connection, [MARTS["source_day"]], business_id="acme", date=DAY)
    assert rows_of(warehouse, MAPPING) == [("source", "Facebook", "facebook", "spelling")]
    assert added_up(warehouse, "source") == [(DAY, "facebook", 7)]
