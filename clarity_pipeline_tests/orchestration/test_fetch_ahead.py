"""The night's calls by a job of their own, a minute before the runs of the businesses."""

import dagster as dg
import pytest

from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.definitions import build
from clarity_pipeline.orchestration.fetch_ahead import FETCH_AHEAD
from clarity_pipeline.orchestration.instance import open_instance
from clarity_pipeline.orchestration.sync import quiet_dagster
from clarity_pipeline.simulator import faults
from clarity_pipeline_tests.orchestration.test_retry import run, sentences
from clarity_pipeline_tests.orchestration.test_schedules import tick
from clarity_pipeline_tests.orchestration.warm.house import open_house
from clarity_pipeline_tests.world import DAY, OTHER_PROJECT, PROJECT, World

pytestmark = pytest.mark.filterwarnings("ignore:Non-compliant tag keys")  # Dagster of its own partition tags

SCHEDULED = {"dagster/schedule_name": "daily_sync"}


def fetch_ahead(world: World) -> dg.ExecuteInProcessResult:
    """The job as the schedule asks for it."""
    (request,) = tick(world, FETCH_AHEAD).run_requests or ()
    job = build(world.settings).resolve_job_def(FETCH_AHEAD)
    with quiet_dagster(), world.home() as home, open_instance(world.settings) as instance:
        config = {**request.run_config, "loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        return job.execute_in_process(run_config=config, resources={"home": home}, instance=instance)


def metadata(result: dg.ExecuteInProcessResult) -> dict[str, object]:
    (output,) = [event for event in result.all_node_events if event.is_successful_output]
    found = output.step_output_data.metadata
    return {name: value.value for name, value in found.items() if name != "seconds"}


def test_the_answers_of_the_night_are_in_the_vault_before_their_runs_and_nothing_is_reported_for_them(world: World) -> None:
    world.fake.answers_after_seconds = 0.1
    world.connect("zeta", project_id=OTHER_PROJECT, token=world.fake.token(OTHER_PROJECT))
    result = fetch_ahead(world)
    assert result.success
    assert metadata(result) == {"businesses": 2, "answers": 8, "refused": 0, "left_to_their_steps": 0}
    assert (world.calls(), world.fake.most_at_once()) == (8, 2)
    with open_instance(world.settings) as instance:
        assert not instance.fetch_materializations(dg.AssetKey(["clarity_raw", "url_device"]), limit=1).records
    assert run(world, tags=SCHEDULED) == (True, {})
    assert world.calls() == 8
    assert [(job.state, job.calls, job.reason) for job in world.jobs() if job.business_id == "acme"] == [("ok", 1, None)] * 4
    again = fetch_ahead(world)
    assert (metadata(again)["answers"], world.calls()) == (0, 8)


def test_what_was_refused_ahead_is_the_failure_of_its_own_partition_and_of_no_other(world: World) -> None:
    world.connect("zeta", project_id=OTHER_PROJECT, token=world.fake.token(OTHER_PROJECT))
    world.fake.script(PROJECT, None, faults.FORBIDDEN)
    result = fetch_ahead(world)
    assert (result.success, metadata(result)["refused"], world.calls()) == (True, 1, 6)
    went_well, said = run(world, tags=SCHEDULED)
    assert not went_well
    assert set(said) == {f"clarity_raw__{name}" for name in list(DAILY_SLICES)[1:]}
    assert said["clarity_raw__url_source"].startswith(f"acme {DAY} url_source: Clarity rejected the token (HTTP 403); generate")
    assert "reconnect it with a fresh token" in said["clarity_raw__url_country"]
    assert run(world, tags=SCHEDULED, business_id="zeta") == (True, {})
    assert world.calls() == 6


def test_a_lost_lane_that_was_refused_ahead_is_still_asked_for_so_that_its_step_says_so(world: World) -> None:
    world.fake.spend_day(PROJECT)
    world.later(days=1)
    world.fake.script(PROJECT, *[None] * 4, *[faults.SERVER_ERROR] * 4)
    assert metadata(fetch_ahead(world))["refused"] == 4
    requests = tick(world, "daily_sync").run_requests or ()
    asked = {request.partition_key: {key.path[-1] for key in request.asset_selection or ()} for request in requests}
    assert asked[f"acme|{DAY}"] >= set(DAILY_SLICES)


def test_it_is_asked_for_a_minute_before_the_others_and_goes_first(world: World) -> None:
    schedule = build().get_repository_def().get_schedule_def(FETCH_AHEAD)
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("4 0 * * *", "UTC")
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
    assert build().resolve_job_def(FETCH_AHEAD).tags["dagster/priority"] == "10"
    with world.home() as home:
        home.connections.disable("acme")
    assert tick(world, FETCH_AHEAD).skip_message == "No business is enabled; connect one with `clarity-pipeline connect`."


@pytest.mark.slow("a code server and a fork server, each of which imports everything")
@pytest.mark.timeout(300)
def test_beside_the_runs_of_the_businesses_no_call_is_made_twice_and_nobody_waits_for_ever(world: World) -> None:
    world.fake.answers_after_seconds = 0.2
    world.connect("zeta", project_id=OTHER_PROJECT, token=world.fake.token(OTHER_PROJECT))
    with open_house(world) as house:
        runs = [house.new_sync("acme"), house.new_run(FETCH_AHEAD), house.new_sync("zeta")]
        for run_id in runs:
            house.launch(run_id)
        assert [house.ended(run_id, seconds=120) for run_id in runs] == [dg.DagsterRunStatus.SUCCESS] * 3
        assert [sentences(house.instance, run_id) for run_id in runs] == [{}] * 3
    assert world.calls() == 8
    assert world.fake.most_at_once(PROJECT) == world.fake.most_at_once(OTHER_PROJECT) == 1
