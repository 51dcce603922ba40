"""Whole days through the real Dagster job on a real instance, against the fake Clarity over a socket."""

from collections.abc import Iterator

import dagster as dg
import duckdb
import pytest

from clarity_pipeline.calls.ahead import Progress
from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.definitions import build
from clarity_pipeline.orchestration.instance import open_instance
from clarity_pipeline.orchestration.partitions import partition_key
from clarity_pipeline.orchestration.sync import SyncReport, quiet_dagster
from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.rules.language.rule_files import EXAMPLE_RULE, read_rules
from clarity_pipeline.simulator import faults
from clarity_pipeline.warehouse.marts import MARTS
from clarity_pipeline_tests.world import DAY, OTHER_PROJECT, PROJECT, World, by_slice


def table(world: World, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(world.settings.published_file, read_only=True) as connection:
        return connection.execute(query).fetchall()


def loaded_slices(world: World) -> set[object]:
    return {name for (name,) in table(world, "select distinct slice from clarity_daily_metrics")}


def daily_sync_from_environment() -> dg.JobDefinition:
    return build().resolve_job_def("daily_sync")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, SyncReport]]:
    """A day without a fault; nobody may change it."""
    world = World(tmp_path_factory.mktemp("undisturbed") / "home")
    with world.fake:
        world.connect()
        yield world, world.sync()


def test_an_undisturbed_day_is_four_calls_four_lanes_six_marts_and_the_truth(undisturbed: tuple[World, SyncReport]) -> None:
    world, report = undisturbed
    assert [(lane.state, lane.calls, lane.reason) for lane in report.lanes] == [("ok", 1, None)] * 4
    assert (report.broken_steps, world.calls()) == ((), 4)
    assert loaded_slices(world) == set(DAILY_SLICES)
    for mart in (name for name, mart in MARTS.items() if mart.slice_name in DAILY_SLICES):
        assert table(world, f"select count(*) > 0 from {mart} where business_id = 'acme'") == [(True,)], mart
    ((sessions, dead_clicks),) = table(world, "select sessions, dead_clicks from business_day")
    truth = world.fake.truth(PROJECT, DAY)
    by_url = truth.by("url", "device").values()
    assert sessions == pytest.approx(sum(tally.sessions for tally in by_url), rel=0.02)
    assert dead_clicks == pytest.approx(truth.total.events["dead_clicks"], abs=2)


def test_the_lanes_are_fetched_in_the_order_of_the_plan(undisturbed: tuple[World, SyncReport]) -> None:
    world, _ = undisturbed
    asked = [call.params.get("dimension2") for call in world.fake.calls()]
    assert asked == ["Device", "Source", "Country", "Campaign"]


def test_a_second_sync_of_the_day_spends_no_call_and_changes_no_number(synced: World) -> None:
    before = table(synced, "select * exclude (loaded_at) from clarity_daily_metrics order by all")
    again = synced.sync()
    assert synced.calls() == 0
    assert [(lane.state, lane.reason, lane.calls) for lane in again.lanes] == [("ok", "already_in_vault", 0)] * 4
    assert table(synced, "select * exclude (loaded_at) from clarity_daily_metrics order by all") == before


def test_a_429_on_the_third_lane_keeps_two_and_the_others_are_recovered_the_next_day(world: World) -> None:
    with world.home() as home:
        import_rules(home.state, clock=home.clock, rules=read_rules(EXAMPLE_RULE, source="example"))
    world.fake.script(PROJECT, None, None, faults.QUOTA_SPENT)
    report = world.sync()
    lanes = by_slice(report.lanes)
    assert [(lanes[name].state, lanes[name].calls) for name in DAILY_SLICES] == [
        ("ok", 1),
        ("ok", 1),
        ("failed", 1),
        ("skipped", 0),
    ]
    assert {lanes[name].reason for name in ("url_country", "url_campaign_channel")} == {"quota_spent"}
    assert (world.calls(), report.only_quota_is_spent) == (3, True)
    assert loaded_slices(world) == {"url_device", "url_source"}
    assert table(world, "select business_id, date, outcome from clarity_rule_evaluations") == [("acme", DAY, "not")]
    with world.home() as home:
        assert home.connections.get("acme").enabled
    world.later(days=1)
    lanes = by_slice(world.sync().lanes)
    assert (lanes["url_country"].state, lanes["url_country"].reason) == ("ok", "recovered")
    assert (lanes["url_device"].state, lanes["url_device"].reason) == ("ok", "already_in_vault")
    assert world.calls() == 3 + 2 * 2, "the day itself was not synced yet, so that both halves of each pair are fetched"


