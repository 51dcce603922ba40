"""Both schedules, evaluated as the daemon does it: on a real instance, with real businesses."""

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
from dagster._core.definitions.schedule_definition import ScheduleExecutionData

from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.definitions import build
from clarity_pipeline.orchestration.instance import open_instance
from clarity_pipeline.orchestration.partitions import BUSINESS
from clarity_pipeline.orchestration.sync import quiet_dagster
from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.simulator import faults
from clarity_pipeline_tests.rules.made_up import rule, threshold
from clarity_pipeline_tests.world import DAY, OTHER_PROJECT, PROJECT, World

pytestmark = pytest.mark.filterwarnings("ignore:Non-compliant tag keys")  # Dagster of its own partition tags


def tick(world: World, name: str) -> ScheduleExecutionData:
    """What a schedule asks for at the instant of the world."""
    repository = build(world.settings).get_repository_def()
    with (
        quiet_dagster(),
        world.home() as home,
        open_instance(world.settings) as instance,
        dg.build_schedule_context(
            instance=instance,
            scheduled_execution_time=world.now,
            repository_def=repository,
            resources={"home": home},
        ) as context,
    ):
        return repository.get_schedule_def(name).evaluate_tick(context)


def registered(world: World) -> set[str]:
    with open_instance(world.settings) as instance:
        return set(instance.get_dynamic_partitions(BUSINESS))


def test_daily_sync_asks_one_run_of_yesterday_for_each_enabled_business(world: World) -> None:
    world.connect("zeta")
    world.connect("paused")
    with world.home() as home:
        home.connections.disable("paused")
    requests = tick(world, "daily_sync").run_requests
    assert requests is not None
    assert [(request.run_key, request.partition_key) for request in requests] == [
        (f"acme|{DAY}", f"acme|{DAY}"),
        (f"zeta|{DAY}", f"zeta|{DAY}"),
    ]
    assert {request.tags["dagster/partition/business"] for request in requests} == {"acme", "zeta"}
    assert {request.tags["dagster/partition/date"] for request in requests} == {DAY.isoformat()}


def test_lost_lanes_are_recovered_by_a_run_of_their_own_directly_behind_the_day(world: World) -> None:
    world.fake.script(PROJECT, None, faults.QUOTA_SPENT)
    world.sync()
    world.connect("zeta", token=world.fake.token(OTHER_PROJECT))
    world.later(days=1)
    next_day = DAY + timedelta(days=1)
    requests = tick(world, "daily_sync").run_requests
    assert requests is not None
    assert [request.partition_key for request in requests] == [
        f"acme|{next_day}", f"acme|{DAY}", f"zeta|{next_day}", f"zeta|{DAY}",
    ]  # fmt: skip
    assert len({request.run_key for request in requests}) == 4
    assert {key.path[-1] for key in requests[0].asset_selection or () if key.path[0] == "clarity_raw"} == set(DAILY_SLICES)
    assert [request.asset_check_keys for request in requests] == [[]] * 4, "no check is planned, a lane says them once loaded"
    job = build(world.settings).resolve_job_def("daily_sync")
    made = {key.to_user_string() for key in requests[1].asset_selection or ()}
    assert made == {
        *(f"{room}/{name}" for room in ("clarity_raw", "clarity_daily_metrics") for name in list(DAILY_SLICES)[1:]),
        "source_day", "country_day", "campaign_day",
    }  # fmt: skip
    assert job.get_subset(asset_selection=set(requests[1].asset_selection or ())).nodes


def test_what_nobody_can_recover_any_more_is_recorded_once(world: World) -> None:
    world.later(days=3)
    for _ in range(2):
        tick(world, "daily_sync")
    assert {(job.date, job.state, job.reason, job.calls) for job in world.jobs()} == {(DAY, "failed", "no_longer_recoverable", 0)}
    assert len(world.jobs()) == 4


def test_a_business_connected_a_second_ago_is_synced_and_costs_the_others_nothing(world: World) -> None:
    """The sensor had no time to register it; Dagster fails the whole tick, of all businesses, for one unknown partition."""
    with open_instance(world.settings) as instance:
        instance.add_dynamic_partitions(BUSINESS, ["acme"])
    world.connect("just-now")
    requests = tick(world, "daily_sync").run_requests
    assert requests is not None
    assert [request.partition_key for request in requests] == [f"acme|{DAY}", f"just-now|{DAY}"]
    assert registered(world) == {"acme", "just-now"}


def test_without_an_enabled_business_daily_sync_says_what_to_do(world: World) -> None:
    with world.home() as home:
        home.connections.disable("acme")
    data = tick(world, "daily_sync")
    assert not data.run_requests
    assert data.skip_message == "No business is enabled; connect one with `clarity-pipeline connect`."


def test_late_evaluation_is_for_those_without_data_only(synced: World) -> None:
    synced.connect("zeta")
    synced.connect("paused")
    with synced.home() as home:
        home.connections.disable("paused")
    synced.now = datetime.combine(DAY + timedelta(days=1), datetime.min.time(), UTC) + timedelta(hours=10)
    requests = tick(synced, "late_evaluation").run_requests
    assert requests is not None
    assert [request.run_config for request in requests] == [
        {"ops": {"clarity_rule_evaluations": {"config": {"business_days": [f"zeta|{DAY}"]}}}}
    ]
    with synced.home() as home:
        home.connections.disable("zeta")
    assert tick(synced, "late_evaluation").skip_message == f"Every enabled business has its data of {DAY}."
    with synced.home() as home:
        spend = rule(threshold("entity.spend", "above", 50), scope="ad", businesses=["paused"])
        import_rules(home.state, clock=home.clock, rules=[spend])
    (request,) = tick(synced, "late_evaluation").run_requests or ()
    asked = request.run_config["ops"]["clarity_rule_evaluations"]["config"]["business_days"]
    assert asked == [f"paused|{DAY}"], "spend is known without Clarity"


@pytest.mark.parametrize(("name", "cron"), [("daily_sync", "5 0 * * *"), ("late_evaluation", "0 10 * * *")])
def test_a_schedule_runs_by_itself_in_utc(name: str, cron: str) -> None:
    schedule = build().get_repository_def().get_schedule_def(name)
    assert (schedule.cron_schedule, schedule.execution_timezone) == (cron, "UTC")
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING


def test_late_evaluation_also_looks_at_a_business_whose_token_was_rejected(world: World) -> None:
    world.connect("zeta")
    with world.home() as home:
        home.connections.reject("zeta", home.connections.credentials("zeta")[1])
        assert home.connections.get("zeta").disabled_reason == "token_rejected"
    world.now = datetime.combine(DAY + timedelta(days=1), datetime.min.time(), UTC) + timedelta(hours=10)
    (request,) = tick(world, "late_evaluation").run_requests or ()
    assert f"zeta|{DAY}" in request.run_config["ops"]["clarity_rule_evaluations"]["config"]["business_days"]
