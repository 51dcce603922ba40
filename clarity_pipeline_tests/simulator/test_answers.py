import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from clarity_pipeline.clarity.dimensions import DIMENSIONS, SLICES
from clarity_pipeline.simulator.answers import answer, encode
from clarity_pipeline.simulator.presets import large_shop, mid_size, small
from clarity_pipeline.simulator.site import EVENTS, CountsAs, Platform
from clarity_pipeline.simulator.truth import Tally, truth
from clarity_pipeline.simulator.window import SessionLog

DAY = date(2026, 11, 9)
MIDNIGHT = datetime(2026, 11, 10, tzinfo=UTC)
NINE = [
    *("DeadClickCount", "ExcessiveScroll", "RageClickCount", "QuickbackClick", "ScriptErrorCount", "ErrorClickCount"),
    *("ScrollDepth", "Traffic", "EngagementTime"),
]
SEVEN = ["Browser", "Device", "OS", "Country", "PageTitle", "ReferrerUrl", "PopularPages"]
FRICTION = {
    "DeadClickCount": "dead_clicks",
    "ExcessiveScroll": "excessive_scroll",
    "RageClickCount": "rage_clicks",
    "QuickbackClick": "quick_backs",
    "ScriptErrorCount": "script_errors",
    "ErrorClickCount": "error_clicks",
}
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def log() -> SessionLog:
    return SessionLog(mid_size(), 7)


def asked(
    log: SessionLog, *dimensions: str, at: datetime = MIDNIGHT, days: int = 1, counts_as: CountsAs = "numbers"
) -> dict[str, Rows]:
    metrics = json.loads(encode(answer(log, dimensions=dimensions, num_of_days=days, at=at, counts_as=counts_as)))
    return {metric["metricName"]: metric["information"] for metric in metrics}


def by_key(rows: Rows, *row_keys: str) -> dict[tuple[Any, ...], dict[str, Any]]:
    keyed = {tuple(row[key] for key in row_keys): row for row in rows}
    assert len(keyed) == len(rows), "a tuple came twice"
    return keyed


def check_against_truth(metrics: dict[str, Rows], tallies: dict[tuple[str | None, ...], Tally], *row_keys: str) -> None:
    """Every row of every metric equals the plain count, and no row is missing or invented."""
    humans = {key for key, tally in tallies.items() if tally.sessions}
    traffic = by_key(metrics["Traffic"], *row_keys)
    assert set(traffic) == set(tallies)
    for key, row in traffic.items():
        assert row["totalSessionCount"] == tallies[key].sessions
        assert row["totalBotSessionCount"] == tallies[key].bot_sessions
        assert row["distinctUserCount"] == tallies[key].distinct_users
        assert row["pagesPerSessionPercentage"] == tallies[key].pages_per_session_sent
    for metric, event in FRICTION.items():
        friction = by_key(metrics[metric], *row_keys)
        assert set(friction) == humans
        for key, row in friction.items():
            tally = tallies[key]
            assert row["sessionsCount"] == tally.sessions
            assert round(row["sessionsCount"] * row["sessionsWithMetricPercentage"] / 100) == tally.event_sessions[event]
            assert row["sessionsWithMetricPercentage"] == pytest.approx(
                100 * tally.event_sessions[event] / tally.sessions, abs=0.00501
            )
            assert row["sessionsWithMetricPercentage"] + row["sessionsWithoutMetricPercentage"] == pytest.approx(100)
            assert row["pagesViews"] == tally.event_views[event]
            assert row["subTotal"] == tally.events[event]
            assert row["subTotal"] >= row["pagesViews"] >= tally.event_sessions[event]
    scroll, time = by_key(metrics["ScrollDepth"], *row_keys), by_key(metrics["EngagementTime"], *row_keys)
    assert set(scroll) == set(time) == humans
    for key in humans:
        assert scroll[key]["averageScrollDepth"] == pytest.approx(tallies[key].scroll_depth, abs=0.00501)
        assert time[key]["totalTime"] == pytest.approx(tallies[key].total_s_per_session, abs=0.501)
        assert time[key]["activeTime"] == pytest.approx(tallies[key].active_s_per_session, abs=0.501)


