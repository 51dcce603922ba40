"""Asking for less while a lane keeps being cut: only when the business allows it, and never for good."""

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clarity_pipeline.calls.back_off import FEWER, TRIES_AGAIN_AFTER_DAYS, Asked, asks_for_less, cut_days
from clarity_pipeline.calls.one_call import Receipt
from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.vault.lane_answer import told
from clarity_pipeline_tests.lived_in import tables
from clarity_pipeline_tests.trust.played import BUSY, FOUR, busy_site, play
from clarity_pipeline_tests.world import DAY, World

FIRST = date(2026, 11, 1)
FOURTH = DAY + timedelta(days=4)
"""The day behind the three of `busy`."""


def lived(cut: list[bool]) -> list[Asked]:
    """Dates one after another, each asked as the decision says; `cut` is what the full question would come to."""
    history: dict[date, Asked] = {}
    for number, is_cut in enumerate(cut):
        day = FIRST + timedelta(days=number)
        less = asks_for_less(history, day=day)
        history[day] = Asked(in_full=not less, cut=is_cut and not less)
    return list(history.values())


def test_three_cut_days_of_seven_then_seven_with_less_then_one_in_full() -> None:
    asked = [each.in_full for each in lived([True] * 27)]
    assert asked == [True] * 3 + [False] * 7 + [True] + [False] * 7 + [True] + [False] * 7 + [True]


def test_two_cut_days_give_up_nothing_and_a_whole_one_ends_it() -> None:
    assert all(each.in_full for each in lived([True, True, False, False, False, False, False] * 4))
    assert all(each.in_full for each in lived([True] * 3 + [False] * 20)[11:])


@given(st.lists(st.booleans(), max_size=60))
def test_detail_is_never_given_up_without_three_cut_days_nor_for_longer_than_a_week(cut: list[bool]) -> None:
    days = lived(cut)
    for place, each in enumerate(days):
        if not each.in_full:
            assert any(not before.in_full for before in days[max(0, place - 8) : place]) or sum(
                before.in_full and before.cut for before in days[max(0, place - 7) : place]
            ) >= 3  # fmt: skip
    runs = "".join("f" if each.in_full else "l" for each in days).split("f")
    assert max(map(len, runs)) <= TRIES_AGAIN_AFTER_DAYS


def test_the_url_of_the_lane_that_rules_read_stays() -> None:
    assert FEWER["url_device"].dimension_names == ("url",)
    for name, less in FEWER.items():
        assert set(less.dimension_names) < set(DAILY_SLICES[name].dimension_names)
        assert less.name == name


def test_days_that_were_asked_for_with_less_are_no_cut_days() -> None:
    assert cut_days({FIRST: Asked(in_full=False, cut=True)}, day=FIRST + timedelta(days=1)) == 0


@pytest.fixture(scope="module")
def _three_cut_days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with busy_site(tmp_path_factory.mktemp("cut") / "home") as world:
        world.connect(token=world.fake.token(BUSY.project_id))
        for number in (1, 2, 3):
            world.later(days=1)
            play(world, *FOUR, day=DAY + timedelta(days=number))
        return world.folder


@pytest.fixture
def busy(_three_cut_days: Path, tmp_path: Path) -> Iterator[World]:
    """`acme` on the day after three that were cut in every lane."""
    with busy_site(shutil.copytree(_three_cut_days, tmp_path / "home")) as world:
        world.later(days=4)
        yield world


def test_without_leave_it_is_only_proposed(busy: World) -> None:
    assert {each.asked for each in _cut(busy)} == {DAILY_SLICES[name].dimension_names for name in FOUR}
    play(busy, *FOUR, day=FOURTH)
    assert busy.fake.calls()[-1].params.get("dimension2") == "Campaign"


