"""The sensor of messages, on a real instance."""

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
from clarity_pipeline.orchestration.jobs import alert_delivery_job
from clarity_pipeline.orchestration.sensors import deliver_alerts_sensor
from clarity_pipeline.orchestration.sync import open_day_sync
from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.rules.language.rule_files import read_rules
from clarity_pipeline.settings.settings import utc_now
from clarity_pipeline.state.schema.messages import channel_health, outbox
from clarity_pipeline_tests.alerts.receiver import receiving
from clarity_pipeline_tests.cli.conftest import FIRES_AT_ONCE
from clarity_pipeline_tests.world import DAY, World


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
