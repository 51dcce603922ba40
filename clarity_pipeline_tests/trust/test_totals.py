"""The totals of a day: opted in, one call more; true sessions in `site_day`, lists as samples; all of it in a replay."""

import json

import dagster as dg
import duckdb
import pytest

from clarity_pipeline.definitions import build
from clarity_pipeline.orchestration.checks import ALWAYS_SAID, NOTHING_WRONG
from clarity_pipeline.orchestration.instance import open_instance
from clarity_pipeline.orchestration.sync import quiet_dagster
from clarity_pipeline.upkeep.replay import replay
from clarity_pipeline_tests.lived_in import tables
from clarity_pipeline_tests.trust.played import FOUR, changed, play
from clarity_pipeline_tests.world import DAY, PROJECT, World


def opted_in(world: World) -> World:
    with world.home() as home:
        home.connections.update("acme", totals=True)
    return world


def rows(world: World, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(world.settings.warehouse_file, read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_whoever_has_not_opted_in_spends_no_call_and_has_no_job_of_it(world: World) -> None:
    report = world.sync()
    assert (report.broken_steps, list(report.failures()), world.calls()) == ((), [], 4)
    assert {job.slice_name for job in world.jobs()} == set(FOUR)
    with quiet_dagster(), open_instance(world.settings) as instance:
        assert instance.fetch_materializations(dg.AssetKey(["clarity_raw", "totals"]), limit=9).records == []
        assert {run.job_name: run.status.value for run in instance.get_runs()}["daily_sync"] == "SUCCESS"


def test_the_fifth_call_tells_true_sessions_and_every_check_of_the_day_passes(world: World) -> None:
    report = opted_in(world).sync()
    assert [(lane.slice_name, lane.state, lane.calls) for lane in report.lanes] == [(name, "ok", 1) for name in (*FOUR, "totals")]
    assert world.calls() == 5
    ((sessions, bots, events, pages),) = rows(
        world, "select sessions, bot_sessions, dead_clicks, pages_per_session from site_day"
    )
    truth = world.fake.truth(PROJECT, DAY).total
    assert abs(sessions - truth.sessions) <= 1  # type: ignore[operator]
    assert abs(bots - truth.bot_sessions) <= 1  # type: ignore[operator]
    assert abs(events - truth.events["dead_clicks"]) <= 3  # type: ignore[operator]
    assert abs(pages - (truth.pages_per_session or 0)) < 0.1  # type: ignore[operator]
    ((urls,),) = rows(world, "select sessions from business_day")
    assert urls > sessions * 1.5  # type: ignore[operator]
    for name in ("engagement_time", "total_time"):
        ((own, by_pages),) = rows(world, f"select {name}_ms, {name}_by_pages_ms from site_day")
        assert abs(by_pages - own) < 1500, name  # type: ignore[operator]
    with quiet_dagster(), open_instance(world.settings) as instance:
        checks = build(world.settings).get_repository_def().asset_graph.asset_check_keys
        records = [each for key in checks for each in instance.event_log_storage.get_asset_check_execution_history(key, limit=9)]
        assert {each.status.value for each in records} == {"SUCCEEDED"}
        assert {key.name for key in checks} > ALWAYS_SAID
        assert len(records) == 5 * len(ALWAYS_SAID) + 1, (
            "five lanes, and who lacks yesterday; the other statements have not failed"
        )


def test_a_run_that_is_cut_short_of_totals_is_no_lane_less(world: World) -> None:
    opted_in(world)
    world.fake.spend_day(PROJECT)
    report = world.sync()
    assert {lane.slice_name: lane.state for lane in report.lanes}["totals"] == "skipped"


def test_the_lists_are_ranked_samples_without_a_query(world: World) -> None:
    def with_secrets(metrics: list[dict[str, object]]) -> list[dict[str, object]]:
        for metric in metrics:
            if metric["metricName"] == "PopularPages":
                metric["information"] = [
                    {"url": "https://roofmaster.example/quote/?mail=jo@x.example", "visitsCount": 3},
                    {"url": "http://roofmaster.example/quote#top", "visitsCount": "4"},
                    {"url": "https://roofmaster.example/", "visitsCount": 5},
                ]
            if metric["metricName"] == "ReferrerUrl":
                metric["information"] = [{"name": "https://mail.example/inbox?user=jo", "sessionsCount": 2}]
            if metric["metricName"] == "PageTitle":
                metric["information"] = [{"name": None, "sessionsCount": 1}, {"Name": "Home & Co", "sessionsCount": 8}]
        return metrics

    world.fake.script(PROJECT, changed(with_secrets))  # type: ignore[arg-type]
    play(world, "totals")
    lists = rows(world, "select list, rank, entry, sessions from clarity_site_lists where is_sample order by all")
    assert [row for row in lists if row[0] in {"popular_page", "referrer", "page_title"}] == [
        ("page_title", 1, "Home & Co", 8),
        ("page_title", 2, None, 1),
        ("popular_page", 1, "https://roofmaster.example/quote", 7),
        ("popular_page", 2, "https://roofmaster.example/", 5),
        ("referrer", 1, "https://mail.example/inbox", 2),
    ]
    assert len({row[0] for row in lists}) == 7
    ((payload,),) = rows(world, "select raw_payload::varchar from clarity_daily_metrics where slice = 'totals'")
    assert "jo@x" not in payload  # type: ignore[operator]
    assert "user=jo" not in payload  # type: ignore[operator]


@pytest.mark.slow("two days by the real job, and two replays")
def test_a_replay_makes_reconciliation_and_lists_as_they_were(world: World) -> None:
    opted_in(world).sync()
    world.later(minutes=20)
    play(world, "url_source", "totals", refetch=True)
    world.sync()
    before = tables(world.settings.warehouse_file)
    assert len(before["clarity_reconciliation"]) > 30
    assert len(before["clarity_site_lists"]) > 20
    with world.home() as home:
        replay(home)
    assert tables(world.settings.warehouse_file) == before
    for path in world.settings.vault_folder.rglob("totals/*"):
        path.unlink()
    with world.home() as home:  # what the vault cannot tell any more is taken over, and judged beside what it tells
        assert replay(home).taken_over == 1
    assert tables(world.settings.warehouse_file) == before


def test_a_cut_lane_is_said_in_status_in_the_check_and_in_the_view(busy: World) -> None:
    opted_in(busy)
    busy.later(days=1)
    with busy.home() as home, busy.day_sync() as day_sync:
        day_sync.run(home, business_ids=["acme"], day=home.yesterday())
    ((share, truncated),) = rows(busy, "select covered_share, truncated from lane_coverage order by date desc limit 1")
    assert truncated
    assert 0.5 < share < 1  # type: ignore[operator]
    with quiet_dagster(), open_instance(busy.settings) as instance:
        key = dg.AssetCheckKey(dg.AssetKey(["clarity_daily_metrics", "totals"]), NOTHING_WRONG)
        (record,) = instance.event_log_storage.get_asset_check_execution_history(key, limit=1)
        assert record.event is not None
        evaluation = record.event.dagster_event.asset_check_evaluation_data  # type: ignore[union-attr]
        assert "one of the two is cut at 1,000 rows" in evaluation.metadata["not_decided"].value["visits_fit_the_totals"]
        assert "://" not in json.dumps({name: str(value) for name, value in evaluation.metadata.items()})
