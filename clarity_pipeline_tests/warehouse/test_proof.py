from datetime import datetime, timedelta

import pytest

from clarity_pipeline.warehouse.proof import LANE_PROOFS, Finding, prove_lane
from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline_tests.warehouse.lanes import DAY, FETCHED_AT, load, tuple_hash

GOOD = {
    "sessions": 5,
    "bot_sessions": 0,
    "scroll_depth": 100.0,
    "pages_per_session": 7.3,
    "rage_clicks": 9,
    "rage_click_sessions": 5,
}


def found(warehouse: Warehouse, proof: str, slice_name: str = "url_device") -> Finding:
    findings = prove_lane(warehouse, business_id="acme", date=DAY, slice_name=slice_name)
    return {each.name: finding for each, finding in findings}[proof]


def test_a_good_lane_passes_every_proof(warehouse: Warehouse) -> None:
    load(warehouse, [GOOD, {"sessions": 0, "bot_sessions": 3, "rage_clicks": 0}, {"rage_clicks": None}])
    findings = prove_lane(warehouse, business_id="acme", date=DAY, slice_name="url_device")
    assert [proof.name for proof, _ in findings] == [proof.name for proof in LANE_PROOFS]
    assert all(finding.passed for _, finding in findings)


IMPOSSIBLE = (
    {"scroll_depth": 100.01},
    {"scroll_depth": -0.01},
    {"scroll_depth": float("nan")},
    {"coverage": 1.1},
    {"pages_per_session": -1.0},
    {"pages_per_session": float("inf")},
    {"sessions": -1},
    {"bot_sessions": -1},
    {"engagement_time_ms": -1},
    {"error_clicks": -1},
    {"quick_back_sessions": -1},
    {"rage_click_sessions": 7},
    {"script_error_sessions": 7},
)


def test_each_row_with_an_impossible_value_is_found_by_its_hash(warehouse: Warehouse) -> None:
    load(warehouse, [GOOD, *({**GOOD, **wrong} for wrong in IMPOSSIBLE), GOOD])
    finding = found(warehouse, "rows_are_in_range")
    places = range(1, 1 + len(IMPOSSIBLE))
    assert set(finding.offenders) == {tuple_hash("url_device", place) for place in places}
    assert (finding.passed, finding.actual, finding.expected) == (False, len(IMPOSSIBLE), 0)


def test_one_session_more_a_merged_tuple_is_what_clarity_itself_sends(warehouse: Warehouse) -> None:
    load(warehouse, [{**GOOD, "rage_click_sessions": 6}, {**GOOD, "rage_click_sessions": 7, "rows_merged": 2}])
    assert found(warehouse, "rows_are_in_range").passed


def test_metrics_that_kept_different_tuples_of_a_cut_lane_are_not_held_against_each_other(warehouse: Warehouse) -> None:
    load(warehouse, [{**GOOD, "rage_click_sessions": 7, "truncated": True}])
    assert found(warehouse, "rows_are_in_range").passed
    load(warehouse, [{**GOOD, "rage_click_sessions": 7, "rage_clicks": -1, "truncated": True}])
    assert not found(warehouse, "rows_are_in_range").passed


def test_all_offenders_are_counted_and_twenty_are_named(warehouse: Warehouse) -> None:
    load(warehouse, [{"sessions": -1}] * 25)
    finding = found(warehouse, "rows_are_in_range")
    assert (finding.actual, len(finding.offenders)) == (25, 20)


def test_a_tuple_that_is_twice_is_found(warehouse: Warehouse) -> None:
    load(warehouse, [{"dimension_hash": "one"}, {"dimension_hash": "one"}, {"dimension_hash": "two"}])
    load(warehouse, [{"dimension_hash": "two"}], business_id="other")
    assert found(warehouse, "no_tuple_is_twice") == Finding(passed=False, actual=1, expected=0, offenders=("one",))


def test_a_tuple_of_two_lanes_is_found_from_both(warehouse: Warehouse) -> None:
    load(warehouse, [{"dimension_hash": "one"}])
    load(warehouse, [{"dimension_hash": "one"}], slice_name="url_source")
    load(warehouse, [{"dimension_hash": "three"}], slice_name="url_country")
    for slice_name, passed in (("url_device", False), ("url_source", False), ("url_country", True)):
        assert found(warehouse, "no_tuple_is_twice", slice_name).passed is passed


def test_a_lane_cut_at_the_cap_is_found(warehouse: Warehouse) -> None:
    load(warehouse, [{"truncated": True, "rows_merged": 3}, {"truncated": True, "rows_merged": 997}])
    assert found(warehouse, "lane_is_not_cut") == Finding(passed=False, actual=1000, expected=1000)


def test_a_late_fetch_covers_too_little_of_its_date_even_when_it_brought_no_row(warehouse: Warehouse) -> None:
    for minutes, passed in ((5, True), (28, True), (29, False), (350, False)):
        midnight = datetime.combine(FETCHED_AT, datetime.min.time(), FETCHED_AT.tzinfo)
        load(warehouse, [], fetched_at=midnight + timedelta(minutes=minutes))
        finding = found(warehouse, "date_is_covered")
        assert finding.passed is passed
        assert finding.actual == pytest.approx(1 - minutes / 1440)


def test_a_lane_that_is_not_loaded_covers_nothing(warehouse: Warehouse) -> None:
    assert found(warehouse, "date_is_covered") == Finding(passed=False, actual=None, expected=0.98)
    assert found(warehouse, "lane_is_not_cut").passed