def test_with_leave_less_is_asked_for_loaded_said_and_replayed(busy: World) -> None:
    from clarity_pipeline.upkeep.replay import replay

    with busy.home() as home:
        home.connections.update("acme", back_off=True)
    play(busy, *FOUR, day=FOURTH)
    assert [dict(call.params) for call in busy.fake.calls()[-4:]] == [
        {"numOfDays": "1", **FEWER[name].parameters} for name in FOUR
    ]
    with duckdb.connect(busy.settings.warehouse_file, read_only=True) as connection:
        asked = connection.execute("select slice, asked from clarity_lane_loads where date = ?", [FOURTH]).fetchall()
        assert dict(asked) == {name: ",".join(FEWER[name].dimension_names) for name in FOUR}
        told = "select count(url), count(device), count(source) from clarity_daily_metrics where date = ? and slice = ?"
        assert connection.execute(told, [FOURTH, "url_source"]).fetchall()[0][::2] == (0, 4)
        urls, devices, _ = connection.execute(told, [FOURTH, "url_device"]).fetchall()[0]
        assert urls > 15
        assert devices == 0
        reasons = connection.execute(
            "select distinct reason from clarity_reconciliation where date = ? and statement = 'lanes_tell_the_same_visits'",
            [FOURTH],
        ).fetchall()
        assert reasons == [("asked_without_url",)]
    before = tables(busy.settings.warehouse_file)
    with busy.home() as home:
        replay(home)
    after = tables(busy.settings.warehouse_file)
    assert after["clarity_daily_metrics"] == before["clarity_daily_metrics"]
    assert after["clarity_lane_loads"] == before["clarity_lane_loads"]
    assert after["clarity_reconciliation"] == before["clarity_reconciliation"]


def test_a_lane_in_back_off_is_recovered_by_the_question_of_the_day(busy: World) -> None:
    from clarity_pipeline.day.plan import plan_today

    with busy.home() as home:
        home.connections.update("acme", back_off=True)
    busy.later(days=1)
    play(busy, *FOUR, day=FOURTH + timedelta(days=1))
    with busy.home() as home:
        planned = [lane for lane in plan_today(home).lanes if lane.date == FOURTH]
    assert [(lane.calls, lane.less) for lane in planned] == [((2,), FEWER[name].dimension_names) for name in FOUR]
    before = busy.calls()
    loaded = play(busy, *FOUR, day=FOURTH)
    assert [dict(call.params) for call in busy.fake.calls()[before:]] == [
        {"numOfDays": "2", **FEWER[name].parameters} for name in FOUR
    ]
    assert all(each.rows and each.told.by.shorter for each in loaded.values())
    with duckdb.connect(busy.settings.warehouse_file, read_only=True) as connection:
        query = "select slice, asked from clarity_lane_loads where date = ? and subtracted_sha256 is not null"
        asked = dict(connection.execute(query, [FOURTH]).fetchall())
    assert asked == {name: ",".join(FEWER[name].dimension_names) for name in FOUR}
    assert [each for each in _cut(busy) if each.date == FOURTH] == []  # two days that are cut, or not, say nothing of one


def test_answers_to_two_questions_make_no_pair(busy: World) -> None:
    busy.later(days=1)
    play(busy, *FOUR, day=FOURTH + timedelta(days=1))
    with busy.home() as home:
        home.connections.update("acme", back_off=True)
        longer = FEWER["url_device"]
        home.capture._calls.make(
            "acme", asked=longer, num_of_days=2, purpose="recovery", ends_at=float("inf"), receipt=Receipt()
        )  # fmt: skip
        assert told(home.vault, business_id="acme", date=FOURTH, asked=DAILY_SLICES["url_device"]) is None
    before = busy.calls()
    play(busy, "url_device", day=FOURTH)
    assert [dict(call.params) for call in busy.fake.calls()[before:]] == [
        {"numOfDays": days, **longer.parameters} for days in "1"
    ]


def _cut(world: World) -> list:  # type: ignore[type-arg]
    with world.home() as home:
        return home.cut_lanes.since("acme", DAY)
