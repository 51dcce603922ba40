"""How the columns of ads are joined over days, kept by business; and what the macro for analysts makes of it."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from clarity_pipeline.normalize.ad_columns import MONEY, AdColumn, column_of
from clarity_pipeline.warehouse.ad_columns import declare, declared_columns, long_ids
from clarity_pipeline.warehouse.statements import statement
from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline.warehouse.transaction import transaction
from clarity_pipeline_tests.warehouse.test_entities import DAY, put, read


def say(warehouse: Warehouse, columns: Mapping[str, AdColumn] | None = None, *businesses: str) -> None:
    with warehouse.connect() as connection, transaction(connection):
        declare(connection, businesses or ["acme"], columns or {})


def rows(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    with warehouse.connect() as connection:
        return connection.execute(query).fetchall()


def summed_up(warehouse: Warehouse, days: int = 3) -> dict[str, Any]:
    """The one entity of acme over the last days."""
    with warehouse.connect() as connection:
        found = connection.execute(
            "from ad_entity_behavioral_aggregates('acme', $first, $last)", {"first": DAY - timedelta(days=days - 1), "last": DAY}
        )
        names = [column[0] for column in found.description or ()]
        (row,) = found.fetchall()
    return dict(zip(names, row, strict=True))


def put_days(warehouse: Warehouse, *numbers: Mapping[str, float], currencies: tuple[str | None, ...] = ()) -> None:
    """Days that end on DAY."""
    dates = [DAY - timedelta(days=len(numbers) - 1 - place) for place, _ in enumerate(numbers)]
    put(
        warehouse,
        *(
            {"date": day, "numbers": each, "currency": currencies[place] if currencies else None}
            for place, (day, each) in enumerate(zip(dates, numbers, strict=True))
        ),
    )


def test_what_a_file_said_holds_until_another_says_otherwise_and_names_decide_about_the_rest(warehouse: Warehouse) -> None:
    put(warehouse, {"numbers": {"spend": 1, "budget": 2, "cost_per_lead": 3}}, {"business_id": "baker", "numbers": {"spend": 1}})
    said = {"budget": AdColumn("last", unit=MONEY)}
    say(warehouse, said)
    say(warehouse)
    with warehouse.connect() as connection:
        assert declared_columns(connection, ["acme", "baker"]) == {"acme": said}
    assert rows(warehouse, "from ad_entity_columns order by all") == [
        ("acme", "budget", "last", None, "money", True),
        ("acme", "cost_per_lead", "single", None, None, False),
        ("acme", "spend", "sum", None, "money", False),
        ("baker", "spend", "sum", None, "money", False),
    ]
    say(warehouse, {"budget": AdColumn("mean", weight="spend")})
    with warehouse.connect() as connection:
        assert declared_columns(connection, ["acme"])["acme"] == {"budget": AdColumn("mean", weight="spend")}


def test_the_step_names_the_columns_of_an_older_file_as_python_would(warehouse: Warehouse) -> None:
    names = (
        "spend cost cpa purchase_roas avg_watch_time video_average_play cost_per_lead leads_per_day clicks shares rate"
        " daily_budget"
    )
    put(warehouse, {"numbers": dict.fromkeys(names.split(), 1.0)})
    fill = statement("steps/0013_ads_say_whose_money_and_days").rpartition(";")[2]
    with warehouse.connect() as connection:
        connection.execute(fill)
        found = connection.execute("select name, fold, unit, declared from ad_entity_columns").fetchall()
    assert {name: (fold, unit) for name, fold, unit, _ in found} == {
        name: (column_of(name, {}).fold, column_of(name, {}).unit) for name in names.split()
    }
    assert not any(declared for *_, declared in found)


def test_currencies_and_time_zones_are_read_of_the_dates_that_were_told_them(warehouse: Warehouse) -> None:
    put(warehouse, {"currency": "NZD", "time_zone": "Pacific/Auckland"}, {"date": DAY - timedelta(days=1)})
    (found,) = read(warehouse, "acme")
    assert (found.currencies, found.time_zones) == ({DAY: "NZD"}, {DAY: "Pacific/Auckland"})


def test_only_ids_that_a_spreadsheet_cannot_hold_are_looked_up(warehouse: Warehouse) -> None:
    long, parent = "120211480001230456", "120211480001230001"
    put(warehouse, {"entity_id": long, "parent_id": parent}, {"entity_id": "123456789012345"}, {"entity_id": "x" * 18})
    with warehouse.connect() as connection:
        found = long_ids(connection)
    assert found == {"acme": {"ad": [long], "parents": [parent]}}


SPENT = {"spend": 40.0, "conversions": 2.0, "clicks": 50.0, "impressions": 2_500.0, "conversion_value": 120.0}


def test_ratios_of_the_macro_are_sums_over_sums(warehouse: Warehouse) -> None:
    put_days(warehouse, *[SPENT] * 3)
    say(warehouse)
    found = summed_up(warehouse)
    ratios = {name: found[name] for name in ("cpa", "cpc", "ctr", "cvr", "roas", "cpm")}
    assert ratios == pytest.approx({"cpa": 20.0, "cpc": 0.8, "ctr": 0.02, "cvr": 0.04, "roas": 3.0, "cpm": 16.0})
    assert found["metrics"]["spend"] == 120.0


def test_a_ratio_whose_divisor_is_nothing_or_not_told_of_each_row_is_null(warehouse: Warehouse) -> None:
    put_days(warehouse, {"spend": 1.0, "conversions": 0.0, "clicks": 3.0}, {"spend": 1.0, "conversions": 0.0})
    found = summed_up(warehouse)
    assert (found["cpa"], found["cpc"], found["ctr"]) == (None, None, None)


def test_each_column_of_the_macro_is_joined_as_it_was_said(warehouse: Warehouse) -> None:
    put_days(
        warehouse,
        {"budget": 50, "frequency": 1, "impressions": 100, "avg_position": 2, "leads": 1},
        {"budget": 70, "frequency": 4, "impressions": 300, "avg_position": 2, "leads": 1},
    )
    say(warehouse, {"budget": AdColumn("last"), "frequency": AdColumn("mean", weight="impressions")})
    assert summed_up(warehouse)["metrics"] == {"budget": 70.0, "frequency": 3.25, "impressions": 400.0, "leads": 2.0}
    assert summed_up(warehouse, 1)["metrics"]["avg_position"] == 2.0


def test_money_of_two_currencies_is_missing_and_not_added(warehouse: Warehouse) -> None:
    put_days(warehouse, *[SPENT] * 3, currencies=("EUR", "USD", "USD"))
    say(warehouse)
    found = summed_up(warehouse)
    assert found["metrics"] == {"clicks": 150.0, "conversions": 6.0, "impressions": 7500.0}
    assert (found["currency"], found["cpa"], found["roas"], found["ctr"]) == (None, None, None, pytest.approx(0.02))
    newest = summed_up(warehouse, 2)
    assert (newest["currency"], newest["cpa"], newest["metrics"]["spend"]) == ("USD", 20.0, 80.0)


def test_the_names_of_the_ready_ratios_are_columns_of_the_macro() -> None:
    sql = statement("macros/ad_entity_behavioral_aggregates")
    assert re.findall(r" as (cpa|cpc|ctr|cvr|roas|cpm)\b", sql) == ["cpa", "cpc", "ctr", "cvr", "roas", "cpm"]
