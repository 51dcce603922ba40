"""Both sensors on a real instance: no new business is missed and no event is lost."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import dagster as dg
import pytest
import sqlalchemy as sa

from clarity_pipeline.alerts.channels.slack import SlackConfig
from clarity_pipeline.alerts.outbox.channel_store import open_channels
from clarity_pipeline.definitions import build
from clarity_pipeline.home import open_home
from clarity_pipeline.orchestration.instance import open_instance
from clarity_pipeline.orchestration.jobs import alert_delivery_job, rule_evaluation_job
from clarity_pipeline.orchestration.partitions import BUSINESS, partition_key
from clarity_pipeline.orchestration.sensors import deliver_alerts_sensor, evaluate_rules_sensor, register_businesses
from clarity_pipeline.orchestration.sync import open_day_sync, quiet_dagster
from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.rules.language.rule_files import read_rules
from clarity_pipeline.settings import utc_now
from clarity_pipeline.state.schema.messages import channel_health, outbox
from clarity_pipeline_tests.alerts.receiver import receiving
from clarity_pipeline_tests.cli.conftest import FIRES_AT_ONCE
from clarity_pipeline_tests.world import DAY, World

BUSINESSES = ["acme", "baker", "cook"]
KEYS = [f"{name}|{DAY}" for name in BUSINESSES]


def materialise(instance: dg.DagsterInstance, names: Sequence[str]) -> None:
    for name in names:
        key = partition_key(name, DAY)
        instance.report_runless_asset_event(dg.AssetMaterialization("business_day", partition=key))


def asked(outcome: object) -> list[str]:
    """The business-days of a request."""
    assert isinstance(outcome, dg.RunRequest)
    business_days: list[str] = outcome.run_config["ops"]["clarity_rule_evaluations"]["config"]["business_days"]
    return business_days


def test_new_businesses_join_the_grid_and_none_ever_leaves_it(world: World) -> None:
    world.connect("zeta")
    with world.home() as home, open_instance(world.settings) as instance:
        instance.add_dynamic_partitions(BUSINESS, ["acme", "long-gone"])
        with dg.build_sensor_context(instance=instance, resources={"home": home}) as context:
            result = register_businesses(context)
            assert isinstance(result, dg.SensorResult)
            (request,) = result.dynamic_partitions_requests or ()
            assert isinstance(request, dg.AddDynamicPartitionsRequest)
            assert (request.partitions_def_name, request.partition_keys) == (BUSINESS, ["zeta"])
            instance.add_dynamic_partitions(BUSINESS, ["zeta"])
            home.connections.disconnect("zeta")
            again = register_businesses(context)
    assert isinstance(again, dg.SkipReason)
    assert again.skip_message == "All 2 connected businesses are in the grid."


def test_three_partitions_between_two_ticks_are_one_request_for_all_three(world: World) -> None:
    sensor = evaluate_rules_sensor(rule_evaluation_job(), settle_seconds=0)
    with open_instance(world.settings) as instance:
        context = dg.build_sensor_context(instance=instance)
        assert isinstance(sensor(context), dg.SkipReason)
        materialise(instance, BUSINESSES)
        assert asked(sensor(context)) == KEYS
        assert isinstance(sensor(dg.build_sensor_context(instance=instance, cursor=context.cursor)), dg.SkipReason)
        materialise(instance, ["baker"])
        later = dg.build_sensor_context(instance=instance, cursor=context.cursor)
        assert asked(sensor(later)) == [f"baker|{DAY}"]
        assert int(later.cursor or 0) > int(context.cursor or 0)


def test_a_fresh_event_waits_until_what_was_numbered_before_it_is_there_too(world: World) -> None:
    with open_instance(world.settings) as instance:
        materialise(instance, BUSINESSES)
        context = dg.build_sensor_context(instance=instance)
        assert isinstance(evaluate_rules_sensor(rule_evaluation_job())(context), dg.SkipReason)
        assert context.cursor is None
        assert asked(evaluate_rules_sensor(rule_evaluation_job(), settle_seconds=0)(context)) == KEYS


def test_an_asset_sensor_would_deliver_the_last_of_the_three_alone(world: World) -> None:
    """Why `evaluate_rules` is no `@asset_sensor`."""
    seen: list[str | None] = []

    @dg.asset_sensor(asset_key=dg.AssetKey("business_day"), job=rule_evaluation_job())
    def naive(context: dg.SensorEvaluationContext, event: dg.EventLogEntry) -> dg.SkipReason:
        seen.append(event.dagster_event.partition if event.dagster_event else None)
        return dg.SkipReason("seen")

    with quiet_dagster(), open_instance(world.settings) as instance:
        materialise(instance, BUSINESSES)
        cursor = None
        for _ in range(3):
            cursor = naive.evaluate_tick(dg.build_sensor_context(instance=instance, cursor=cursor)).cursor
    assert seen == [KEYS[-1]]


@pytest.mark.parametrize(
    "sensor", [register_businesses, evaluate_rules_sensor(rule_evaluation_job())], ids=lambda each: each.name
)
def test_a_sensor_runs_by_itself_every_half_minute(sensor: dg.SensorDefinition) -> None:
    assert (sensor.default_status, sensor.minimum_interval_seconds) == (dg.DefaultSensorStatus.RUNNING, 30)


def test_a_message_that_waits_is_sent_without_another_evaluation(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemon without this sensor tries it once a day, after the next sync."""
    monkeypatch.setenv("CLARITY_WEBHOOK_ALLOW", "127.0.0.1")
    settings = replace(world.settings, webhook_allow=frozenset({"127.0.0.1"}))
    sensor = deliver_alerts_sensor(alert_delivery_job())
    with receiving() as receiver, open_home(settings) as home, open_day_sync(settings, build(settings)) as day_sync:
        import_rules(home.state, clock=home.clock, rules=read_rules(FIRES_AT_ONCE, source="test"))
        open_channels(home).add("ops", SlackConfig(url=receiver.url), actor="cli:anna")
        receiver.usual = 404
        day_sync.run(home, business_ids=["acme"], day=DAY)
        assert len(receiver.got) == 1
        with open_instance(settings) as instance, dg.build_sensor_context(instance, resources={"home": home}) as context:
            assert isinstance(sensor(context), dg.SkipReason), "the channel refuses, and the hour is not over"
            receiver.usual = 200
            with home.state.write() as connection:
                an_hour_ago = utc_now() - timedelta(hours=1)
                connection.execute(sa.update(channel_health).values(next_try_at=an_hour_ago))
                connection.execute(sa.update(outbox).values(due_at=an_hour_ago))
            request = sensor(context)
            assert isinstance(request, dg.RunRequest)
            job = build(settings).resolve_job_def("alert_delivery")
            assert job.execute_in_process(instance=instance, run_config=request.run_config).success
            assert isinstance(sensor(context), dg.SkipReason)
    assert len(receiver.got) == 2
