"""Answers of the kinds that were met in public whose numbers cannot be, or are of bots alone, from the command line on."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from clarity_pipeline.cli.main import run
from clarity_pipeline_tests.cli.running import Ran
from clarity_pipeline_tests.day.cases import NEEDS_CASES, served, token_of

pytestmark = NEEDS_CASES


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with served(tmp_path / "calls.jsonl") as url:
        monkeypatch.setenv("CLARITY_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("CLARITY_API_BASE_URL", url)
        monkeypatch.setenv("CLARITY_NOW", "2026-11-27T00:06:00Z")
        yield tmp_path / "home"


def clarity(capfd: pytest.CaptureFixture[str], *arguments: str) -> Ran:
    capfd.readouterr()
    status = run(arguments)
    output = capfd.readouterr()
    return Ran(status, output.out, output.err)


def synced(capfd: pytest.CaptureFixture[str], home: Path, case: str) -> Ran:
    token = home.parent / "token"
    token.write_text(token_of(case).reveal(), encoding="utf-8")
    assert clarity(capfd, "connect", "acme", "--project-id", "abc123def4", "--token-file", str(token)).status == 0
    return clarity(capfd, "sync")


def test_a_percentage_over_100_is_a_finding_and_left_out_of_the_aggregates(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    ran = synced(capfd, home, "p23-percent-over-100")
    assert ran.status == 0
    assert ran.out.splitlines()[-1].startswith("4 findings about the data (4 warning); the worst: acme 2026-11-26 url_")
    looked = clarity(capfd, "doctor")
    assert (looked.status, "for which a number came that cannot be" in looked.out) == (0, True)
    assert clarity(capfd, "sync", "--strict").status == 0  # a number that cannot be is missing, and nothing is wrong
    with duckdb.connect(home / "published" / "clarity.duckdb", read_only=True) as connection:
        ((sessions, dead, rage, left_out),) = connection.execute(
            "select sessions, dead_click_sessions, rage_click_sessions, left_out from business_day"
        ).fetchall()
        kept = connection.execute("select max(rage_click_sessions) from clarity_daily_metrics").fetchall()
    assert (sessions, dead, rage, dict(left_out), kept) == (
        30,
        20,
        0,
        {"rage_click_sessions": 10},
        [(0,)],
    )  # 25 of 10 is no number


def test_a_day_of_bots_alone_raises_no_alarm_about_friction(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert synced(capfd, home, "p24-bots-only").status == 0
    assert clarity(capfd, "alerts", "--json").document == []
    with duckdb.connect(home / "published" / "clarity.duckdb", read_only=True) as connection:
        days = connection.execute("select sessions, bot_sessions from business_day").fetchall()
        codes = connection.execute("select distinct code from clarity_findings").fetchall()
    assert (days, codes) == ([(0, 12)], [("mostly_bots",)])
