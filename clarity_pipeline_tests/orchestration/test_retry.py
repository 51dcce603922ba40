"""Retry from failure brings the day back: what made nothing has failed by name, and a retry runs that and no more."""

from collections.abc import Mapping

import dagster as dg
import pytest

from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.definitions import build
from clarity_pipeline.orchestration.here import execute_here
from clarity_pipeline.orchestration.instance import open_instance
from clarity_pipeline.orchestration.partitions import partition_key, register
from clarity_pipeline.orchestration.sync import quiet_dagster
from clarity_pipeline.simulator import faults
from clarity_pipeline_tests.world import DAY, PROJECT, World, by_slice

CONFIG = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
SCHEDULED = {"dagster/schedule_name": "daily_sync"}
TOTALS = dg.AssetKey(["clarity_raw", "totals"])


def daily_sync_from_environment() -> dg.JobDefinition:
    return build().resolve_job_def("daily_sync")


def sentences(instance: dg.DagsterInstance, run_id: str) -> dict[str, str]:
    """By failed step, what the UI shows."""
    logs = instance.all_logs(run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
    found = {}
    for each in logs:
        assert each.dagster_event is not None
        failure = each.dagster_event.step_failure_data.user_failure_data
        assert failure is not None
        found[each.step_key or ""] = failure.description or ""
    return found


def retried(world: World, run_id: str, monkeypatch: pytest.MonkeyPatch) -> dg.JobExecutionResult:
    """What the button "re-execute from failure" does."""
    for name, value in world.environment.items():
        monkeypatch.setenv(name, value)
    with quiet_dagster(), open_instance(world.settings) as instance:
        failed = instance.get_run_by_id(run_id)
        assert failed is not None
        assert failed.status is dg.DagsterRunStatus.FAILURE
        tags = {name: value for name, value in failed.tags.items() if name.startswith("dagster/partition")}
        with dg.partition_loading_context(world.now, instance):
            return dg.execute_job(
                dg.reconstructable(daily_sync_from_environment),
                instance=instance,
                tags=tags,
                reexecution_options=dg.ReexecutionOptions.from_failure(run_id, instance),
                run_config=CONFIG,
            )


def run(
    world: World, *, tags: Mapping[str, str] | None = None, business_id: str = "acme", assets: list[dg.AssetKey] | None = None
) -> tuple[bool, dict[str, str]]:
    """A run of the daily job for one business-day; whether it went well, and its failures."""
    job = build(world.settings).resolve_job_def("daily_sync")
    with quiet_dagster(), world.home() as home, open_instance(world.settings) as instance:
        register(instance, [business_id])
        key = partition_key(business_id, DAY)
        with dg.partition_loading_context(world.now, instance):
            result = execute_here(
                job,
                instance=instance,
                resources={"home": home},
                run_config=CONFIG,
                partition_key=key,
                assets=assets,
                tags=tags,
            )
        return result.success, sentences(instance, result.run_id)


def test_after_a_new_token_a_retry_brings_all_four_lanes_with_one_call_each(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three lanes had returned nothing and counted as successes: the retry was green with a quarter of the day."""
    world.fake.revoke(PROJECT)
    report = world.sync()
    assert world.calls() == 1
    run_id = report.lanes[0].dagster_run_id
    assert run_id is not None
    with open_instance(world.settings) as instance:
        said = sentences(instance, run_id)
    assert {name.removeprefix("clarity_raw__") for name in said} == set(DAILY_SLICES)
    assert all("reconnect it with a fresh token" in sentence for name, sentence in said.items() if "url_device" not in name)
    world.connect(token=world.fake.reissue(PROJECT))
    assert retried(world, run_id, monkeypatch).success
    assert world.calls() == 1 + 4
    assert {(job.state, job.calls) for job in by_slice(world.jobs()).values()} == {("ok", 1)}


def test_a_retry_after_a_rejection_at_the_third_lane_runs_the_two_that_are_missing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.fake.script(PROJECT, None, None, faults.FORBIDDEN)
    report = world.sync()
    run_id = report.lanes[0].dagster_run_id
    assert run_id is not None
    world.connect(token=world.fake.token(PROJECT))
    before = world.calls()
    again = retried(world, run_id, monkeypatch)
    assert again.success
    ran = {event.step_key for event in again.all_events if event.is_step_start}
    assert {name for name in ran if name and name.startswith("clarity_raw")} == {
        "clarity_raw__url_country",
        "clarity_raw__url_campaign_channel",
    }
    assert world.calls() == before + 2


def test_a_run_of_a_disabled_business_that_somebody_asked_for_is_not_green_with_nothing_made(world: World) -> None:
    with world.home() as home:
        home.connections.disable("acme")
    went_well, said = run(world)
    assert not went_well
    assert set(said) == {f"clarity_raw__{name}" for name in DAILY_SLICES}
    assert said["clarity_raw__url_device"] == (
        f"acme {DAY} url_device: acme is disabled (paused); `enable` it to sync it again. No call was made. After that,"
        " re-execute from failure."
    )
    assert world.calls() == 0


def test_a_scheduled_run_of_a_business_that_was_switched_off_since_passes_quietly(world: World) -> None:
    with world.home() as home:
        home.connections.disable("acme")
    assert run(world, tags=SCHEDULED) == (True, {})
    assert world.calls() == 0


def test_the_totals_that_nobody_opted_in_to_pass_quietly_beside_the_others_and_fail_when_asked_for_alone(world: World) -> None:
    assert run(world) == (True, {})
    went_well, said = run(world, assets=[TOTALS])
    assert not went_well
    assert said == {
        "clarity_raw__totals": f"acme {DAY} totals: acme has not opted in; `clarity-pipeline update acme --totals` does."
        " No call was made. After that, re-execute from failure."
    }
    assert world.calls() == 4