@pytest.mark.parametrize("slice_name", [name for name in SLICES if name != "totals"])
def test_a_window_ending_at_midnight_is_the_truth_of_the_date_before_in_every_slice(log: SessionLog, slice_name: str):
    lane = SLICES[slice_name]
    metrics = asked(log, *lane.parameters.values())
    row_keys = [dimension.row_key for dimension in lane.dimensions]
    check_against_truth(metrics, truth(log, DAY).by(*lane.dimension_names), *row_keys)


@pytest.mark.parametrize("name", DIMENSIONS)
def test_every_dimension_alone_is_answered_under_its_row_key(log: SessionLog, name: str):
    dimension = DIMENSIONS[name]
    metrics = asked(log, dimension.parameter)
    assert list(metrics) == NINE
    check_against_truth(metrics, truth(log, DAY).by(name), dimension.row_key)
    assert all(list(row)[-1] == dimension.row_key for rows in metrics.values() for row in rows)


def test_without_a_dimension_there_are_sixteen_metrics_and_each_session_counts_once(log: SessionLog):
    metrics = asked(log)
    assert list(metrics) == NINE + SEVEN
    assert [len(metrics[name]) for name in NINE] == [1] * 9
    check_against_truth({name: metrics[name] for name in NINE}, {(): truth(log, DAY).total})
    for name in SEVEN[:-1]:
        assert 1 <= len(metrics[name]) <= 10
        assert all(set(row) == {"name", "sessionsCount"} for row in metrics[name])
    assert all(set(row) == {"url", "visitsCount"} for row in metrics["PopularPages"])
    assert None in [row["name"] for row in metrics["ReferrerUrl"]]
    pages = truth(log, DAY).by("url")
    assert metrics["PopularPages"][0]["visitsCount"] == max(tally.sessions for tally in pages.values())


def test_two_days_less_one_day_is_the_day_before_for_counts(log: SessionLog):
    two, one = (by_key(asked(log, "Device", days=days)["Traffic"], "Device") for days in (2, 1))
    before = truth(log, DAY - timedelta(days=1)).by("device")
    for key, tally in before.items():
        assert two[key]["totalSessionCount"] - one.get(key, {"totalSessionCount": 0})["totalSessionCount"] == tally.sessions
    users = truth(log, DAY).total.distinct_users + truth(log, DAY - timedelta(days=1)).total.distinct_users
    assert asked(log, days=2)["Traffic"][0]["distinctUserCount"] < users, "users of two days overlap"


def test_windows_roll_and_adjacent_ones_share_no_session(log: SessionLog):
    noon = MIDNIGHT - timedelta(hours=12)
    whole = asked(log, days=3, at=noon)["Traffic"][0]["totalSessionCount"]
    parts = [asked(log, days=1, at=noon - timedelta(days=ago))["Traffic"][0]["totalSessionCount"] for ago in range(3)]
    assert whole == sum(parts)
    assert asked(log, at=noon) != asked(log, at=MIDNIGHT)
    start_us = int(log.day(DAY).start_us.min())
    instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=start_us)
    included = log.window(instant, 1).start_us.max()
    excluded = log.window(instant + timedelta(days=1), 1).start_us.min()
    assert included == start_us < excluded, "the window is open at its start and closed at its end"


def test_traffic_alone_shows_bot_only_tuples_and_the_null_url(log: SessionLog):
    metrics = asked(log, "URL")
    traffic, dead = by_key(metrics["Traffic"], "Url"), by_key(metrics["DeadClickCount"], "Url")
    extra = [traffic[key] for key in traffic.keys() - dead.keys()]
    assert all(row["totalSessionCount"] == 0 for row in extra)
    assert all(row["pagesPerSessionPercentage"] == (1.0 if row["distinctUserCount"] else None) for row in extra)
    assert any(row["totalBotSessionCount"] > 0 and row["distinctUserCount"] == 0 for row in extra)
    null = traffic[None,]
    assert null["totalSessionCount"] == null["totalBotSessionCount"] == 0
    assert null["distinctUserCount"] >= 2