def test_a_500_on_the_second_lane_costs_that_lane_and_retry_from_failure_spends_one_call(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.fake.script(PROJECT, None, *[faults.SERVER_ERROR] * 3)
    report = world.sync()
    assert {lane.slice_name for lane in report.unsuccessful} == {"url_source"}
    assert loaded_slices(world) == set(DAILY_SLICES) - {"url_source"}
    before = world.calls()
    for name, value in world.environment.items():
        monkeypatch.setenv(name, value)
    run_id = report.unsuccessful[0].dagster_run_id
    assert run_id is not None
    with quiet_dagster(), open_instance(world.settings) as instance:
        failed = instance.get_run_by_id(run_id)
        assert failed is not None
        assert failed.status is dg.DagsterRunStatus.FAILURE
        with dg.partition_loading_context(effective_dt=world.now, dynamic_partitions_store=instance):
            retried = dg.execute_job(
                dg.reconstructable(daily_sync_from_environment),
                instance=instance,
                tags={name: value for name, value in failed.tags.items() if name.startswith("dagster/partition")},
                reexecution_options=dg.ReexecutionOptions.from_failure(run_id, instance),
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            )
    assert retried.success
    assert world.calls() == before + 1
    assert by_slice(world.jobs())["url_source"].state == "ok"


def test_a_rejected_token_stops_the_day_and_says_reconnect(world: World) -> None:
    world.fake.revoke(PROJECT)
    report = world.sync()
    assert [(lane.state, lane.reason, lane.calls) for lane in report.lanes] == [
        ("failed", "token_rejected", 1), *[("skipped", "token_rejected", 0)] * 3,
    ]  # fmt: skip
    assert world.calls() == 1


def test_one_bad_business_costs_the_others_nothing(world: World) -> None:
    opaque = "x" * 40  # no Clarity token: the fake answers 403
    world.connect("zeta", token=opaque)
    report = world.sync(business_ids=["zeta", "acme"])
    assert {(lane.business_id, lane.state) for lane in report.lanes if lane.business_id == "acme"} == {("acme", "ok")}
    with world.home() as home:
        assert [each.business_id for each in home.connections.enabled()] == ["acme"]


def test_the_calls_of_several_businesses_are_made_at_once_and_a_second_sync_makes_none(world: World) -> None:
    world.fake.answers_after_seconds = 0.2
    world.connect("zeta", project_id=OTHER_PROJECT, token=world.fake.token(OTHER_PROJECT))
    seen: list[Progress] = []
    with world.home() as home, world.day_sync() as day_sync:
        report = day_sync.run(home, business_ids=["acme", "zeta"], day=DAY, fetched=seen.append)
    assert [(lane.business_id, lane.state, lane.calls) for lane in report.lanes] == [
        *[("acme", "ok", 1)] * 4, *[("zeta", "ok", 1)] * 4,
    ]  # fmt: skip
    assert (world.calls(), world.fake.most_at_once(), world.fake.most_at_once(PROJECT)) == (8, 2, 1)
    assert (seen[0].businesses, seen[-1].through, seen[-1].fetched) == (2, 2, 8)
    assert all(lane.dagster_run_id for lane in report.lanes), "each is of the run whose step took it over"
    again = world.sync(business_ids=["acme", "zeta"])
    assert (world.calls(), {lane.reason for lane in again.lanes}) == (8, {"already_in_vault"})


def test_a_malformed_answer_is_in_the_vault_and_not_in_the_warehouse(world: World) -> None:
    world.fake.script(PROJECT, faults.MISSING_DIMENSION)
    lanes = by_slice(world.sync().lanes)
    assert (lanes["url_device"].state, lanes["url_device"].reason) == ("failed", "answer_malformed")
    assert loaded_slices(world) == set(DAILY_SLICES) - {"url_device"}
    again = by_slice(world.sync().lanes)["url_device"]
    assert (again.state, again.reason, again.calls) == ("failed", "answer_malformed", 0)
    assert world.calls() == 4, "what the parser refuses is not paid for again"


def test_a_day_outside_the_grid_has_a_row_with_its_reason_for_each_lane(world: World) -> None:
    for day in (DAY.replace(year=2020), world.now.date()):
        report = world.sync(day)
        assert [(lane.state, lane.reason) for lane in report.lanes] == [("failed", "day_not_fetchable")] * 4
    assert world.calls() == 0


def test_materialisations_and_checks_are_filed_under_their_partition(undisturbed: tuple[World, SyncReport]) -> None:
    world, _ = undisturbed
    key = partition_key("acme", DAY)
    with open_instance(world.settings) as instance:
        for asset in ("business_day", "campaign_day"):
            records = instance.fetch_materializations(dg.AssetKey(asset), limit=5).records
            assert [record.partition_key for record in records] == [key]
        lane = dg.AssetKey(["clarity_daily_metrics", "url_device"])
        for check in ("rows_are_in_range", "no_tuple_is_twice", "lane_is_not_cut", "date_is_covered"):
            (found,) = instance.event_log_storage.get_asset_check_execution_history(dg.AssetCheckKey(lane, check), limit=5)
            assert found.event is not None
            evaluation = found.event.dagster_event.event_specific_data  # type: ignore[union-attr]
            assert (evaluation.passed, evaluation.partition) == (True, key)  # type: ignore[union-attr]


def test_metadata_holds_counts_and_windows_and_no_url(undisturbed: tuple[World, SyncReport]) -> None:
    world, _ = undisturbed
    with open_instance(world.settings) as instance:
        (record,) = instance.fetch_materializations(dg.AssetKey(["clarity_raw", "url_device"]), limit=1).records
    assert record.asset_materialization is not None
    metadata = record.asset_materialization.metadata
    assert set(metadata) == {
        "dagster/partition_row_count", "asked_by", "rows_by_metric", "metrics_at_cap", "unknown_names", "calls_spent",
        "already_in_vault", "window_start", "window_end", "coverage", "size_bytes", "sha256", "calls_left_today", "seconds",
    }  # fmt: skip
    assert metadata["coverage"].value == 0.9965
    assert (metadata["calls_spent"].value, metadata["already_in_vault"].value) == (1, True), "its call was made ahead of its step"
    assert metadata["calls_left_today"].value == 6
    assert "http" not in str(metadata)
