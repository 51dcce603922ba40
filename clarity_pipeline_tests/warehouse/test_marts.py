from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clarity_pipeline.clarity.dimensions import SLICES
from clarity_pipeline.warehouse.marts import MARTS, Mart, refresh
from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline_tests.warehouse.lanes import AVERAGES, COUNTS, DAY, load, rows_of

Row = Mapping[str, Any]


def refreshed(warehouse: Warehouse, mart: str) -> list[dict[str, Any]]:
    with warehouse.connect() as connection:
        written = refresh(connection, [MARTS[mart]], business_id="acme", date=DAY)[mart]
    with warehouse.connect() as connection:
        rows = connection.sql(f"from {mart} where business_id = 'acme' order by all").to_arrow_table().to_pylist()
    assert len(rows) == written
    return rows


@pytest.mark.parametrize("mart", MARTS.values(), ids=MARTS)
def test_a_mart_groups_by_dimensions_of_the_lane_it_reads_and_says_so(mart: Mart) -> None:
    told_from = {"host": "url"}
    assert {told_from.get(name, name) for name in mart.dimensions} <= set(SLICES[mart.slice_name].dimension_names)
    assert f"slice = '{mart.slice_name}'" in mart.select
    assert mart.description.startswith("A row is one ")


def test_a_mart_has_its_dimensions_and_the_columns_of_the_table_it_sums(warehouse: Warehouse) -> None:
    columns = "select column_name from duckdb_columns() where table_name = ? order by column_index"
    table = [name for (name,) in rows_of(warehouse, columns, "clarity_daily_metrics")]
    not_summed = {"slice", "dimension_hash", "raw_payload", *table[table.index("url") : table.index("os") + 1]}
    kept = [name for name in table if name not in not_summed and name not in {"business_id", "date"}]
    left_over = ["window_start", "window_end", "fetched_at", "loaded_at", "quality", "coverage", "truncated", "rows_merged"]
    assert kept[-8:] == left_over
    weights = ["scroll_depth_sessions", "engagement_time_sessions"]
    of_site = ["pages_per_session_sessions", *weights, "total_time_sessions"]
    by_pages = ["engagement_time_by_pages_ms", "total_time_by_pages_ms"]
    for mart in MARTS.values():
        found = [name for (name,) in rows_of(warehouse, columns, mart.name)]
        last = (
            [*of_site, "days", "days_with_data", *by_pages, "left_out"]
            if mart.name == "site_day"
            else [*weights, "days", "days_with_data", "left_out"]
        )
        folded = ["is_folded"] if mart.name == "url_day" else []
        assert found == ["business_id", "date", *mart.dimensions, *folded, *kept, "rows", *last]


LEFT_OUT = [name for name in COUNTS if name not in {"sessions", "bot_sessions", "distinct_users"}]

COUNT = st.none() | st.integers(0, 50)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "url": st.sampled_from(["https://a.example/", "https://a.example/b", None]),
            "device": st.sampled_from(["PC", "Mobile"]),
            **dict.fromkeys(COUNTS, COUNT),
            "pages_per_session": st.none() | st.floats(0, 30),
            "scroll_depth": st.none() | st.floats(0, 100),
            "engagement_time_ms": st.none() | st.integers(0, 10**7),
            "total_time_ms": st.none() | st.integers(0, 10**7),
            "quality": st.sampled_from(["aligned", "shifted", "recovered"]),
            "coverage": st.floats(0, 1),
            "truncated": st.booleans(),
            "rows_merged": st.integers(1, 5),
        }
    ),
    max_size=6,
)


AFFECTED = [name for name in COUNTS if name.endswith("_sessions") and name != "bot_sessions"]


def cannot_be(row: Row, name: str) -> bool:
    """More sessions with trouble than there are; in a lane that was cut, nobody knows."""
    if name not in AFFECTED or row[name] is None or row["sessions"] is None or row["truncated"]:
        return False
    return bool(row[name] > row["sessions"] + row["rows_merged"])


def is_told(row: Row, name: str) -> bool:
    return not cannot_be(row, name) and (row[name] is not None or row["truncated"])


def summed(rows: Iterable[Row], name: str) -> int | None:
    known = [row[name] for row in rows if row[name] is not None and not cannot_be(row, name)]
    return sum(known) if known else None


def averaged(rows: Iterable[Row], name: str) -> float | None:
    known = [row for row in rows if row[name] is not None and row["sessions"] is not None]
    sessions = sum(row["sessions"] for row in known)
    return sum(row[name] * row["sessions"] for row in known) / sessions if sessions else None


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_a_mart_is_what_a_person_would_compute_from_the_rows(tmp_path: Path, rows: list[Row]) -> None:
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    with warehouse.connect():  # kept open, so that the connections inside cost nothing
        load(warehouse, rows)
        for mart in ("business_day", "url_day", "device_day"):
            compare(warehouse, mart, rows)


