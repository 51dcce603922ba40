"""A run that fails is told, once a failure, to the agency and nobody else."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import dagster as dg
import pytest
import sqlalchemy as sa

from clarity_pipeline.alerts.channels.slack import SlackConfig
from clarity_pipeline.alerts.outbox.channel_store import open_channels
from clarity_pipeline.definitions import build
from clarity_pipeline.orchestration.here import execute_here
from clarity_pipeline.orchestration.partitions import partition_key, register
from clarity_pipeline.orchestration.sync import quiet_dagster
from clarity_pipeline.simulator import faults
from clarity_pipeline.state.schema.messages import outbox
from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline_tests.alerts.receiver import receiving
from clarity_pipeline_tests.orchestration.test_evaluate_rules import Night, held, night_of
from clarity_pipeline_tests.world import DAY, OTHER_PROJECT, PROJECT, World

CONFIG = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@pytest.fixture
def night(world: World) -> Iterator[Night]:
    with night_of(world) as found:
        yield found


def failed(night: Night, job_name: str, **how: Any) -> dg.JobExecutionResult:
    """A run of a job that fails."""
    job = build(night.world.settings).resolve_job_def(job_name)
    with quiet_dagster(), dg.partition_loading_context(night.world.now, night.instance):
        result = execute_here(
            job, instance=night.instance, resources={"home": how.pop("home", night.home)}, run_config=CONFIG, **how
        )
    assert not result.success
    return result


def told(night: Night, result: dg.JobExecutionResult) -> object:
    """What the sensor makes of the failed run."""
    repository = build(night.world.settings).get_repository_def()
    sensor = repository.get_sensor_def("tell_failed_runs")
    run = night.instance.get_run_by_id(result.run_id)
    assert run is not None
    (event,) = [each for each in result.all_events if each.event_type is dg.DagsterEventType.RUN_FAILURE]
    with dg.build_run_status_sensor_context(
        "tell_failed_runs",
        dagster_event=event,
        dagster_instance=night.instance,
        dagster_run=run,
        resources={"home": night.home},
    ) as context:
        return sensor(context.for_run_failure())


def messages(night: Night) -> list[dict[str, Any]]:
    """What lies in the outbox of failed runs, by channel."""
    with night.home.state.read() as connection:
        rows = connection.execute(sa.select(outbox).where(outbox.c.transition == "run_failed").order_by(outbox.c.channel))
        return [{"channel": row.channel, **row.payload["data"]} for row in rows]


def no_warehouse(night: Night) -> Any:
    home = type(night.home)(night.home.settings, night.home.state)
    home.__dict__["warehouse"] = Warehouse(night.home.settings.warehouse_file, wait_seconds=0.05)
    return home


def test_an_evaluation_that_fails_is_told_once_with_its_link_and_what_to_do_until_one_goes_well(night: Night) -> None:
    with held(night.home.settings.warehouse_file):
        first = failed(night, "rule_evaluation", home=no_warehouse(night))
        assert isinstance(told(night, first), dg.RunRequest), "for its delivery"
        again = failed(night, "rule_evaluation", home=no_warehouse(night))
        assert isinstance(told(night, again), dg.SkipReason)
    (message,) = messages(night)
    assert (message["channel"], message["business"], message["severity"]) == ("log", None, "critical")
    assert message["link"] == f"http://127.0.0.1:3000/runs/{first.run_id}"
    assert "the warehouse is held by" in message["summary"]
    assert "Close whatever has the working DuckDB file open" in message["summary"]
    assert first.run_id in message["summary"]
    assert night.run("rule_evaluation")
    with held(night.home.settings.warehouse_file):
        assert isinstance(told(night, failed(night, "rule_evaluation", home=no_warehouse(night))), dg.RunRequest)
    assert len(messages(night)) == 2


def test_only_channels_that_hear_of_every_business_are_told(night: Night) -> None:
    with receiving() as receiver:
        allowing = replace(night.home, settings=replace(night.home.settings, webhook_allow=frozenset({"127.0.0.1"})))
        channels = open_channels(allowing)
        channels.add("agency", SlackConfig(url=receiver.url), actor="cli:anna")
        channels.add("client", SlackConfig(url=receiver.url), businesses=("acme",), actor="cli:anna")
        night.world.fake.revoke(PROJECT)
        register(night.instance, ["acme"])
        result = failed(night, "daily_sync", partition_key=partition_key("acme", DAY))
        told(night, result)
        assert [each["channel"] for each in messages(night)] == ["agency", "log"]
        assert messages(night)[0]["business"] == "acme"
        assert "generate a new one in Clarity" in messages(night)[0]["summary"]
        assert isinstance(told(night, failed(night, "daily_sync", partition_key=partition_key("acme", DAY))), dg.SkipReason)


def test_a_night_without_clarity_is_one_message_and_two_rejected_tokens_are_two(night: Night) -> None:
    night.world.connect("zeta", token=night.world.fake.token(OTHER_PROJECT), project_id=OTHER_PROJECT)
    register(night.instance, ["acme", "zeta"])
    for project in (PROJECT, OTHER_PROJECT):
        night.world.fake.script(project, *[faults.SERVER_ERROR] * 12)
    for business_id in ("acme", "zeta"):
        told(night, failed(night, "daily_sync", partition_key=partition_key(business_id, DAY)))
    assert len(messages(night)) == 1
    for project in (PROJECT, OTHER_PROJECT):
        night.world.fake.script(project, faults.FORBIDDEN)
    for business_id in ("acme", "zeta"):
        told(night, failed(night, "daily_sync", partition_key=partition_key(business_id, DAY)))
    assert {each["business"] for each in messages(night)[0:3]} == {"acme", "zeta"}
    assert len(messages(night)) == 3


def test_what_nobody_had_thought_of_is_told_without_its_text(night: Night) -> None:
    """An error of a library may quote a page's address."""

    @dg.op
    def breaks() -> None:
        raise ValueError("https://acme.example/account?mail=anna@acme.example")

    @dg.job(name="retention")
    def broken() -> None:
        breaks()

    with quiet_dagster():
        result = execute_here(broken, instance=night.instance, resources={}, run_config=CONFIG)
    told(night, result)
    (message,) = messages(night)
    assert "anna" not in str(message)
    assert "The step breaks ended with ValueError" in message["summary"]