def test_a_session_counts_in_every_url_it_visited(log: SessionLog):
    by_url = sum(row["totalSessionCount"] for row in asked(log, "URL")["Traffic"])
    assert by_url > 1.5 * asked(log)["Traffic"][0]["totalSessionCount"]


def test_direct_visits_have_a_null_source_and_untagged_ones_a_null_campaign(log: SessionLog):
    metrics = asked(log, "Source", "Campaign")
    assert (None, None) in by_key(metrics["DeadClickCount"], "Source", "Campaign")
    assert ("google", None) in by_key(metrics["DeadClickCount"], "Source", "Campaign")
    assert ("facebook", "webinar") in by_key(metrics["DeadClickCount"], "Source", "Campaign")


def test_row_order_differs_between_metrics_and_is_the_same_each_time(log: SessionLog):
    metrics = asked(log, "URL")
    orders = {name: tuple(row["Url"] for row in rows if row["Url"]) for name, rows in metrics.items()}
    assert orders["DeadClickCount"] == orders["RageClickCount"]
    assert len({orders[name] for name in ("DeadClickCount", "QuickbackClick", "EngagementTime")}) == 3
    assert set(orders["DeadClickCount"]) == set(orders["QuickbackClick"]) == set(orders["EngagementTime"])
    assert encode(answer(log, dimensions=["URL"], num_of_days=1, at=MIDNIGHT)) == encode(
        answer(SessionLog(mid_size(), 7), dimensions=["URL"], num_of_days=1, at=MIDNIGHT)
    )


def test_a_metric_is_cut_silently_at_1000_rows_and_metrics_keep_different_tuples():
    busy = SessionLog(replace(large_shop(), sessions_a_day=40_000, click_id_share=0.15), 7)
    metrics = asked(busy, "URL", "Country")
    assert {name: len(rows) for name, rows in metrics.items()} == dict.fromkeys(NINE, 1000)
    kept = [set(by_key(metrics[name], "Url", "Country")) for name in ("DeadClickCount", "QuickbackClick", "Traffic")]
    assert len(kept[0] & kept[1] & kept[2]) < 900


def test_country_is_honoured_and_its_documented_spelling_is_dropped(log: SessionLog):
    assert "Germany" in [row["Country"] for row in asked(log, "URL", "Country")["DeadClickCount"]]
    dropped = asked(log, "URL", "Country/Region")
    assert dropped == asked(log, "URL")
    assert list(dropped) == NINE
    assert all(list(row)[-1] == "Url" and "Country" not in row for row in dropped["DeadClickCount"])
    assert list(asked(log, "Country/Region")) == NINE + SEVEN


@pytest.mark.parametrize("wrong", ["Page", "url", "Country Region", "Popular Pages"])
def test_an_unknown_dimension_gives_the_set_without_dimensions(log: SessionLog, wrong: str):
    metrics = asked(log, "Device", wrong)
    assert list(metrics) == NINE + SEVEN
    assert "Device" not in metrics["Traffic"][0]
    assert metrics["Traffic"] == asked(log)["Traffic"]


def test_nobody_came_and_the_answer_still_has_its_shape():
    deserted = SessionLog(replace(small(), sessions_a_day=0), 7)
    with_dimensions, without = asked(deserted, "URL", "Device"), asked(deserted, days=3)
    assert with_dimensions == {name: [] for name in NINE}
    assert [len(without[name]) for name in NINE + SEVEN] == [1] * 9 + [0] * 7
    assert without["Traffic"] == [
        {"totalSessionCount": 0, "totalBotSessionCount": 0, "distinctUserCount": 0, "pagesPerSessionPercentage": None}
    ]
    assert without["DeadClickCount"][0]["sessionsCount"] == 0


COUNTS = {
    *("sessionsCount", "pagesViews", "subTotal", "totalSessionCount", "totalBotSessionCount", "distinctUserCount"),
    *("totalTime", "activeTime", "visitsCount"),
}


