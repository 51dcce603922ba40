"""A business with imports alone: four lanes that nobody asks for, a spend rule that fires and is told, and a project later."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from clarity_pipeline.calls.skipped import LaneSkipped
from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.clarity.token import Token
from clarity_pipeline.connections.status import connection_status
from clarity_pipeline.day.plan import plan_today
from clarity_pipeline.definitions import build
from clarity_pipeline.home import open_home
from clarity_pipeline.imports.load_files import check_files, load_files
from clarity_pipeline.orchestration.instance import open_instance
from clarity_pipeline.orchestration.partitions import BUSINESS
from clarity_pipeline.orchestration.sync import open_day_sync
from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.rules.language.rule_files import read_rules
from clarity_pipeline.upkeep.doctor.diagnose import diagnose, is_wrong
from clarity_pipeline_tests.alerts.receiver import receiving
from clarity_pipeline_tests.world import DAY, PROJECT, World

RULES = """\
rules:
  - id: spend-high
    name: Spend is high
    severity: critical
    scope: ad
    when:
      threshold: {metric: entity.spend, operator: above, value: 50, window_days: 1}
  - id: spend-and-rage
    name: Spend and rage clicks
    scope: ad
    when:
      all:
        - threshold: {metric: entity.spend, operator: above, value: 50, window_days: 1}
        - threshold: {metric: clarity_rage_click_rate, operator: above, value: 0.001, window_days: 1}
"""
HEADER = "business,date,level,id,parent_id,name,landing_url,spend,clicks\n"
VERDICTS = "select rule_id, entity, outcome from clarity_rule_evaluations where business_id = 'ads' order by all"


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[World]:
    """`ads` has no Clarity project, and an ad that cost 80 yesterday; a fake Clarity stands by."""
    world = World(tmp_path / "home")
    file = tmp_path / "ads.csv"
    file.write_text(f"{HEADER}ads,{DAY},ad,a1,s1,Blue shoe,https://ads.example/lp,80.00,210\n")
    with world.fake:
        with world.home() as home:
            home.connections.add_without_clarity("ads", name="Ads Only", actor="cli:ann")
            import_rules(home.state, clock=home.clock, rules=read_rules(RULES, source="test"))
            known = home.connections.all()
            load_files(home.warehouse, check_files([file], kind="entities", businesses=known, now=home.clock()))
        yield world


def test_its_spend_rule_fires_and_is_told_without_a_call_or_a_job(alone: World) -> None:
    with receiving() as receiver:
        settings = replace(alone.settings, alert_webhook_url=receiver.url)
        with open_home(settings) as home, open_day_sync(settings, build(settings)) as day_sync:
            report = day_sync.run(home, business_ids=["ads"], day=DAY)
    (message,) = [document for _, document in receiver.got]
    assert "Spend is high" in str(message)
    assert (report.lanes, report.broken_steps, list(report.failures())) == ((), (), [])
    assert report.notes == ("ads: no Clarity project, imports only; its rules were asked about 1 date",)
    assert (alone.calls(), alone.jobs()) == (0, [])
    with duckdb.connect(alone.settings.published_file, read_only=True) as connection:
        assert connection.execute(VERDICTS).fetchall() == [("spend-and-rage", "a1", "unknown"), ("spend-high", "a1", "fired")]
        behaviour = "select clarity_sessions, clarity_rage_click_rate from business_behavioral_aggregates('ads', $day, $day)"
        assert connection.execute(behaviour, {"day": DAY}).fetchall() == [(None, None)]


def test_nobody_plans_calls_for_it_and_nothing_is_wrong_with_it(alone: World) -> None:
    with alone.home() as home:
        plan = plan_today(home)
        assert (plan.lanes, plan.left_out) == ((), ())
        badge = connection_status(home.state, "ads", clock=home.clock).badge
        assert (badge.word, badge.reason, badge.label) == ("imports only", "without_clarity", "No Clarity project; imports only")
        findings = [each for each in diagnose(home) if each.business_id == "ads"]
        assert [each.code for each in findings] == ["imports_only"]
        assert not is_wrong(findings)
        with pytest.raises(LaneSkipped, match="no Clarity project, imports only"):
            home.capture.lane("ads", date=DAY, asked=DAILY_SLICES["url_device"])
        assert [(job.state, job.reason, job.calls) for job in home.jobs.list()] == [("skipped", "without_clarity", 0)]
    with open_instance(alone.settings) as instance:
        assert instance.get_dynamic_partitions(BUSINESS) == []


def test_connected_later_it_is_synced_from_then_on_and_keeps_what_was_imported(alone: World) -> None:
    world = alone
    world.later(days=3)
    with world.home() as home:
        token = Token.parse(world.fake.token(PROJECT))
        business = home.connections.connect("ads", project_id=PROJECT, token=token)
        assert (business.name, business.enabled) == ("Ads Only", True)
        lanes = plan_today(home).lanes
        assert {lane.purpose for lane in lanes} == {"sync"}, "dates before the connection were never its to have"
    report = world.sync(world.now.date() - timedelta(days=1), business_ids=("ads",))
    assert [lane.state for lane in report.lanes] == ["ok"] * 4
    with duckdb.connect(world.settings.published_file, read_only=True) as connection:
        assert connection.execute("select count(*) from ad_entities where business_id = 'ads'").fetchall() == [(1,)]