def compare(warehouse: Warehouse, mart: str, rows: list[Row]) -> None:
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[name] for name in MARTS[mart].dimensions)].append(row)
    found = {tuple(row[name] for name in MARTS[mart].dimensions): row for row in refreshed(warehouse, mart)}
    assert set(found) == set(groups)
    for group, members in groups.items():
        row = found[group]
        assert {name: row[name] for name in (*COUNTS, "rows_merged")} == {
            name: summed(members, name) for name in (*COUNTS, "rows_merged")
        }
        for name in AVERAGES:
            is_too_high = name == "pages_per_session" and mart != "url_day"
            assert row[name] == (None if is_too_high else pytest.approx(averaged(members, name)))
        assert (row["days"], row["days_with_data"]) == (1, 1)
        assert row["quality"] == max((member["quality"] for member in members), key=["aligned", "shifted", "recovered"].index)
        assert row["coverage"] == min(member["coverage"] for member in members)
        assert row["truncated"] == any(member["truncated"] for member in members)
        assert row["rows"] == len(members)
        missing = {name: sum(each["sessions"] or 0 for each in members if not is_told(each, name)) for name in LEFT_OUT}
        assert dict(row["left_out"] or {}) == {name: sessions for name, sessions in missing.items() if sessions}


def test_a_number_that_cannot_be_is_left_out_of_a_mart_and_no_other_number_of_its_row(warehouse: Warehouse) -> None:
    good = dict.fromkeys(COUNTS, 0) | {"sessions": 100, "rage_click_sessions": 7, "scroll_depth": 40.0, "rows_merged": 1}
    bad = good | {"sessions": 10, "rage_click_sessions": 25, "rage_clicks": 30, "dead_click_sessions": 4, "scroll_depth": 130.0}
    load(warehouse, [good, bad])
    (row,) = refreshed(warehouse, "business_day")
    assert (row["sessions"], row["rage_click_sessions"], row["rage_clicks"], row["dead_click_sessions"]) == (110, 7, 30, 4)
    assert (row["scroll_depth"], row["scroll_depth_sessions"]) == (40.0, 100)
    assert dict(row["left_out"]) == {"rage_click_sessions": 10, "scroll_depth": 10}


def test_the_marts_of_the_other_lanes_read_their_own_lane_alone(warehouse: Warehouse) -> None:
    load(warehouse, [{"sessions": 100, "source": "google", "country": "Kenya", "campaign": "spring", "channel": "Email"}])
    load(warehouse, [{"sessions": 1, "source": "google"}, {"sessions": 2, "source": None}], slice_name="url_source")
    load(warehouse, [{"sessions": 3, "country": "Kenya"}, {"sessions": 4, "country": "Kenya"}], slice_name="url_country")
    campaigns = [{"sessions": 5, "campaign": "spring", "channel": channel} for channel in ("Email", "PaidSearch", "Email")]
    load(warehouse, campaigns, slice_name="url_campaign_channel")
    assert {row["source"]: row["sessions"] for row in refreshed(warehouse, "source_day")} == {"google": 1, None: 2}
    assert {row["country"]: row["sessions"] for row in refreshed(warehouse, "country_day")} == {"Kenya": 7}
    campaign_day = {(row["campaign"], row["channel"]): row["sessions"] for row in refreshed(warehouse, "campaign_day")}
    assert campaign_day == {("spring", "Email"): 10, ("spring", "PaidSearch"): 5}


def test_refreshing_an_emptied_day_removes_its_row_and_no_other(warehouse: Warehouse) -> None:
    for business_id, day in (("acme", DAY), ("acme", DAY - timedelta(days=1)), ("other", DAY)):
        load(warehouse, [{"sessions": 1}], business_id=business_id, day=day)
        with warehouse.connect() as connection:
            refresh(connection, [MARTS["business_day"]], business_id=business_id, date=day)
    load(warehouse, [])
    with warehouse.connect() as connection:
        assert refresh(connection, [MARTS["business_day"]], business_id="acme", date=DAY) == {"business_day": 0}
    left = rows_of(warehouse, "select business_id, date from business_day order by all")
    assert left == [("acme", DAY - timedelta(days=1)), ("other", DAY)]


def test_refreshing_twice_changes_nothing(warehouse: Warehouse) -> None:
    load(warehouse, [{"sessions": 1, "url": "https://a.example/"}, {"sessions": 2, "url": None}])
    assert refreshed(warehouse, "url_day") == refreshed(warehouse, "url_day")
