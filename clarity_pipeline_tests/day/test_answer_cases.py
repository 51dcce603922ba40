"""Answers with damage of the kinds that were met in public: what is loaded of them, what is said, and how many calls it takes."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from clarity_pipeline.calls.sync_jobs import SyncJob
from clarity_pipeline.clarity.dimensions import DAILY_SLICES, SLICES
from clarity_pipeline.day.load import load_lane
from clarity_pipeline.day.plan import plan_today
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.home import Home, open_home
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.warehouse.rows import named
from clarity_pipeline_tests.day.cases import NEEDS_CASES, served, token_of

DAY = date(2026, 11, 26)

pytestmark = [NEEDS_CASES, pytest.mark.slow("a home of its own and four lanes by HTTP for each of two dozen answers")]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cases") / "calls.jsonl"


@pytest.fixture(scope="module")
def base_url(log: Path) -> Iterator[str]:
    with served(log) as url:
        yield url


@dataclass
class Played:
    """A business whose every answer is a case."""

    settings: Settings
    case: str
    log: Path
    now: datetime = field(default=datetime(2026, 11, 27, 0, 6, tzinfo=UTC))

    @contextmanager
    def home(self) -> Iterator[Home]:
        with open_home(Settings(home=self.settings.home, api_base_url=self.settings.api_base_url, now=self.now)) as home:
            if not home.connections.all():
                home.connections.connect("acme", project_id="abc123def4", token=token_of(self.case))
            yield home

    def sync(self, *, day: date = DAY, slices: tuple[str, ...] = tuple(DAILY_SLICES)) -> dict[str, SyncJob]:
        """The lanes of a date, captured and loaded; their jobs."""
        with self.home() as home:
            for name in slices:
                try:
                    home.capture.lane("acme", date=day, asked=SLICES[name])
                    load_lane(home, business_id="acme", date=day, asked=SLICES[name])
                except ClarityPipelineError:
                    continue
            found = {name: home.jobs.latest("acme", date=day, slice_name=name) for name in slices}
            return {name: job for name, job in found.items() if job is not None}

    def rows(self, query: str) -> list[dict[str, Any]]:
        with self.home() as home, home.warehouse.connect() as connection:
            return named(connection.execute(query))

    def calls(self) -> int:
        return sum(json.loads(line)["case"] == self.case for line in self.log.read_text().splitlines())


@pytest.fixture
def play(tmp_path: Path, base_url: str, log: Path) -> Any:
    return lambda case: Played(Settings(home=tmp_path / "home", api_base_url=base_url), case, log)


def states(jobs: dict[str, SyncJob]) -> set[tuple[str, str | None]]:
    return {(job.state, job.reason) for job in jobs.values()}


@pytest.mark.parametrize(
    ("case", "named_in_detail", "column"),
    [
        ("p04-information-null", "ExcessiveScroll as a whole (null", "excessive_scroll"),
        ("p05-empty-string-number", "ScrollDepth.averageScrollDepth: 1 cell (empty text)", "scroll_depth"),
        ("p07-percent-sign", "DeadClickCount.sessionsWithMetricPercentage: 1 cell (a percent sign)", "dead_click_sessions"),
    ],
)
def test_damage_is_null_and_named_and_the_lanes_are_loaded(play: Any, case: str, named_in_detail: str, column: str) -> None:
    played = play(case)
    jobs = played.sync()
    assert states(jobs) == {("ok", "partial")}
    assert all(named_in_detail in (job.detail or "") for job in jobs.values())
    (row, *_) = played.rows(f"select *, {column} as damaged from clarity_daily_metrics order by sessions desc")
    assert (row["sessions"], row["damaged"], row["rage_clicks"]) == (20, None, 0)
    assert played.calls() == 4


def test_numbers_as_text_are_read(play: Any) -> None:
    played = play("p06-percent-text")
    assert states(played.sync()) == {("ok", None)}
    found = played.rows("select dead_click_sessions from clarity_daily_metrics where slice = 'url_device' order by sessions desc")
    assert [row["dead_click_sessions"] for row in found] == [5, 1]


@pytest.mark.parametrize("case", ["p03-list-metrics-with-dimensions", "p26-unknown-list-with-dimensions", "p16-new-metrics"])
def test_what_was_not_asked_for_is_kept_and_no_reason_to_refuse(play: Any, case: str) -> None:
    played = play(case)
    assert states(played.sync()) == {("ok", None)}
    assert {row["dead_clicks"] for row in played.rows("select dead_clicks from clarity_daily_metrics")} == {6}
    lists = played.rows("select distinct list, slice, entry, sessions from clarity_site_lists order by all")
    if case.startswith("p03"):
        assert len(lists) == 3 * len(DAILY_SLICES)
        assert {(each["list"], each["sessions"]) for each in lists} == {
            ("page_title", 20),
            ("popular_page", 20),
            ("referrer", 11),
        }
    else:
        assert lists == []
        with played.home() as home:
            noted = {(each["kind"], each["name"]) for each in home.contract_drift.latest("acme")}
        assert ("unknown_metric", "TopPages" if case.startswith("p26") else "SmartEvents") in noted


@pytest.mark.parametrize(
    ("case", "why"),
    [
        ("p08-thousands-comma", "totalSessionCount of Traffic"),
        ("p28-pascal-envelope", "MetricName, Information"),
        ("p29-data-envelope", "an object with data"),
    ],
)
def test_what_the_parser_refuses_is_paid_for_once_and_kept(play: Any, case: str, why: str) -> None:
    played = play(case)
    for _ in range(3):
        jobs = played.sync()
        assert states(jobs) == {("failed", "answer_malformed")}
        assert all(why in (job.detail or "") and "newer version will load it" in (job.detail or "") for job in jobs.values())
        assert played.calls() == 4
    played.now += timedelta(days=1)
    assert states(played.sync(day=DAY + timedelta(days=1))) == {("failed", "answer_malformed")}
    played.sync()
    assert played.calls() == 8, "the day's own four, and no recovery of what is kept"


@pytest.mark.parametrize("case", ["p18-html-200", "p19-mcp-error-200"])
def test_a_page_or_an_error_report_is_refused_by_name_and_nothing_of_it_is_told(play: Any, case: str) -> None:
    played = play(case)
    for _ in range(2):
        jobs = played.sync()
        assert states(jobs) == {("failed", "answer_malformed")}
        assert not any(word in (job.detail or "") for job in jobs.values() for word in ("Zscaler", "html", "blocked"))
    assert played.calls() == 4
    played.now += timedelta(days=1)
    played.sync(day=DAY + timedelta(days=1))
    played.sync()
    assert played.calls() == 8, "no recovery while today's own answer cannot be read"


def test_a_redirect_is_one_call_and_a_reason_of_its_own(play: Any) -> None:
    played = play("p17-redirect-login")
    jobs = played.sync()
    assert [(job.state, job.reason) for job in jobs.values()] == [("failed", "redirected"), *[("skipped", "redirected")] * 3]
    played.sync()
    assert played.calls() == 1


def test_a_spent_day_is_one_call_and_the_business_stays_enabled(play: Any) -> None:
    played = play("p20-429-body")
    assert {reason for _, reason in states(played.sync())} == {"quota_spent"}
    with played.home() as home:
        assert home.connections.get("acme").enabled
    assert played.calls() == 1


def test_a_day_without_visits_is_no_missing_data(play: Any) -> None:
    played = play("p13-zero-day")
    with played.home() as home:
        home.connections.update("acme", totals=True)
    jobs = played.sync(slices=tuple(SLICES))
    assert states(jobs) == {("ok", None)}
    found = played.rows(
        "select slice, sum(sessions) as sessions, sum(dead_clicks) as dead from clarity_daily_metrics group by all"
    )
    assert {(row["sessions"], row["dead"]) for row in found} == {(0, 0)}


def test_the_documented_row_key_is_read_as_the_country(play: Any) -> None:
    played = play("p27-country-region-row-key")
    assert states(played.sync()) == {("ok", None)}
    found = played.rows("select country from clarity_daily_metrics where slice = 'url_country'")
    assert [row["country"] for row in found] == ["Germany"]


def test_a_long_url_is_loaded_and_its_payload_is_not_many_times_the_answer(play: Any) -> None:
    played = play("p21-long-url")
    assert states(played.sync()) == {("ok", None)}
    with played.home() as home:
        (stored,) = home.vault.answers("acme", date=DAY, slice_name="url_device")
    query = "select sum(length(raw_payload)) as size from clarity_daily_metrics where slice = 'url_device'"
    assert played.rows(query)[0]["size"] < 1.5 * stored.size_bytes


def test_answers_that_are_the_same_for_every_length_are_never_differenced_into_a_date_of_zeros(play: Any) -> None:
    """The server knows no windows: its answers for 1, 2 and 3 days are equal."""
    played, lost = play("q06-own-project"), DAY - timedelta(days=1)
    played.now -= timedelta(days=1)
    with played.home():
        pass  # connected, and the machine was off until the next midnight
    played.now += timedelta(days=1)
    assert states(played.sync()) == {("ok", None)}
    for _ in range(2):
        (job,) = played.sync(day=lost, slices=("url_device",)).values()
        assert (job.state, job.reason, job.rows) == ("failed", "implausible_difference", None)
        assert "equal row by row" in (job.detail or "")
        assert "stays lost" in (job.detail or "")
    assert played.calls() == 5
    assert played.rows(f"select * from clarity_daily_metrics where date = '{lost}'") == []
    played.now += timedelta(days=1)
    with played.home() as home:
        plan = plan_today(home)
    assert (lost, "url_device", "kept_unread") in {(each.date, each.slice_name, each.why) for each in plan.left_out}
    assert not [lane for lane in plan.lanes if (lane.date, lane.slice_name) == (lost, "url_device")]
