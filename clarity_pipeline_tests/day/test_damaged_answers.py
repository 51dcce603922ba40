"""A damaged answer by the real parts: what is loaded of it, what its job says, and that a newer parser loads what was refused."""

from datetime import timedelta
from typing import Any

import pytest

from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.clarity.errors import AnswerMalformed
from clarity_pipeline.clarity.parser_version import PARSER_VERSION
from clarity_pipeline.day.load import load_lane
from clarity_pipeline.day.plan import give_up, plan_today
from clarity_pipeline.simulator import faults
from clarity_pipeline.warehouse.rows import named
from clarity_pipeline_tests.world import DAY, PROJECT, World

URL_DEVICE = DAILY_SLICES["url_device"]


def group(metrics: list[dict[str, Any]], metric: str) -> dict[str, Any]:
    return next(each for each in metrics if each["metricName"] == metric)


UNREAD_SCROLL = faults.edited(lambda metrics: group(metrics, "ScrollDepth")["information"][0].update(averageScrollDepth="-"))
WITH_A_LIST = faults.edited(
    lambda metrics: metrics.append({"metricName": "PageTitle", "information": [{"name": "Home", "sessionsCount": "12"}]})
)
NO_SESSIONS = faults.edited(lambda metrics: group(metrics, "Traffic").update(information=None))


def loaded(world: World, *, name: str = "url_device") -> None:
    with world.home() as home:
        home.capture.lane("acme", date=DAY, asked=DAILY_SLICES[name])
        load_lane(home, business_id="acme", date=DAY, asked=DAILY_SLICES[name])


def found(world: World, query: str) -> list[dict[str, Any]]:
    with world.home() as home, home.warehouse.connect() as connection:
        return named(connection.execute(query))


def test_one_unread_cell_is_one_null_and_the_lane_is_ok_and_partial(world: World) -> None:
    world.fake.script(PROJECT, UNREAD_SCROLL)
    loaded(world)
    (job,) = world.jobs()
    assert (job.state, job.reason, job.calls) == ("ok", "partial", 1)
    assert job.rows
    assert job.detail == "not read, and NULL: ScrollDepth.averageScrollDepth: 1 cell (text)"
    nulls = (
        "select count(*) filter (scroll_depth is null) as nulls, count(*) as rows from clarity_daily_metrics where sessions > 0"
    )
    (counted,) = found(world, nulls)
    assert counted["nulls"] == 1 < counted["rows"]
    loaded(world)
    assert [(each.state, each.reason, each.calls) for each in world.jobs()] == [("ok", "partial", 1), ("ok", "partial", 0)]


def test_a_lane_that_is_read_whole_later_is_partial_no_more(world: World) -> None:
    loaded(world)
    with world.home() as home:
        lane: dict[str, Any] = {"date": DAY, "slice_name": "url_device", "rows": 1, "loaded_at": world.now}
        home.jobs.loaded("acme", **lane, reason="partial", detail="ScrollDepth")
        load_lane(home, business_id="acme", date=DAY, asked=URL_DEVICE)
    assert (world.jobs()[-1].reason, world.jobs()[-1].detail) == (None, None)


def test_a_list_beside_a_lane_is_kept_with_its_slice_and_goes_when_it_comes_no_more(world: World) -> None:
    world.fake.script(PROJECT, WITH_A_LIST)
    loaded(world)
    query = "select slice, list, entry, sessions from clarity_site_lists"
    assert found(world, query) == [{"slice": "url_device", "list": "page_title", "entry": "Home", "sessions": 12}]
    loaded(world, name="url_source")
    assert len(found(world, query)) == 1
    world.later(minutes=1)
    with world.home() as home:
        home.capture.lane("acme", date=DAY, asked=URL_DEVICE, refetch=True)
        load_lane(home, business_id="acme", date=DAY, asked=URL_DEVICE)
    assert found(world, query) == []


def refused(world: World, *, by_parser: int) -> None:
    """The lane of DAY refused; its answer is well-formed for today's parser, as after an upgrade."""
    with world.home() as home:
        captured = home.capture.lane("acme", date=DAY, asked=URL_DEVICE)
        home.jobs.finish(
            home.jobs.start("acme", date=DAY, slice_name="url_device", run_id=None),
            state="failed",
            reason="answer_malformed",
            answer_sha256=captured.stored.sha256,
            parser_version=by_parser,
        )


@pytest.mark.parametrize("days", [1, 5, 40])
def test_the_first_plan_of_a_newer_parser_loads_what_an_older_one_refused(world: World, days: int) -> None:
    refused(world, by_parser=PARSER_VERSION - 1)
    world.later(days=days)
    calls = world.calls()
    with world.home() as home:
        plan = plan_today(home)
        (lane,) = [each for each in plan.lanes if (each.date, each.slice_name) == (DAY, "url_device")]
        assert lane.calls == ()
        assert plan.recoveries["acme", DAY][0] == "url_device"
        assert not [each for each in plan.given_up if (each.date, each.slice_name) == (DAY, "url_device")]
        home.capture.lane("acme", date=DAY, asked=URL_DEVICE)
        load_lane(home, business_id="acme", date=DAY, asked=URL_DEVICE)
        assert not [each for each in plan_today(home).lanes if each.date == DAY and each.slice_name == "url_device"]
    assert world.calls() == calls


def test_a_refusal_of_todays_parser_is_left_out_of_every_plan_and_is_not_given_up(world: World) -> None:
    world.fake.script(PROJECT, NO_SESSIONS)
    with world.home() as home, pytest.raises(AnswerMalformed):
        home.capture.lane("acme", date=DAY, asked=URL_DEVICE)
    for days in (0, 1, 1, 1):
        world.later(days=days)
        with world.home() as home:
            plan = plan_today(home)
            give_up(home.jobs, plan, ["acme"])
            lane = (DAY, "url_device")
            assert [each.why for each in plan.left_out if (each.date, each.slice_name) == lane] == ["kept_unread"]
            assert not [each for each in plan.lanes if (each.date, each.slice_name) == lane]
            assert "newer version will load it" in next(each.detail for each in plan.left_out if each.why == "kept_unread")


def test_what_two_parsers_refuse_is_looked_at_once_by_each(world: World) -> None:
    world.fake.script(PROJECT, NO_SESSIONS)
    with world.home() as home:
        with pytest.raises(AnswerMalformed):
            home.capture.lane("acme", date=DAY, asked=URL_DEVICE)
        (job,) = world.jobs()
        home.jobs.finish(
            job.job_id,
            state="failed",
            reason="answer_malformed",
            answer_sha256=job.answer_sha256,
            parser_version=PARSER_VERSION - 1,
        )
    world.later(days=10)
    with world.home() as home:
        assert [each.date for each in plan_today(home).lanes if each.date == DAY] == [DAY]
        with pytest.raises(AnswerMalformed):
            home.capture.lane("acme", date=DAY, asked=URL_DEVICE)
        assert not [each for each in plan_today(home).lanes if each.date == DAY]
    assert world.jobs()[-1].parser_version == PARSER_VERSION
    assert world.calls() == 1
    assert world.now - timedelta(days=10) == world.jobs()[0].started_at
