"""Each statement against planted faults: a clean day passes them all, and what is wrong fails the right ones."""

import json
from datetime import timedelta

import duckdb
import pytest

from clarity_pipeline.trust.statements import STATEMENTS
from clarity_pipeline_tests.trust.played import FOUR, changed, failed, found, play
from clarity_pipeline_tests.world import DAY, LARGER_PROJECT, PROJECT, World


def test_a_clean_day_passes_every_statement(world: World) -> None:
    play(world)
    rows = found(world)
    assert {statement for statement, _, _ in rows} == {each.name for each in STATEMENTS}
    assert [row for row in rows if row[2] is not True] == []


@pytest.mark.slow("seven days of a larger site; a clean day is beside it")
def test_seven_clean_days_of_a_larger_site_pass_every_statement(world: World) -> None:
    world.connect(token=world.fake.token(LARGER_PROJECT))
    for number in range(7):
        play(world, day=DAY + timedelta(days=number))
        world.later(days=1)
    assert len({row[0] for row in found(world)}) == len(STATEMENTS)
    assert failed(world) == set()
    assert found(world, "passed is null") == []


def test_without_the_totals_nothing_is_said_about_them(world: World) -> None:
    play(world, *FOUR)
    assert failed(world) == set()
    assert {row[0] for row in found(world, "passed is null and reason = 'other_lane_not_loaded'")} == {
        "visits_fit_the_totals", "events_fit_the_totals",
    }  # fmt: skip


def test_a_lane_whose_urls_were_dropped_and_one_echoed_is_found(world: World) -> None:
    """What a dropped dimension would look like if its key still came: sums by source alone."""
    body = json.loads(world.fake.answer(PROJECT, dimensions=["Source"], at=world.now))
    for metric in body:
        for row in metric["information"]:
            row["Url"] = "https://roofmaster.example/"
    world.fake.script(PROJECT, None, changed(lambda _: body))
    play(world)
    assert failed(world) == {
        ("lanes_tell_the_same_visits", "url_source"),
        ("lanes_tell_the_same_urls", "url_device"),
        ("visits_fit_the_totals", "url_source"),
    }


def test_a_lane_with_another_projects_data_is_found(world: World) -> None:
    world.name_site("roofmaster.example", "ploughcrm.example")
    body = json.loads(world.fake.answer(LARGER_PROJECT, dimensions=["URL", "Country"], at=world.now))
    world.fake.script(PROJECT, None, None, changed(lambda _: body))
    play(world)
    names = {name for name, slice_name in failed(world) if slice_name in {"url_country", "url_device"}}
    assert {"lanes_tell_the_same_visits", "lanes_tell_the_same_events", "lanes_tell_the_same_urls"} <= names
    assert {"visits_fit_the_totals", "events_fit_the_totals"} <= names
    assert {slice_name for name, slice_name in failed(world) if name == "lanes_tell_the_same_visits"} == {"url_country"}


def test_lanes_asked_for_hours_apart_fail_their_window_and_nothing_that_follows_from_it(world: World) -> None:
    play(world, "url_device", "url_source", "totals")
    world.later(hours=3)
    play(world, "url_country", "url_campaign_channel")
    assert failed(world) == {
        ("lanes_share_a_window", "url_country"),
        ("lanes_share_a_window", "url_campaign_channel"),
    }


def test_half_of_the_events_missing_is_found_although_visits_agree(world: World) -> None:
    world.connect(token=world.fake.token(LARGER_PROJECT))

    def halved(metrics: list[dict[str, object]]) -> list[dict[str, object]]:
        return [
            {**metric, "information": [{**row, "subTotal": row.get("subTotal", 0) // 2} for row in metric["information"]]}  # type: ignore[attr-defined]
            if metric["metricName"] in {"DeadClickCount", "QuickbackClick"}
            else metric
            for metric in metrics
        ]

    world.fake.script(LARGER_PROJECT, None, changed(halved))
    play(world)
    assert failed(world) == {("lanes_tell_the_same_events", "url_source"), ("events_fit_the_totals", "url_source")}


def test_the_lane_that_comes_last_decides(world: World) -> None:
    body = json.loads(world.fake.answer(LARGER_PROJECT, dimensions=["URL", "Source"], at=world.now))
    world.fake.script(PROJECT, changed(lambda _: body))
    first = play(world, "url_source")["url_source"].judged
    assert all(each.finding.passed is not False for each in first.about("url_source"))
    last = play(world, "url_device")["url_device"].judged
    assert "lanes_tell_the_same_visits" in {each.statement for each in last.about("url_device") if each.finding.passed is False}


def test_a_corrected_lane_takes_its_findings_with_it(world: World) -> None:
    world.name_site("roofmaster.example", "ploughcrm.example")
    body = json.loads(world.fake.answer(LARGER_PROJECT, dimensions=["URL", "Source"], at=world.now))
    world.fake.script(PROJECT, None, changed(lambda _: body))
    play(world)
    assert failed(world)
    world.later(minutes=5)
    play(world, "url_source", refetch=True)
    assert failed(world) == set()


def test_offenders_are_hashes_of_the_lanes_own_rows_and_no_url_leaves(world: World) -> None:
    world.name_site("roofmaster.example", "ploughcrm.example")
    body = json.loads(world.fake.answer(LARGER_PROJECT, dimensions=["URL", "Source"], at=world.now))
    world.fake.script(PROJECT, None, changed(lambda _: body))
    judged = play(world)["totals"].judged
    apart = next(
        each.finding for each in judged.findings
        if each.statement == "lanes_tell_the_same_urls" and each.finding.slice_name == "url_source"
    )  # fmt: skip
    with duckdb.connect(world.settings.warehouse_file, read_only=True) as connection:
        hashes = connection.execute("select dimension_hash from clarity_daily_metrics where slice = 'url_source'").fetchall()
    assert 0 < len(apart.offenders) <= 20
    assert {(each,) for each in apart.offenders} <= set(hashes)
    assert "://" not in repr(judged)


def test_more_bots_than_people_and_more_users_than_visits_are_said(world: World) -> None:
    def crowded(metrics: list[dict[str, object]]) -> list[dict[str, object]]:
        for metric in metrics:
            for row in metric["information"] if metric["metricName"] == "Traffic" else ():  # type: ignore[attr-defined]
                row["totalBotSessionCount"] = row["totalSessionCount"] * 3
                row["distinctUserCount"] = row["totalSessionCount"] * 9
        return metrics

    world.fake.script(PROJECT, changed(crowded))
    play(world)
    assert {name for name, slice_name in failed(world) if slice_name == "url_device"} == {
        "bots_are_the_smaller_part", "users_fit_the_sessions",
    }  # fmt: skip
    assert ("lanes_tell_the_same_bot_share", "url_source") in failed(world)


@pytest.mark.parametrize("minutes", [0, 9])
def test_a_few_minutes_between_lanes_are_nothing(world: World, minutes: int) -> None:
    play(world, "url_device")
    world.later(minutes=minutes)
    play(world, *FOUR[1:], "totals")
    assert failed(world) == set()
