"""The table of findings: written with the lane, gone with it, and the same whatever the order of loads."""

import re
from datetime import date, timedelta
from typing import Any

import duckdb
import pytest

from clarity_pipeline.clarity.dimensions import SLICES
from clarity_pipeline.day.load import load_lane
from clarity_pipeline.normalize.urls import canonical_url
from clarity_pipeline.trust.codes import CODE, CODES
from clarity_pipeline.upkeep.replay import replay
from clarity_pipeline.warehouse.findings import write_of_rows
from clarity_pipeline.warehouse.span import Span
from clarity_pipeline_tests.trust.played import changed, play
from clarity_pipeline_tests.world import DAY, PROJECT, World

THREE = [DAY + timedelta(days=number) for number in range(3)]


def findings(world: World, columns: str = "slice, metric, code, severity, figure") -> list[tuple[Any, ...]]:
    with duckdb.connect(world.settings.warehouse_file, read_only=True) as connection:
        return connection.execute(f"select {columns} from clarity_findings order by all").fetchall()


def told_by_rows(world: World, column: str) -> list[tuple[str, Any]]:
    with duckdb.connect(world.settings.warehouse_file, read_only=True) as connection:
        query = f"select dimension_hash, {column} from clarity_daily_metrics where slice = 'url_device'"
        return [(key, value) for key, value in connection.execute(query).fetchall()]


