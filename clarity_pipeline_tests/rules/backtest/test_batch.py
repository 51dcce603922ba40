"""Backtests from DuckDB on: the same whatever processes do it, coverage first, and each day by what was known then."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from benchmarks.alerts.sites import FIRST
from benchmarks.backtest_speed import fill
from clarity_pipeline.home import Home, open_home
from clarity_pipeline.rules.backtest.batch import CHUNK, Trial, backtests
from clarity_pipeline.rules.language.ready import library
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline_tests.rules.made_up import rule, threshold

DAYS = 50
LAST = FIRST + timedelta(days=DAYS - 1)
ANY_VISIT = rule(threshold("clarity_sessions", value=0, window_days=1), id="any-visit")
SPIKE = next(each.rule for each in library() if each.rule.id == "dead-clicks-jump").model_copy(update={"enabled": True})


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    now = datetime.combine(LAST + timedelta(days=1), time(9), UTC)
    with open_home(Settings(home=tmp_path / "home", api_base_url="http://127.0.0.1:9", now=now)) as home:
        yield home


def tried(home: Home, slugs: list[str], **how: object) -> Trial:
    asked = {"versions": [[ANY_VISIT, SPIKE], [ANY_VISIT]], "from_date": LAST - timedelta(days=9), "to_date": LAST}
    return backtests(home.state, home.warehouse, now=home.clock(), business_ids=slugs, **(asked | how))  # type: ignore[arg-type]


def test_processes_and_chunks_change_nothing_and_every_business_is_told_in_its_order(home: Home) -> None:
    slugs = fill(home, businesses=CHUNK + 2, days=DAYS)
    told: list[str] = []
    alone = tried(home, slugs, processes=1, begin=told.append)
    assert told == slugs == [each.business_id for each in alone.coverage]
    assert tried(home, slugs, processes=2) == alone
    both, one = alone.results
    assert len(both) == 2 * len(slugs)
    assert one == {subject: found for subject, found in both.items() if subject.rule_id == "any-visit"}
    assert {len(found.fired_on) for found in one.values()} == {10}


def test_a_rule_is_tried_only_on_the_businesses_that_it_is_meant_for(home: Home) -> None:
    slugs = fill(home, businesses=2, days=DAYS)
    mine = ANY_VISIT.model_copy(update={"businesses": (slugs[1],)})
    (found,) = tried(home, slugs, versions=[[mine]]).results
    assert [subject.business_id for subject in found] == [slugs[1]]


def test_coverage_says_what_is_there_and_what_is_not_plain(home: Home) -> None:
    (slug,) = fill(home, businesses=1, days=DAYS)
    with home.warehouse.connect(what="spoiling days") as connection:
        connection.execute("delete from business_day where date = $day", {"day": LAST})
        connection.execute("update business_day set quality = 'recovered' where date >= $day", {"day": LAST - timedelta(days=2)})
        connection.execute("update business_day set truncated = true where date = $day", {"day": LAST - timedelta(days=5)})
    (coverage,) = tried(home, [slug]).coverage
    assert (coverage.days, coverage.days_with_data) == (10, 9)
    assert (coverage.first, coverage.last) == (LAST - timedelta(days=9), LAST - timedelta(days=1))
    assert (coverage.recovered, coverage.shifted, coverage.truncated) == (2, 0, 1)


def test_a_day_that_came_late_was_not_known_when_people_would_have_been_told(home: Home) -> None:
    (slug,) = fill(home, businesses=1, days=DAYS)
    late = LAST - timedelta(days=4)
    came = datetime.combine(late + timedelta(days=2), time(12), UTC)
    with home.warehouse.connect(what="being late") as connection:
        connection.execute("update business_day set loaded_at = $came where date = $day", {"came": came, "day": late})
    then, now = (tried(home, [slug], as_known=as_known).results[1] for as_known in (True, False))
    ((_, as_known), (_, as_now)) = (*then.items(), *now.items())
    assert (as_known.unknown_on, as_now.unknown_on) == ((late,), ())
    assert set(as_now.fired_on) - set(as_known.fired_on) == {late}
