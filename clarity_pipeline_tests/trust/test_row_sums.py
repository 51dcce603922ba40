"""What is told of a lane from its rows at hand, against what the warehouse says of them once they are loaded."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clarity_pipeline.clarity.dimensions import SLICES
from clarity_pipeline.trust.lane_sums import known_day, read_days
from clarity_pipeline.trust.record import reconcile
from clarity_pipeline.trust.row_sums import row_sums
from clarity_pipeline.warehouse.marts import MARTS
from clarity_pipeline.warehouse.span import Span
from clarity_pipeline.warehouse.spellings import note_spellings
from clarity_pipeline.warehouse.statements import names
from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline_tests.warehouse.lanes import COUNTS, DAY, lane, load

LANES = ("url_device", "url_source", "url_campaign_channel", "totals")
WHOLE = st.integers(0, 40)
ODD = st.none() | st.integers(-2, 90)
URLS = ["https://a.example/", "https://a.example/b", "https://b.example/{{page}}", "https://a.example/undefined/x", None]


def rows_with(count: st.SearchStrategy[Any], average: st.SearchStrategy[Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(
        st.fixed_dictionaries(
            {
                "url": st.sampled_from(URLS),
                "device": st.sampled_from(["PC", "Mobile"]),
                "source": st.sampled_from(["google", "Google", None]),
                "campaign": st.sampled_from(["Spring", "spring", "{campaignid}", "%7Bcampaignid%7D"]),
                **dict.fromkeys(COUNTS, count),
                "sessions": st.integers(0, 40),
                "scroll_depth": average,
                "pages_per_session": average,
                "engagement_time_ms": count,
                "total_time_ms": count,
                "rows_merged": st.integers(1, 3),
            }
        ),
        max_size=5,
    )


CLEAN = rows_with(st.just(0), st.floats(0, 100))
ANY = rows_with(ODD, st.none() | st.floats(-1, 130))
DAYS = st.fixed_dictionaries({}, optional=dict.fromkeys(LANES, st.tuples(CLEAN | ANY, st.booleans())))


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    made: Path = tmp_path_factory.mktemp("rows") / "warehouse.duckdb"
    warehouse = Warehouse(made)
    with warehouse.connect():  # open throughout: each opening costs
        yield warehouse


def loaded(warehouse: Warehouse, lanes: dict[str, tuple[list[dict[str, Any]], bool]]) -> dict[str, Any]:
    """What the rows at hand tell, of lanes that are loaded now, and nothing else is."""
    with warehouse.connect() as connection:
        for table in ("clarity_daily_metrics", "clarity_lane_loads", "clarity_value_spellings"):
            connection.execute(f"delete from {table}")
    known = {}
    for name, (given_rows, truncated) in lanes.items():
        dimensions = SLICES[name].dimension_names
        rows = [
            {key: value for key, value in row.items() if key not in {"url", "device", "source", "campaign"} or key in dimensions}
            | {"truncated": truncated}
            for row in given_rows
        ]
        load(warehouse, rows, slice_name=name)
        table = lane(rows, slice_name=name)
        known[name] = row_sums(table, slice_name=name)
        with warehouse.connect() as connection:
            note_spellings(connection, table, business_id="acme")
    return known


@settings(max_examples=25, deadline=None)
@given(lanes=DAYS)
def test_rows_at_hand_tell_what_the_warehouse_tells_of_them(warehouse: Warehouse, lanes: dict[str, Any]) -> None:
    known = loaded(warehouse, lanes)
    with warehouse.connect() as connection:
        read = read_days(connection, Span.of_day("acme", DAY)).get(("acme", DAY))
        told = known_day(connection, business_id="acme", date=DAY, known=known)
    assert told is not None
    assert (dict(told.lanes), dict(told.apart)) == ((dict(read.lanes), dict(read.apart)) if read else ({}, {}))


@settings(max_examples=25, deadline=None)
@given(lanes=DAYS)
def test_no_finding_is_missed_where_rows_are_known_not_to_be_wrong(warehouse: Warehouse, lanes: dict[str, Any]) -> None:
    known = loaded(warehouse, lanes)
    found = []
    for of_rows in (known, None):
        with warehouse.connect() as connection:
            reconcile(connection, business_id="acme", date=DAY, known=of_rows)
            tables = ("clarity_findings", "clarity_reconciliation")
            found.append([connection.execute(f"from {table} order by all").fetchall() for table in tables])
    assert found[0] == found[1]


@settings(max_examples=25, deadline=None)
@given(rows=CLEAN | ANY, truncated=st.booleans())
def test_plain_rows_make_the_same_mart_without_conditions(warehouse: Warehouse, rows: list[Any], truncated: bool) -> None:
    known = loaded(warehouse, {"url_device": (rows, truncated)})["url_device"]
    for mart in ("business_day", "url_day", "host_day", "device_day"):
        made = [
            warehouse_rows(warehouse, MARTS[mart].select_of(is_plain=is_plain)) for is_plain in (False, known.is_plain)
        ]  # fmt: skip
        assert made[0] == made[1]


def test_a_lane_without_anything_odd_is_plain_and_one_number_makes_it_not(warehouse: Warehouse) -> None:
    row = dict.fromkeys(COUNTS, 1) | {"url": "https://a.example/", "device": "PC", "sessions": 5, "scroll_depth": 50.0}
    for changed, is_plain, may_be_wrong in (
        ({}, True, False),
        ({"dead_clicks": -1}, False, True),
        ({"dead_click_sessions": 7}, False, True),
        ({"scroll_depth": 100.5}, False, True),
        ({"pages_per_session": float("inf")}, False, True),
        ({"dead_clicks": None}, False, False),
        ({"sessions": None}, False, False),
        ({"url": "https://a.example/undefined/"}, True, True),
    ):
        told = loaded(warehouse, {"url_device": ([row | changed], False)})["url_device"]
        assert (changed, told.is_plain, told.may_be_wrong) == (changed, is_plain, may_be_wrong)


@pytest.mark.parametrize("mart", [MARTS[name] for name in names("plain_marts")], ids=lambda each: each.name)
def test_the_select_of_plain_rows_differs_in_nothing_but_its_measures(mart: Any) -> None:
    def around(select: str) -> list[str]:
        lines = [line for line in select.splitlines() if not line.startswith("--")]
        first = next(place for place, line in enumerate(lines) if "-- generated: " in line)
        last = next(place for place, line in enumerate(lines) if "-- end of what is generated" in line)
        return [line for line in lines[:first] + lines[last + 1 :] if not line.strip().startswith("--")]

    assert around(mart.select) == around(mart.select_of(is_plain=True))


def warehouse_rows(warehouse: Warehouse, select: str) -> list[Any]:
    with warehouse.connect() as connection:
        return connection.execute(f"from ({select}) order by all").fetchall()
