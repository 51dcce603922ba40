"""The demo: its calendar, what it may overwrite, a short one through every part, and (slow) the real command."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from clarity_pipeline.clarity.token import Token
from clarity_pipeline.cli.demo.play import Demo, HomeInUse, made_here, make_room, play
from clarity_pipeline.cli.demo.report import print_report
from clarity_pipeline.definitions import build
from clarity_pipeline.home import open_home
from clarity_pipeline.orchestration.instance import open_instance
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.simulator.presets import LARGE_SHOP_LANDING_PAGE
from clarity_pipeline_tests.cli.running import run_script

LAST = date(2026, 5, 3)
SHORT = Demo(LAST, days=2, regression_on=2, spent_on=2, revoked_on=2)
METRICS = (
    "clarity_sessions", "clarity_rage_clicks", "clarity_dead_clicks", "clarity_excessive_scroll", "clarity_quick_backs",
    "clarity_rage_click_rate", "clarity_dead_click_rate", "clarity_quick_back_rate", "clarity_scroll_depth",
    "clarity_engagement_time_ms",
)  # fmt: skip


def settings_at(home: Path) -> Settings:
    return Settings.for_fake_clarity({"CLARITY_HOME": str(home), "CLARITY_NOW": "2026-05-04T09:00:00Z"})


def never(day: str) -> None:
    raise AssertionError(f"{day} was played")


def query(file: Path, text: str) -> list[tuple[object, ...]]:
    with duckdb.connect(file, read_only=True) as connection:
        return connection.execute(text).fetchall()


def test_the_calendar_is_21_utc_dates_with_three_planted_days() -> None:
    demo = Demo(LAST)
    assert (len(demo.dates), demo.dates[0], demo.dates[-1]) == (21, date(2026, 4, 13), LAST)
    assert [later - earlier for earlier, later in zip(demo.dates, demo.dates[1:], strict=False)] == [timedelta(days=1)] * 20
    assert (demo.spent_on, demo.regression_on, demo.revoked_on) == (10, 17, 19)
    (change,) = demo.businesses[0].site.changes
    assert (change.page, change.event, change.factor) == (LARGE_SHOP_LANDING_PAGE, "dead_clicks", 4.0)
    assert change.from_date == date(2026, 4, 29)
    assert [(each.slug, each.totals) for each in demo.businesses] == [
        ("lindenhaus", True), ("plough-crm", False), ("roofmaster", True),
    ]  # fmt: skip


def test_two_demos_of_one_date_are_the_same_world() -> None:
    clock = lambda: datetime(2026, 5, 4, 0, 5, tzinfo=UTC)  # noqa: E731
    one, other = Demo(LAST).fake_clarity(clock), Demo(LAST).fake_clarity(clock)
    project = Demo(LAST).businesses[2].site.project_id
    assert one.token(project) == other.token(project)
    assert one.answer(project, dimensions=["URL"], at=clock()) == other.answer(project, dimensions=["URL"], at=clock())


@pytest.mark.parametrize("content", ["state.db", "notes/mine.txt", ".hidden"])
def test_a_home_with_anything_else_in_it_is_refused_and_left_alone(tmp_path: Path, content: str) -> None:
    file = tmp_path / "home" / content
    file.parent.mkdir(parents=True)
    file.write_text("precious")
    with pytest.raises(HomeInUse, match="holds data that no demo made; choose another place: CLARITY_HOME="):
        play(SHORT, settings_at(tmp_path / "home"), progress=never)
    assert [path for path in (tmp_path / "home").rglob("*") if path.is_file()] == [file]
    assert file.read_text() == "precious"


def test_a_home_that_somebody_only_looked_at_is_taken(tmp_path: Path) -> None:
    settings = settings_at(tmp_path)
    with open_home(settings) as home:
        assert home.connections.all() == []
    make_room(settings)
    assert (tmp_path / "state.db").exists()


def test_a_home_in_which_dagster_was_only_started_is_taken_and_one_with_a_run_is_not(tmp_path: Path) -> None:
    """As `dagster definitions validate` and `dagster dev` leave `var` of a checkout."""
    settings = settings_at(tmp_path)
    with open_instance(settings) as instance:
        make_room(settings)
        instance.create_run_for_job(build(settings).resolve_job_def("alert_delivery"))
    with pytest.raises(HomeInUse, match="holds data that no demo made"):
        make_room(settings)


def test_a_home_with_one_connection_is_refused(tmp_path: Path) -> None:
    settings = settings_at(tmp_path)
    with open_home(settings) as home:
        home.connections.connect("my-shop", project_id="real123456", token=Token("y" * 40))
    with pytest.raises(HomeInUse, match="holds data that no demo made"):
        make_room(settings)


def test_a_home_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("precious")
    with pytest.raises(HomeInUse, match="cannot be used: File exists"):
        play(SHORT, settings_at(tmp_path / "home"), progress=never)
    assert (tmp_path / "home").read_text() == "precious"


def test_a_business_that_was_connected_since_is_never_lost_to_the_next_demo(tmp_path: Path) -> None:
    settings = settings_at(tmp_path)
    (tmp_path / "demo.json").write_text(json.dumps({"last": "2026-05-02"}))
    with open_home(settings) as home:
        home.connections.connect("roofmaster", project_id=SHORT.businesses[2].site.project_id, token=Token("x" * 40))
        home.connections.connect("my-shop", project_id="real123456", token=Token("y" * 40))
    with pytest.raises(HomeInUse, match=r"what was connected since \(my-shop\)"):
        play(SHORT, settings, progress=never)
    with open_home(settings) as home:
        assert [each.business_id for each in home.connections.all()] == ["my-shop", "roofmaster"]


@pytest.mark.slow("two days of three businesses; `make demo` shows them too")
def test_a_short_demo_plays_every_part_and_replaces_an_earlier_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_at(tmp_path / "home")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("")
    settings.home.mkdir()
    (settings.home / "demo.json").write_text(json.dumps({"last": "2026-01-01"}))
    (settings.home / "vault").mkdir()
    (settings.home / "vault" / "of an earlier one").write_text("")
    (settings.home / "published").symlink_to(outside)
    days: list[str] = []
    reports = play(SHORT, settings, progress=days.append)
    assert days == [str(day) for day in SHORT.dates]
    assert made_here(settings.home) == SHORT
    assert (outside / "kept").exists()
    assert not (settings.home / "vault" / "of an earlier one").exists()
    file = settings.published_file
    assert query(file, "select count(distinct date), count(distinct business_id) from clarity_daily_metrics") == [(2, 3)]
    missing = (
        "select business_id, date, state, reason, calls from clarity_sync_jobs where state <> 'ok' order by business_id, job_id"
    )
    assert query(file, missing) == [
        ("plough-crm", LAST, "failed", "quota_spent", 1), *[("plough-crm", LAST, "skipped", "quota_spent", 0)] * 3,
        ("roofmaster", LAST, "failed", "token_rejected", 1), *[("roofmaster", LAST, "skipped", "token_rejected", 0)] * 4,
    ]  # fmt: skip
    landing = f"select sum(dead_clicks)::int from url_day where url like '%{LARGE_SHOP_LANDING_PAGE}' group by date order by date"
    (before,), (after,) = query(file, landing)
    assert isinstance(before, int)
    assert isinstance(after, int)
    assert after > 2.5 * before, "the regression is in the data from its day on"
    with open_home(settings) as home:
        assert {each.business_id: each.disabled_reason for each in home.connections.all()} == {
            "lindenhaus": None, "plough-crm": None, "roofmaster": "token_rejected",
        }  # fmt: skip
    monkeypatch.chdir(tmp_path)
    print_report(settings, calendar=SHORT, reports=reports)
    out = capsys.readouterr().out
    assert "2 days, 2026-05-02 to 2026-05-03" in out
    assert "home/published/clarity.duckdb" in out
    assert f"plough-crm {LAST} url_device failed (quota_spent): " in out
    assert f"roofmaster {LAST} url_source, url_country, url_campaign_channel, totals skipped (token_rejected): " in out
    assert "make dev" in out
    printed = dict(re.findall(r"^(clarity_\w+) +([\d.]+) ", out, re.MULTILINE))
    assert tuple(printed) == METRICS
    ((sessions,),) = query(file, "select sum(sessions) from business_day where business_id = 'lindenhaus'")
    assert printed["clarity_sessions"] == str(sessions)
    ((site_sessions,),) = query(file, "select sum(sessions) from site_day where business_id = 'lindenhaus'")
    (shown,) = re.findall(r"^sessions +(.+)$", out, re.MULTILINE)
    assert shown.split()[0] == str(site_sessions)
    assert query(file, "select business_id, count(*) from site_day group by all order by all") == [
        ("lindenhaus", 2), ("roofmaster", 1),
    ]  # fmt: skip
    for attempt in re.findall(r"^  (?:from|select)[^;]*;", out, re.MULTILINE):
        assert query(file, attempt), attempt


@pytest.mark.slow("the whole demo")
@pytest.mark.timeout(300)
def test_the_whole_demo_by_the_real_command(tmp_path: Path) -> None:
    home = tmp_path / "home"
    ran = run_script("demo", environment={"CLARITY_HOME": str(home), "TZ": "Pacific/Kiritimati"}, cwd=tmp_path, seconds=280)
    assert ran.status == 0
    assert "Traceback" not in ran.out + ran.err
    assert "home/published/clarity.duckdb" in ran.out
    assert "Lindenhaus: Dead clicks jumped." in ran.out
    assert [line.split()[0] for line in ran.out.splitlines() if line.startswith("clarity_")] == list(METRICS)
    file = home / "published" / "clarity.duckdb"
    ((dates, first, last),) = query(file, "select count(distinct date), min(date), max(date) from clarity_daily_metrics")
    assert (dates, last) == (21, datetime.now(UTC).date() - timedelta(days=1))
    assert isinstance(first, date)
    assert query(file, "select business_id, count(*) from site_day group by all order by all") == [
        ("lindenhaus", 21), ("roofmaster", 18),
    ]  # fmt: skip
    by_pages = "select max(abs(total_time_by_pages_ms - total_time_ms)) from site_day"
    ((apart,),) = query(file, by_pages)
    assert isinstance(apart, float)
    assert apart < 2000, "what its pages add up to is the site's own time, to the seconds of the wire"
    assert query(file, "select business_id, rule_id, state, opened_on from clarity_alerts") == [
        ("lindenhaus", "dead-clicks-spike", "firing", first + timedelta(days=16))
    ]
    status = run_script("status", "--json", environment={"CLARITY_HOME": str(home)}, cwd=tmp_path)
    words = {each["business"]: (each["status"], each["reason"]) for each in status.document}
    assert words["roofmaster"] == ("reconnect", "token_rejected")
    assert words["lindenhaus"] == words["plough-crm"] == ("connected", None)
    assert made_here(home) == Demo(first + timedelta(days=20))
