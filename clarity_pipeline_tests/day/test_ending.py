"""What fired can close: a ready rule on sites that have too few of one signal for a no, from stored days to the all-clear."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from benchmarks.alerts.sites import FIRST
from benchmarks.backtest_speed import fill
from clarity_pipeline.day.evaluate import evaluate_business_days
from clarity_pipeline.home import Home, open_home
from clarity_pipeline.rules.backtest.batch import backtests
from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.rules.engine.incidents import fold
from clarity_pipeline.rules.language.ready import library
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.state.schema.alerts import alerts
from clarity_pipeline.state.schema.messages import told
from clarity_pipeline.state.schema.rules import rule_evaluations

SITES, DAYS = 12, 45
NORMAL = FIRST + timedelta(days=DAYS - 1)
BROKEN = NORMAL - timedelta(days=1)
READY = next(each.rule for each in library() if each.rule.id == "errors-jump")
ERRORS = READY.model_copy(update={"enabled": True, "resolve_after_days": 1})
BREAKS = {"script errors": ("script_error",), "both": ("script_error", "error_click")}
OFTEN = "update business_day set {0}_sessions = sessions // 10, {0}s = sessions // 10 where date = $day"
AS_USUAL = """\
update to_come
set {0}_sessions = floor(0.8 * usual.rate * sessions), {0}s = floor(0.8 * usual.rate * sessions)
from (
    select business_id, sum({0}_sessions) / sum(sessions) as rate from business_day where date < $day group by business_id
) as usual
where usual.business_id = to_come.business_id"""
"""A little less than usual: what is more than that may be a jump of three days that the day before alone has made."""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """Twelve small sites; the last day, on which all is as usual, has not come yet."""
    now = datetime.combine(NORMAL + timedelta(days=1), time(9), UTC)
    with open_home(Settings(home=tmp_path / "home", api_base_url="http://127.0.0.1:9", now=now)) as home:
        fill(home, businesses=SITES, days=DAYS, size=300)
        import_rules(home.state, clock=home.clock, rules=[ERRORS])
        with home.warehouse.connect() as connection:
            connection.execute("create table to_come as from business_day where date = $day", {"day": NORMAL})
            connection.execute("delete from business_day where date = $day", {"day": NORMAL})
            for signal in ("script_error", "error_click"):
                connection.execute(AS_USUAL.format(signal), {"day": BROKEN})
        yield home


def states(home: Home) -> list[tuple[str, bool]]:
    """Of every alert its state, and whether it is unknown since when it holds."""
    table = alerts.c
    with home.state.read() as connection:
        rows = connection.execute(sa.select(table.state, table.unknown_since).order_by(table.business_id)).all()
    return [(state, since is not None) for state, since in rows]


@pytest.mark.parametrize("at_once", [5, 100])
@pytest.mark.parametrize("breaks", BREAKS)
def test_after_a_normal_day_the_alert_of_every_site_is_over(home: Home, breaks: str, at_once: int) -> None:
    slugs = [f"business-{number:03}" for number in range(SITES)]
    with home.warehouse.connect() as connection:
        for signal in BREAKS[breaks]:
            connection.execute(OFTEN.format(signal), {"day": BROKEN})
    evaluate_business_days(home, [(slug, BROKEN) for slug in slugs], at_once=at_once)
    assert states(home) == [("firing", False)] * SITES

    with home.warehouse.connect() as connection:
        connection.execute("insert into business_day by name from to_come")
    assert evaluate_business_days(home, [(slug, NORMAL) for slug in slugs], at_once=at_once).recorded.resolved == SITES
    assert states(home) == [("resolved", False)] * SITES
    assert evaluate_business_days(home, [(slug, NORMAL) for slug in slugs], at_once=at_once).recorded.messages == 0
    assert states(home) == [("resolved", False)] * SITES

    with home.state.read() as connection:
        said = {slug: dict(_days(connection, slug)) for slug in slugs}
        transitions = connection.scalars(sa.select(told.c.transition)).all()
    assert sorted(transitions) == ["opened"] * SITES + ["resolved"] * SITES
    without_an_answer = [slug for slug, days in said.items() if days[NORMAL] == "unknown"]
    assert len(without_an_answer) >= SITES // 2, "the rarer signal has no answer on a normal day"
    for slug in without_an_answer:
        (naive,) = fold(said[slug])
        assert naive.state == "firing", "known answers alone never end it"

    (results,) = backtests(
        home.state, home.warehouse, now=home.clock(), versions=[[ERRORS]], business_ids=slugs, from_date=BROKEN, to_date=NORMAL
    ).results
    assert [[(each.opened_on, each.resolved_on) for each in found.incidents] for found in results.values()] == [
        [(BROKEN, NORMAL)]
    ] * SITES


def _days(connection: sa.Connection, slug: str) -> list[tuple[object, object]]:
    table = rule_evaluations.c
    return [tuple(row) for row in connection.execute(sa.select(table.date, table.outcome).where(table.business_id == slug))]
