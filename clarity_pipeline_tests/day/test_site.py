"""A token of another client's project, over a socket: its answers are kept, and in no number until a person says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from clarity_pipeline.calls.held_back import held_back
from clarity_pipeline.clarity.dimensions import DAILY_SLICES, TOTALS
from clarity_pipeline.clarity.token import Token
from clarity_pipeline.day.load import load_lane
from clarity_pipeline.day.site import OtherSite
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.simulator.presets import small
from clarity_pipeline.simulator.server import FakeClarity
from clarity_pipeline.upkeep.doctor.diagnose import diagnose
from clarity_pipeline.upkeep.replay import replay
from clarity_pipeline.upkeep.sites import NothingHeldBack, accept, dates_of_others, say_site, take_out_others
from clarity_pipeline_tests.world import DAY, PROJECT, World, by_slice

pytestmark = pytest.mark.slow("days of two clients by the real job; what the site does to connect, status and API is beside it")

OTHER = "otherclient"
HOST, OTHERS_HOST = small().host, "www.other-client.example"
NEXT = DAY + timedelta(days=1)
WINDOW = "select sum(sessions) from business_day where business_id = 'acme'"


@pytest.fixture
def two_clients(tmp_path: Path) -> Iterator[World]:
    """Nobody is connected; a project of acme's, and one of another client's."""
    world = World(tmp_path / "home")
    site = replace(small(), sessions_a_day=120)
    sites = [
        site,
        replace(site, project_id=OTHER, host=OTHERS_HOST),
        replace(site, project_id="staging123", host="stage.dev.example"),
    ]
    world.fake = FakeClarity([*sites, replace(sites[2], project_id="tiny123456", sessions_a_day=3)], clock=lambda: world.now)
    with world.fake:
        yield world


def connect(world: World, project_id: str = PROJECT, *, site: tuple[str, ...] | None = None) -> None:
    with world.home() as home:
        token = Token.parse(world.fake.token(project_id))
        home.connections.connect("acme", project_id=project_id, token=token, site=site, allow_shared=True)


def day(world: World, on: date, *, totals: bool = False) -> set[str]:
    """Fetch and load the lanes of a date as the assets do, without Dagster around them; the reasons of those that failed."""
    slices = (*DAILY_SLICES.values(), *([TOTALS] if totals else []))
    reasons = set()
    with world.home() as home:
        for asked in slices:
            try:
                home.capture.lane("acme", date=on, asked=asked)
                load_lane(home, business_id="acme", date=on, asked=asked)
            except ClarityPipelineError as error:
                reasons.add(error.reason)
    return reasons


def next_day(world: World) -> None:
    world.later(days=1)


@contextmanager
def warehouse(world: World) -> Iterator[Any]:
    with world.home() as home, home.warehouse.connect() as connection:
        yield connection


def hosts(world: World, on: date | None = None) -> list[str]:
    """Hosts that people came to, in the table; of one date, or of all."""
    query = "select distinct lower(split_part(url, '/', 3)) from clarity_daily_metrics where sessions > 0 and url is not null"
    with warehouse(world) as connection:
        rows = connection.execute(f"{query} and date = coalesce($day, date)", {"day": on}).fetchall()
    return sorted(host for (host,) in rows)


def loaded(world: World) -> dict[date, int]:
    """Lanes in the table, by date."""
    query = "select date, count(distinct slice) from clarity_daily_metrics group by date order by date"
    with warehouse(world) as connection:
        return dict(connection.execute(query).fetchall())


def test_answers_of_another_clients_project_are_kept_and_in_no_number(two_clients: World) -> None:
    world = two_clients
    connect(world)
    assert world.sync().unsuccessful == ()
    with warehouse(world) as connection:
        ((own,),) = connection.execute(WINDOW).fetchall()
    connect(world, OTHER)
    next_day(world)
    report = world.sync(NEXT)
    assert {(lane.state, lane.reason, lane.calls) for lane in report.unsuccessful} == {("failed", "other_site", 1)}
    (line,) = report.failures()
    assert f"none of the sessions is on {HOST}" in line
    assert "clarity-pipeline accept acme" in line
    assert loaded(world) == {DAY: 4}
    with warehouse(world) as connection:
        assert connection.execute(WINDOW).fetchall() == [(own,)], "a window adds the two clients"
    with world.home() as home:
        assert all(home.vault.answers("acme", date=NEXT, slice_name=name) for name in DAILY_SLICES)
        assert len(held_back(home.state)) == 4
    calls = world.calls()
    again = world.sync(NEXT)
    assert (world.calls(), len(again.unsuccessful)) == (calls, 4), "what is held back is not paid for again"


def test_a_site_that_was_named_holds_the_very_first_day_back(two_clients: World) -> None:
    world = two_clients
    connect(world, OTHER, site=(HOST,))
    assert day(world, DAY) == {"other_site"}
    assert loaded(world) == {}
    with world.home() as home:
        (found,) = [each for each in diagnose(home) if each.code == "other_site"]
    assert (found.severity, found.for_client) == ("error", False)
    assert OTHERS_HOST in found.sentence
    assert "another client's project, or the site has moved (it was connected on 2026-05-04)" in found.sentence


def test_a_site_that_nobody_named_is_learned_from_the_first_answers_and_said(two_clients: World) -> None:
    world = two_clients
    connect(world)
    (note,) = world.sync().notes
    assert note.startswith(f"acme: its site is taken to be {HOST}, where its first visits were;")
    with world.home() as home:
        site = home.connections.get("acme").site
        assert site is not None
        assert (site.hosts, site.is_learned) == ((HOST,), True)
        assert [each.code for each in diagnose(home, business_ids=["acme"]) if each.code.startswith("site")] == ["site_learned"]


def test_three_visits_on_a_staging_host_do_not_make_it_the_site(two_clients: World) -> None:
    world = two_clients
    connect(world, "tiny123456")
    assert day(world, DAY) == set()
    connect(world)
    next_day(world)
    assert day(world, NEXT) == set()
    with world.home() as home:
        site = home.connections.get("acme").site
    assert site is not None
    assert site.hosts == (HOST,)


def test_what_a_person_says_is_meant_is_loaded_by_the_next_sync_without_a_call_and_marked(two_clients: World) -> None:
    world = two_clients
    connect(world)
    day(world, DAY)
    connect(world, OTHER)
    next_day(world)
    assert day(world, NEXT) == {"other_site"}
    next_day(world)
    assert day(world, NEXT + timedelta(days=1)) == {"other_site"}
    calls = world.calls()
    with world.home() as home:
        released = accept(home, "acme", actor="cli:ann")
        assert released.lanes == {NEXT: 4, NEXT + timedelta(days=1): 4}
        assert released.sentence == f"8 lanes of 2 dates from {NEXT} to {NEXT + timedelta(days=1)} wait in the vault"
    report = world.sync(NEXT + timedelta(days=1))
    assert (world.calls(), {lane.state for lane in (*report.lanes, *report.recoveries)}) == (calls, {"ok"})
    assert loaded(world) == {DAY: 4, NEXT: 4, NEXT + timedelta(days=1): 4}
    with warehouse(world) as connection:
        events = connection.execute("select kind, started_on, ended_on, evidence from clarity_regime_events").fetchall()
    (moved,) = [each for each in events if each[0] == "site_host"]
    assert moved[1:3] == (NEXT, None)
    assert "its token was replaced on 2026-05-04, its project ID was changed on 2026-05-04" in moved[3]
    with world.home() as home:
        assert held_back(home.state) == []
        with pytest.raises(NothingHeldBack, match="No answer of acme is held back"):
            accept(home, "acme", actor="cli:ann")
        assert not [each for each in diagnose(home) if each.code == "other_site"]


def test_replay_loads_what_is_meant_and_leaves_out_what_is_not(two_clients: World) -> None:
    world = two_clients
    connect(world)
    day(world, DAY)
    connect(world, OTHER)
    next_day(world)
    assert day(world, NEXT) == {"other_site"}
    with world.home() as home:
        assert replay(home).lanes == 4
    assert loaded(world) == {DAY: 4}
    calls = world.calls()
    with world.home() as home:
        say_site(home, "acme", (HOST, "other-client.example"), actor="cli:ann")
        assert replay(home).lanes == 8
        assert held_back(home.state) == []
        assert replay(home).lanes == 8
    assert loaded(world) == {DAY: 4, NEXT: 4}
    assert world.calls() == calls


def test_the_own_token_given_back_before_six_fetches_the_day_anew(two_clients: World) -> None:
    world = two_clients
    connect(world)
    day(world, DAY)
    connect(world, OTHER)
    next_day(world)
    assert day(world, NEXT) == {"other_site"}
    connect(world, PROJECT)  # at the very same instant
    assert day(world, NEXT) == set()
    assert len(world.fake.calls(PROJECT)) == 8
    with world.home() as home:
        assert held_back(home.state) == []
    assert hosts(world) == [HOST]


def test_the_own_token_given_back_a_day_later_recovers_the_date_from_its_own_project(two_clients: World) -> None:
    world = two_clients
    connect(world)
    day(world, DAY)
    connect(world, OTHER)
    next_day(world)
    assert day(world, NEXT) == {"other_site"}
    connect(world, PROJECT)
    next_day(world)
    report = world.sync(NEXT + timedelta(days=1))
    recovered = by_slice(report.recovered)
    assert recovered["url_device"].date == NEXT
    assert hosts(world, NEXT) == [HOST]


def test_a_wanted_second_call_with_the_wrong_token_leaves_the_stored_rows_as_they_are(two_clients: World) -> None:
    world = two_clients
    connect(world)
    day(world, DAY)
    before = loaded(world)
    connect(world, OTHER)
    with world.home() as home:
        home.capture.lane("acme", date=DAY, asked=DAILY_SLICES["url_device"], refetch=True)
        with pytest.raises(OtherSite):
            load_lane(home, business_id="acme", date=DAY, asked=DAILY_SLICES["url_device"])
    assert loaded(world) == before
    assert hosts(world) == [HOST]


def test_the_totals_are_held_back_with_their_date(two_clients: World) -> None:
    world = two_clients
    connect(world, OTHER, site=(HOST,))
    assert day(world, DAY, totals=True) == {"other_site"}
    with warehouse(world) as connection:
        assert connection.execute("select count(*) from site_day").fetchall() == [(0,)]


def test_loaded_dates_of_another_client_are_taken_out_when_a_person_says_so_and_come_back_when_they_are_meant(
    two_clients: World,
) -> None:
    world = two_clients
    connect(world, OTHER)
    assert day(world, DAY) == set()
    connect(world, PROJECT)
    with world.home() as home:
        business = say_site(home, "acme", (HOST,), actor="cli:ann").business
        assert list(dates_of_others(home, business)) == [DAY]
        assert loaded(world) == {DAY: 4}, "what is loaded stays until somebody says that it is not meant"
        assert take_out_others(home, business, actor="cli:ann") == [DAY]
        assert take_out_others(home, business, actor="cli:ann") == []
    assert loaded(world) == {}
    next_day(world)
    report = world.sync(NEXT)
    assert {lane.date for lane in report.recovered} == {DAY}, "its own project still tells that date"
    assert set(loaded(world)) == {DAY, NEXT}
    assert hosts(world) == [HOST]
    with warehouse(world) as connection:
        assert connection.execute("select kind from clarity_regime_events where kind = 'site_host'").fetchall() == []


def test_a_host_below_the_site_and_one_more_that_was_named_are_its_own(two_clients: World) -> None:
    world = two_clients
    connect(world, "staging123", site=("acme.example", "dev.example"))
    assert day(world, DAY) == set()
