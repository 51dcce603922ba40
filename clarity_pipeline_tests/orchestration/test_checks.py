"""The Checks tab on real runs: what was not asked for is not planned, what did not run has not failed."""

from datetime import timedelta

import dagster as dg
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecord, AssetCheckExecutionRecordStatus

from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.definitions import build
from clarity_pipeline.orchestration.checks import ALWAYS_SAID
from clarity_pipeline.orchestration.instance import open_instance
from clarity_pipeline.orchestration.metrics import TABLE, lane_key
from clarity_pipeline.orchestration.partitions import partition_key, register
from clarity_pipeline.orchestration.sync import quiet_dagster
from clarity_pipeline.simulator import faults
from clarity_pipeline_tests.world import DAY, OTHER_PROJECT, PROJECT, World

FAILED = AssetCheckExecutionRecordStatus.FAILED
PASSED = AssetCheckExecutionRecordStatus.SUCCEEDED


def recorded(world: World) -> dict[dg.AssetCheckKey, list[AssetCheckExecutionRecord]]:
    """What the instance knows of each check of the lanes, planned or done."""
    keys = build(world.settings).get_repository_def().asset_graph.asset_check_keys
    with open_instance(world.settings) as instance:
        storage = instance.event_log_storage
        return {key: list(storage.get_asset_check_execution_history(key, limit=10)) for key in keys}


def by_lane(world: World) -> dict[str, set[AssetCheckExecutionRecordStatus]]:
    found: dict[str, set[AssetCheckExecutionRecordStatus]] = {}
    for key, records in recorded(world).items():
        if key.asset_key.path[0] == TABLE:
            found.setdefault(key.asset_key.path[-1], set()).update(each.status for each in records)
    return found


def test_of_a_lane_that_did_not_run_no_check_is_planned_or_failed(world: World) -> None:
    world.fake.script(PROJECT, None, *[faults.SERVER_ERROR] * 3)
    world.sync()
    assert by_lane(world) == {
        "url_device": {PASSED}, "url_source": set(), "url_country": {PASSED}, "url_campaign_channel": {PASSED}, "totals": set(),
    }  # fmt: skip


def test_of_a_run_that_the_ui_starts_no_check_of_a_lane_that_did_not_run_is_called_failed(world: World) -> None:
    """As it does for assets chosen by hand, and for a backfill: it plans every check of them."""
    world.fake.script(PROJECT, *[faults.SERVER_ERROR] * 3)
    chosen = {dg.AssetKey(["clarity_raw", "url_device"]), lane_key("url_device")}
    job = build(world.settings).resolve_job_def("daily_sync").get_subset(asset_selection=chosen)
    with quiet_dagster(), open_instance(world.settings) as instance, dg.partition_loading_context(world.now, instance):
        register(instance, ["acme"])
        config = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        result = job.execute_in_process(
            instance=instance, partition_key=partition_key("acme", DAY), run_config=config, raise_on_error=False
        )
        planned = instance.all_logs(result.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED)
    assert not result.success
    assert planned  # else this proves nothing
    assert by_lane(world)["url_device"] == set()


def test_what_is_said_of_a_loaded_lane_is_said_once_by_its_own_step_under_its_partition(synced: World) -> None:
    key = partition_key("acme", DAY)
    with synced.home() as home:
        runs = {job.slice_name: job.dagster_run_id for job in home.jobs.list()}
    for check, records in recorded(synced).items():
        name = check.asset_key.path[-1]
        if name not in DAILY_SLICES:
            continue
        if check.name not in ALWAYS_SAID:
            assert records == [], check  # it holds, and has never failed
            continue
        ((record,), event) = records, records[0].event
        assert event is not None
        assert (record.partition, record.run_id, event.step_key) == (key, runs[name], f"clarity_daily_metrics__{name}")
        assert event.dagster_event is not None
        assert event.dagster_event.event_specific_data.metadata.keys() >= {"offenders"}  # type: ignore[union-attr]


def statuses(world: World, name: str, check: str) -> list[tuple[str | None, AssetCheckExecutionRecordStatus]]:
    """Of one check of one lane, the partition and verdict of each evaluation, the oldest first."""
    records = recorded(world)[dg.AssetCheckKey(lane_key(name), check)]
    return [(each.partition, each.status) for each in reversed(records)]


def test_a_statement_that_fails_is_said_by_its_name_on_its_lane_and_said_to_hold_when_it_does(world: World) -> None:
    days = [DAY + timedelta(days=number) for number in range(3)]
    with world.home() as home:
        home.capture.lane("acme", date=DAY, asked=DAILY_SLICES["url_device"])
    world.later(minutes=20)  # too late for the others to tell of the same window
    for day in days:
        world.sync(day)
        world.later(days=1)
    first, second, _ = (partition_key("acme", day) for day in days)
    for name in ("url_source", "url_country", "url_campaign_channel"):
        assert statuses(world, name, "lanes_share_a_window") == [(first, FAILED), (second, PASSED)], name
        assert statuses(world, name, "lanes_tell_the_same_bot_share") == []
        assert len(statuses(world, name, "no_tuple_is_twice")) == len(days)


def test_another_business_says_nothing_of_one_whose_statement_has_failed(world: World) -> None:
    world.connect("zeta", project_id=OTHER_PROJECT)
    with world.home() as home:
        home.capture.lane("acme", date=DAY, asked=DAILY_SLICES["url_device"])
    world.later(minutes=20)
    world.sync(business_ids=("acme", "zeta"))
    key = partition_key("acme", DAY)
    assert statuses(world, "url_source", "lanes_share_a_window") == [(key, FAILED)]


def test_of_a_lane_that_is_loaded_once_more_everything_is_said(synced: World) -> None:
    synced.sync()
    assert {
        len(records) for check, records in recorded(synced).items()
        if check.asset_key == lane_key("url_source") and check.name not in ALWAYS_SAID
    } == {1}  # fmt: skip


def test_checks_that_somebody_selects_by_hand_are_answered(synced: World) -> None:
    """As the UI does for single assets, and a backfill: every check of what is selected."""
    before = {key: len(records) for key, records in recorded(synced).items()}
    job = build(synced.settings).resolve_job_def("daily_sync").get_subset(asset_selection={lane_key("url_device")})
    with quiet_dagster(), open_instance(synced.settings) as instance, dg.partition_loading_context(synced.now, instance):
        config = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        result = job.execute_in_process(instance=instance, partition_key=partition_key("acme", DAY), run_config=config)
    assert result.success
    for key, records in recorded(synced).items():
        if key.asset_key == lane_key("url_device"):
            assert len(records) == before[key] + 1
            assert records[0].status is PASSED, key
