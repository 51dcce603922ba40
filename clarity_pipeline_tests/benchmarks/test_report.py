"""Fifteen nights of the smallest site, up to the report: both methods, real parts, and what is said of them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.accuracy import errors, markdown, picture
from benchmarks.accuracy.chronicle import Chronicle, live
from benchmarks.accuracy.sites import SITES
from benchmarks.accuracy.targets import targets

pytestmark = pytest.mark.slow("fifteen nights of a site, and the benchmark itself")

NIGHTS = 15
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def chronicle(tmp_path_factory: pytest.TempPathFactory) -> Chronicle:
    home = tmp_path_factory.mktemp("accuracy")
    return live(SITES[0], home=home, count=NIGHTS, seed=7, progress=lambda _: None)


def test_every_date_is_asked_about_and_counts_are_exactly_clarity_s_own_of_the_declared_window(chronicle: Chronicle) -> None:
    said = errors.errors([chronicle])
    days = said[said["level"] == "business-day"]
    assert days["date"].nunique() == NIGHTS
    counts = days[(days["kind"] == "count") & (days["situation"] == "aligned")]
    assert len(counts) > 20
    assert counts["window_error"].max() == 0


def test_lost_dates_come_back_by_the_pipeline_s_own_plan_and_say_that_they_are_recovered(chronicle: Chronicle) -> None:
    days = errors.errors([chronicle]).query("level == 'business-day' and measure in ('sessions', 'dead_clicks', 'quick_backs')")
    back = days[days["situation"].str.startswith("recovered")]
    assert back["date"].nunique() >= 2
    assert back["window_error"].max() == 0, "two windows of one instant subtract to the visitor"


def test_what_the_afternoon_stores_under_a_date_is_mostly_the_day_before(chronicle: Chronicle) -> None:
    said = errors.errors([chronicle])
    aligned = said[(said["level"] == "business-day") & (said["measure"] == "sessions") & (said["situation"] == "aligned")]
    assert aligned["afternoon_error"].median() > 5 * max(aligned["ours_error"].median(), 0.01)
    assert (aligned["afternoon_read_back_error"] == aligned["ours_error"]).all(), "it is the same answer under another date"


def test_the_report_names_targets_situations_and_both_methods(chronicle: Chronicle, tmp_path: Path) -> None:
    said = errors.errors([chronicle])
    reached = targets(said)
    text = markdown.report([chronicle], errors.lines(said), reached, [], nights=NIGHTS, largest=30, seed=7, seconds=1)
    assert {each.site for each in reached} == {"30 a day"}
    assert not any(each.judged for each in reached if each.measure == "sessions"), "one of 30 sessions is more than the bound"
    for words in ("| aligned: sessions | 0.50% |", "## URL-day, aligned", "## Nothing silent", "afternoon", "counted twice"):
        assert words in text
    picture.draw(said, tmp_path / "errors.png")
    assert (tmp_path / "errors.png").read_bytes().startswith(b"\x89PNG")


def test_the_quick_variant_reaches_its_targets_and_writes_report_picture_and_results(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.accuracy", "--quick", "--out", str(tmp_path), "--json"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(figure["met"] for figure in json.loads(done.stdout))
    assert {path.name for path in tmp_path.iterdir()} == {"report.md", "errors.png", "results.json"}
    results = json.loads((tmp_path / "results.json").read_text())
    assert len(results["fault_days"]) == 40