def edited(metric: str, **fields: object) -> Any:
    """An answer of which one row of a metric says something else: one that no other row is folded with."""

    def change(metrics: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for each in metrics:
            if each["metricName"] == metric:
                keys = [
                    (canonical_url(row["Url"] or "", kept_parameters=frozenset()), row["Device"]) for row in each["information"]
                ]
                next(row for row, key in zip(each["information"], keys, strict=True) if keys.count(key) == 1).update(fields)
        return metrics

    return changed(change)


def test_a_clean_day_has_no_finding(world: World) -> None:
    play(world)
    assert findings(world) == []


@pytest.mark.parametrize(
    ("metric", "fields", "column"),
    [
        ("RageClickCount", {"sessionsCount": "10", "sessionsWithMetricPercentage": 250}, "rage_click_sessions"),
        ("DeadClickCount", {"sessionsCount": "10", "sessionsWithMetricPercentage": -10}, "dead_click_sessions"),
        ("ScrollDepth", {"averageScrollDepth": 900}, "scroll_depth"),
        ("ScrollDepth", {"averageScrollDepth": -40}, "scroll_depth"),
        ("Traffic", {"pagesPerSessionPercentage": -2.5}, "pages_per_session"),
    ],
)
def test_a_number_that_cannot_be_is_null_in_its_row_and_found_with_the_sessions_that_it_leaves_out(
    world: World, metric: str, fields: dict[str, object], column: str
) -> None:
    play(world, "url_device")
    was = dict(told_by_rows(world, column))
    world.fake.script(PROJECT, edited(metric, **fields))
    world.later(minutes=5)
    play(world, "url_device", refetch=True)
    ((sessions,),) = [
        (each,)
        for key, each in told_by_rows(world, f"case when {column} is null then sessions end")
        if each and was[key] is not None
    ]
    assert findings(world) == [("url_device", column, "number_out_of_range", "warning", float(sessions))]


def test_a_number_that_an_earlier_release_left_in_its_row_is_found_until_replay_mends_it(synced: World) -> None:
    synced.fake.script(PROJECT, edited("ScrollDepth", averageScrollDepth=900))
    synced.later(minutes=5)
    play(synced, "url_device", refetch=True)
    with synced.home() as home, home.warehouse.connect() as connection:
        which = "slice = 'url_device' and scroll_depth is null and sessions > 0"
        wrong = f"update clarity_daily_metrics set scroll_depth = 900 where {which}"
        ((changed_rows,),) = connection.execute(wrong).fetchall()
        assert changed_rows == 1
        write_of_rows(connection, Span.of_day("acme", DAY))
    told = {row[2] for row in findings(synced)}
    assert {"impossible_number", "number_out_of_range"} <= told
    with synced.home() as home:
        replay(home)
    assert {"impossible_number", "number_out_of_range"} & {row[2] for row in findings(synced)} == {"number_out_of_range"}
    assert max(each for _, each in told_by_rows(synced, "scroll_depth") if each is not None) <= 100


def test_a_corrected_lane_takes_its_findings_with_it(world: World) -> None:
    world.fake.script(PROJECT, edited("ScrollDepth", averageScrollDepth=130.5))
    play(world, "url_device")
    assert findings(world)
    world.later(minutes=5)
    play(world, "url_device", refetch=True)
    assert findings(world) == []


def test_what_only_the_answer_tells_is_found_too(world: World) -> None:
    def change(metrics: list[dict[str, Any]]) -> list[dict[str, Any]]:
        kept = [each for each in metrics if each["metricName"] != "ScrollDepth"]
        return [*kept, {"metricName": "Moods", "information": [{"Url": "x", "Device": "PC", "mood": 1}]}]

    world.fake.script(PROJECT, changed(change))
    play(world, "url_device")
    assert findings(world) == [
        ("url_device", "Moods", "metric_unknown", "info", 1.0),
        ("url_device", "ScrollDepth", "metric_missing", "warning", 1.0),
    ]


def test_a_lane_that_is_cut_says_what_share_it_tells(busy: World) -> None:
    busy.later(days=1)
    play(busy, "url_device", "totals", day=THREE[1])
    ((slice_name, metric, code, severity, share),) = [row for row in findings(busy) if row[2] == "lane_cut"]
    assert (slice_name, metric, code, severity) == ("url_device", None, "lane_cut", "warning")
    assert 0.5 < share < 1


def test_a_finding_says_since_when_it_stands_and_on_how_many_dates(world: World) -> None:
    for day in THREE:
        world.fake.script(PROJECT, edited("ScrollDepth", averageScrollDepth=130.5))
        play(world, "url_device", day=day)
        world.later(days=1)
    assert findings(world, "date, since, times") == [(day, DAY, number) for number, day in enumerate(THREE, start=1)]


def test_a_date_without_it_ends_what_stood_since(world: World) -> None:
    for day in THREE:
        if day != THREE[1]:
            world.fake.script(PROJECT, edited("ScrollDepth", averageScrollDepth=130.5))
        play(world, "url_device", day=day)
        world.later(days=1)
    assert findings(world, "date, since, times") == [(THREE[0], THREE[0], 1), (THREE[2], THREE[2], 1)]


def _fetched(world: World, days: list[date]) -> None:
    """Answers of each day in the vault, none loaded."""
    for day in days:
        world.fake.script(PROJECT, edited("ScrollDepth", averageScrollDepth=130.5))
        with world.home() as home:
            home.capture.lane("acme", date=day, asked=SLICES["url_device"])
        world.later(days=1)


def test_findings_do_not_depend_on_the_order_of_loads_and_a_replay_makes_the_same(world: World) -> None:
    _fetched(world, THREE)
    with world.home() as home, home.warehouse.connect():
        for day in (THREE[2], THREE[0], THREE[1]):
            load_lane(home, business_id="acme", date=day, asked=SLICES["url_device"])
    before = findings(world, "*")
    assert [row[-2:] for row in before] == [(DAY, 1), (DAY, 2), (DAY, 3)]
    with world.home() as home:
        replay(home)
    assert findings(world, "*") == before


def test_every_code_says_what_it_is_and_what_to_do() -> None:
    assert len(CODE) == len(CODES)
    for each in CODES:
        assert each.what_to_do
        assert each.figure
        said = each.sentence.format(metric="scroll_depth", figure=0.5)
        assert "{" not in said


def renamed(dimension: str, before: str | None, after: str) -> Any:
    """An answer in which one value of a dimension is another, in every metric."""

    def change(metrics: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for each in metrics:
            for row in each["information"]:
                if row[dimension] == before:
                    row[dimension] = after
        return metrics

    return changed(change)


def test_ads_whose_campaign_nobody_filled_in_are_found_with_their_visits(world: World) -> None:
    world.fake.script(PROJECT, renamed("Campaign", "roofer_near_me", "{{campaign.name}}"))
    play(world, "url_campaign_channel")
    with duckdb.connect(world.settings.warehouse_file, read_only=True) as connection:
        ((visits,),) = connection.execute("select sum(sessions) from clarity_daily_metrics where campaign is not null").fetchall()
    assert visits > 5
    assert findings(world) == [("url_campaign_channel", "campaign", "unfilled_placeholder", "warning", visits)]


def test_pages_whose_address_has_no_name_are_found_with_their_visits(world: World) -> None:
    world.fake.script(PROJECT, renamed("Url", "https://roofmaster.example/quote/", "https://roofmaster.example/quote/undefined"))
    play(world, "url_device")
    with duckdb.connect(world.settings.warehouse_file, read_only=True) as connection:
        ((visits,),) = connection.execute(
            "select sum(sessions) from clarity_daily_metrics where url = 'https://roofmaster.example/quote/undefined'"
        ).fetchall()
    assert visits > 5
    assert findings(world) == [("url_device", "url", "broken_page_address", "warning", visits)]


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.code)
def test_one_thing_is_told_in_the_singular(code: Any) -> None:
    said = code.said("Traffic", 1.0)
    assert not re.search(r"\b1 (?:rows|cells|visits|columns|users|tuples)\b", said)
    assert code.said("Traffic", 2.0) == code.sentence.format(metric="Traffic", figure=2.0)
