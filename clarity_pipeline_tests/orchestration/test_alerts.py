"""The job `rule_evaluation` end to end: aggregates of a real day, a rule, one alert, one message, one publication."""

from dataclasses import replace

import duckdb

from clarity_pipeline.home import open_home
from clarity_pipeline.orchestration.sync import SyncReport
from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.rules.language.rule_files import read_rules
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline_tests.alerts.receiver import receiving
from clarity_pipeline_tests.world import DAY, World

ANY_VISIT = """\
rules:
  - id: any-visit
    name: Somebody came
    severity: info
    action: alert
    businesses: all
    when: {threshold: {metric: clarity_sessions, operator: above, value: 0, window_days: 1}}
"""


def sync(world: World, settings: Settings) -> SyncReport:
    """A day by the real jobs, `rule_evaluation` at its end."""
    with open_home(settings) as home, world.day_sync() as day_sync:
        return day_sync.run(home, business_ids=["acme"], day=DAY)


def test_a_fired_rule_is_one_alert_and_one_message_although_the_job_runs_twice(world: World) -> None:
    with receiving() as receiver:
        settings = replace(world.settings, alert_webhook_url=receiver.url)
        with open_home(settings) as home:
            import_rules(home.state, clock=home.clock, rules=read_rules(ANY_VISIT, source="test"))
        for _ in range(2):
            assert sync(world, settings).broken_steps == ()
    ((_, message),) = receiver.got
    assert message["type"] == "clarity.alert.opened"
    assert (message["data"]["business"], message["data"]["rule"]) == ("acme", "any-visit")
    with duckdb.connect(world.settings.published_file, read_only=True) as published:
        evaluations = published.execute("select business_id, date, rule_id, outcome from clarity_rule_evaluations").fetchall()
        alerts = published.execute("select business_id, rule_id, state from clarity_alerts").fetchall()
    assert evaluations == [("acme", DAY, "any-visit", "fired")]
    assert alerts == [("acme", "any-visit", "firing")]


def test_a_webhook_address_that_cannot_be_used_is_named_and_withholds_no_data(world: World) -> None:
    settings = replace(world.settings, alert_webhook_url="http://10.0.0.1/hook")
    with open_home(settings) as home:
        import_rules(home.state, clock=home.clock, rules=read_rules(ANY_VISIT, source="test"))
    (broken,) = sync(world, settings).broken_steps
    assert "CLARITY_ALERT_WEBHOOK_URL" in broken
    with duckdb.connect(world.settings.published_file, read_only=True) as published:
        assert published.execute("select business_id, state from clarity_alerts").fetchall() == [("acme", "firing")]