@pytest.mark.parametrize(("counts_as", "types"), [("numbers", {int}), ("strings", {str}), ("mixed", {int, str})])
def test_counts_come_as_numbers_or_strings_or_both_with_the_same_values(log: SessionLog, counts_as: CountsAs, types: set[type]):
    metrics, numbers = asked(log, "URL", "Device", counts_as=counts_as), asked(log, "URL", "Device")
    found = {type(value) for rows in metrics.values() for row in rows for key, value in row.items() if key in COUNTS}
    assert found == types
    for name, rows in metrics.items():
        assert [{k: int(v) if k in COUNTS else v for k, v in row.items()} for row in rows] == numbers[name]


def test_whole_values_have_no_decimal_point_and_percentages_at_most_two_decimals(log: SessionLog):
    body = encode(answer(log, dimensions=["URL"], num_of_days=1, at=MIDNIGHT)).decode()
    assert '"sessionsWithMetricPercentage":0,' in body
    assert '"sessionsWithoutMetricPercentage":100,' in body
    assert ".0," not in body
    assert ".0}" not in body
    for row in json.loads(body)[0]["information"]:
        assert round(row["sessionsWithMetricPercentage"], 2) == row["sessionsWithMetricPercentage"]
    long_fractions = [row["pagesPerSessionPercentage"] for row in asked(log, "URL")["Traffic"]]
    assert any(value is not None and round(value, 2) != value for value in long_fractions)


def test_the_lanes_of_the_presets_are_not_cut():
    for site in (large_shop(), mid_size(), small()):
        busy = SessionLog(site, 7)
        for lane in SLICES.values():
            rows = asked(busy, *lane.parameters.values())["Traffic"]
            assert len(rows) < 950
            if site.project_id == large_shop().project_id and lane.dimensions:
                assert len(rows) > 300


def test_the_truth_holds_events_of_every_kind(log: SessionLog):
    total = truth(log, DAY).total
    assert all(total.events[event] > 0 for event in EVENTS)
    assert truth(SessionLog(replace(small(), sessions_a_day=0), 7), DAY).total.sessions == 0


def test_visitors_without_a_session_are_users_mostly_without_a_url_as_on_real_sites():
    shares, above = [], 0
    for day in range(10):
        log = SessionLog(mid_size(), day)
        metrics = asked(log, "URL", "Device")
        rows = metrics["Traffic"]
        nameless = [row for row in rows if row["Url"] is None]
        assert all(row["totalSessionCount"] == row["totalBotSessionCount"] == 0 for row in nameless)
        (total,) = asked(log)["Traffic"]
        shares.append(sum(row["distinctUserCount"] for row in nameless) / total["distinctUserCount"])
        above += any(
            row["distinctUserCount"] > row["totalSessionCount"] + row["totalBotSessionCount"] for row in rows if row["Url"]
        )
    assert min(shares) > 0.002
    assert max(shares) < 0.15
    assert above >= 3


def test_anchors_are_pages_of_their_own_on_the_wire_and_events_stay_where_they_were(log: SessionLog):
    urls = {row["Url"] for row in asked(log, "URL")["Traffic"]}
    assert {f"https://{mid_size().host}/", f"https://{mid_size().host}/#top", f"https://{mid_size().host}/#pricing"} <= urls
    without = SessionLog(replace(mid_size(), pages=tuple(replace(page, anchors=()) for page in mid_size().pages)), 7)
    assert asked(log)["DeadClickCount"] == asked(without)["DeadClickCount"]


def test_a_list_holds_up_to_ten_rows_and_devices_are_complete():
    platforms = tuple(Platform(1, f"Device {number}", "Windows", "Chrome") for number in range(14))
    busy = SessionLog(replace(mid_size(), platforms=platforms), 7)
    assert len(asked(busy)["PageTitle"]) == 10
    assert len(asked(busy)["Device"]) == 14
    assert {row["name"] for row in asked(SessionLog(large_shop(), 7))["Device"]} == {"PC", "Mobile", "Tablet", "Other", "Email"}
