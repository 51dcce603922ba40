"""Answers of the kinds that were met in public, played to the loader; the folder of them is named by CLARITY_CASES_DIR."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from clarity_pipeline.calls.held_back import held_back
from clarity_pipeline.clarity.dimensions import DAILY_SLICES, SLICES, Slice
from clarity_pipeline.day.load import load_lane
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.home import open_home
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.upkeep.sites import accept
from clarity_pipeline.warehouse.marts import MARTS, refresh
from clarity_pipeline_tests.day.cases import NEEDS_CASES, served, token_of

OWN, OTHERS = "q06-own-project", "q06-other-clients-project"
FIRST = date(2026, 11, 25)

pytestmark = NEEDS_CASES


@pytest.fixture
def base_url(tmp_path: Path) -> Iterator[str]:
    with served(tmp_path / "calls.jsonl") as url:
        yield url


def day(
    settings: Settings,
    on: date,
    *,
    case: str,
    site: tuple[str, ...] | None = None,
    lanes: Iterable[Slice] = DAILY_SLICES.values(),
) -> set[str]:
    """A date fetched with the token of a case; the reasons of the lanes that failed."""
    reasons = set()
    at = datetime(on.year, on.month, on.day, 0, 6, tzinfo=UTC) + timedelta(days=1)
    with open_home(replace(settings, now=at)) as home:
        home.connections.connect("acme", project_id="abc123def4", token=token_of(case), site=site)
        for asked in lanes:
            try:
                home.capture.lane("acme", date=on, asked=asked)
                load_lane(home, business_id="acme", date=on, asked=asked)
            except ClarityPipelineError as error:
                reasons.add(error.reason)
    return reasons


def test_another_clients_project_behind_the_own_one_and_alone_is_held_back_until_it_is_meant(
    tmp_path: Path, base_url: str
) -> None:
    settings = Settings(home=tmp_path / "home", api_base_url=base_url, now=datetime(2026, 11, 28, 9, tzinfo=UTC))
    assert day(settings, FIRST, case=OWN) == set()
    assert day(settings, FIRST + timedelta(days=1), case=OTHERS) == {"other_site"}
    with open_home(settings) as home:
        assert len(held_back(home.state)) == 4
        accept(home, "acme", actor="cli:ann")
        for asked in DAILY_SLICES.values():
            load_lane(home, business_id="acme", date=FIRST + timedelta(days=1), asked=asked)
        assert held_back(home.state) == []
    alone = replace(settings, home=tmp_path / "alone")
    assert day(alone, FIRST, case=OTHERS, site=("acme.example",)) == {"other_site"}


def test_visits_of_pages_add_up_to_what_the_site_itself_says_of_a_session(tmp_path: Path, base_url: str) -> None:
    settings = Settings(home=tmp_path / "home", api_base_url=base_url, now=datetime(2026, 11, 27, 0, 6, tzinfo=UTC))
    assert day(settings, FIRST, case="p15-engagement-by-page", lanes=SLICES.values()) == set()
    with open_home(settings) as home, home.warehouse.connect() as connection:
        refresh(connection, list(MARTS.values()), business_id="acme", date=FIRST)
        found = [
            row
            for mart in ("site_day", "business_day")
            for row in connection.sql(f"select sessions, total_time_ms, engagement_time_ms from {mart}").fetchall()
        ]
        by_pages = "select total_time_by_pages_ms, engagement_time_by_pages_ms from site_day"
        assert connection.sql(by_pages).fetchall() == [(420_000, 84_000)]
    assert found == [(100, 420_000, 84_000), (200, 210_000, 42_000)]
