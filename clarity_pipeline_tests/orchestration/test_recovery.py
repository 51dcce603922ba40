"""Lost days and their recovery through the real Dagster job, against the fake Clarity over a socket."""

from datetime import date, timedelta

import dagster as dg
import duckdb
import pytest

from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.clarity.errors import QuotaSpent
from clarity_pipeline.clarity.window import window
from clarity_pipeline.day.load import load_lane
from clarity_pipeline.orchestration.instance import open_instance
from clarity_pipeline.orchestration.partitions import partition_key
from clarity_pipeline.orchestration.sync import SyncReport
from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.rules.language.rule_files import EXAMPLE_RULE, read_rules
from clarity_pipeline.simulator import faults
from clarity_pipeline.upkeep.replay import replay
from clarity_pipeline.warehouse.errors import OwnRowsStand
from clarity_pipeline_tests.lived_in import tables
from clarity_pipeline_tests.world import DAY, PROJECT, World, by_slice

pytestmark = pytest.mark.slow("two to five days each by the real job; test_day has the recovery of one day")

NEXT, THIRD = DAY + timedelta(days=1), DAY + timedelta(days=2)
NAMES = tuple(DAILY_SLICES)
URL_DEVICE_COUNTS = (
    "select dimension_hash, sessions, bot_sessions, dead_clicks, rage_clicks, quick_backs, script_errors"
    " from clarity_daily_metrics where slice = 'url_device' and date = ?"
)


def table(world: World, query: str, *values: object) -> list[tuple[object, ...]]:
    with duckdb.connect(world.settings.published_file, read_only=True) as connection:
        return connection.execute(query, values).fetchall()


def spent_by_others(world: World, day: date = DAY) -> SyncReport:
    """A day all of whose calls somebody else has used up."""
    world.fake.spend_day(PROJECT)
    return world.sync(day)


def next_midnight(world: World, day: date) -> SyncReport:
    world.later(days=1)
    return world.sync(day)


def recovered(report: SyncReport) -> list[tuple[date, str, str | None, int]]:
    return [(job.date, job.slice_name, job.reason, job.calls) for job in report.recoveries]


def calls_asked(world: World) -> list[tuple[str | None, str | None]]:
    return [(call.params.get("dimension2"), call.params.get("numOfDays")) for call in world.fake.calls()]


def undisturbed(world: World) -> list[tuple[object, ...]]:
    """The url_device rows that the answer of DAY at 00:05 would have made, of tuples that anybody visited."""
    other = World(world.folder.with_name("undisturbed"))
    with other.fake:
        other.connect()
        other.sync()
        return table(other, f"{URL_DEVICE_COUNTS} and (sessions > 0 or bot_sessions > 0) order by all", DAY)


def test_a_day_that_was_lost_whole_is_recovered_at_the_next_midnight_with_four_calls(world: World) -> None:
    with world.home() as home:
        import_rules(home.state, clock=home.clock, rules=read_rules(EXAMPLE_RULE, source="example"))
    assert spent_by_others(world).only_quota_is_spent
    before = world.calls()
    report = next_midnight(world, NEXT)
    assert recovered(report) == [(DAY, name, "recovered", 1) for name in NAMES]
    assert (report.unsuccessful, report.broken_steps, report.not_recovered) == ((), (), ())
    assert calls_asked(world)[before:] == [(kind, days) for days in "12" for kind in ("Device", "Source", "Country", "Campaign")]
    rows = table(
        world,
        "select distinct quality, truncated, distinct_users, round(coverage, 4) from clarity_daily_metrics where date = ?", DAY,
    )  # fmt: skip
    assert rows == [("recovered", False, None, 0.9965)]
    assert table(world, "select count(*) from business_day where date = ?", DAY) == [(1,)]
    assert (DAY,) in table(world, "select date from clarity_rule_evaluations where outcome <> 'unknown'")
    assert table(world, f"{URL_DEVICE_COUNTS} order by all", DAY) == undisturbed(world)
    with world.home() as home:
        assert home.quota.left_today(home.connections.get("acme").quota_key or "") == 2
        for _ in range(2):
            home.capture.test("acme")
        with pytest.raises(QuotaSpent):
            home.capture.test("acme")


def test_of_two_lost_days_both_get_what_six_further_calls_can_tell_in_two_midnights(world: World) -> None:
    spent_by_others(world)
    world.later(days=1)
    spent_by_others(world, NEXT)
    before = world.calls()
    report = next_midnight(world, THIRD)
    assert recovered(report) == [
        (DAY, "url_device", "recovered", 2), (DAY, "url_source", "recovered", 2),
        (NEXT, "url_device", "recovered", 0), (NEXT, "url_source", "recovered", 0),
    ]  # fmt: skip
    assert world.calls() - before == 8
    assert len(report.not_recovered) == 2
    assert all("url_country, url_campaign_channel not recovered (budget)" in line for line in report.not_recovered)
    report = next_midnight(world, THIRD + timedelta(days=1))
    assert recovered(report) == [(NEXT, name, "recovered", 2) for name in ("url_country", "url_campaign_channel")]
    assert len(report.not_recovered) == 1
    assert "url_country, url_campaign_channel not recovered (no_longer_recoverable)" in report.not_recovered[0]
    report = next_midnight(world, THIRD + timedelta(days=2))
    assert (report.not_recovered, report.recoveries) == ((), ())
    over = [job for job in world.jobs() if job.reason == "no_longer_recoverable"]
    assert [(job.date, job.slice_name, job.state, job.calls) for job in over] == [
        (DAY, name, "failed", 0) for name in ("url_country", "url_campaign_channel")
    ]
    assert over[0].detail
    assert "the API reaches back three days" in over[0].detail


def test_a_recovery_that_fails_is_told_and_the_day_is_as_good_as_it_was(world: World) -> None:
    spent_by_others(world)
    world.later(days=1)
    world.fake.script(PROJECT, *[None] * 4, *[faults.SERVER_ERROR] * 4)
    report = world.sync(NEXT)
    assert (report.unsuccessful, report.broken_steps) == ((), ())
    assert [(job.slice_name, job.state, job.reason) for job in report.recoveries] == [
        ("url_device", "failed", "unavailable"),
        ("url_source", "failed", "unavailable"),
        ("url_country", "skipped", "quota_spent"),
        ("url_campaign_channel", "skipped", "quota_spent"),
    ]
    assert report.not_recovered[0].startswith(f"acme {DAY} url_device, url_source failed (unavailable): ")
    report = next_midnight(world, THIRD)
    assert recovered(report) == [(DAY, name, "recovered", 2) for name in ("url_device", "url_source")]


def test_a_day_on_which_the_machine_was_off_is_lost_too(world: World) -> None:
    world.sync()
    world.later(days=1)
    report = next_midnight(world, THIRD)
    assert recovered(report) == [(NEXT, name, "recovered", 1) for name in NAMES]


def test_an_older_date_that_is_named_is_recovered_too(world: World) -> None:
    spent_by_others(world)
    world.later(days=1, hours=2)
    report = world.sync()
    assert [(lane.state, lane.reason, lane.calls) for lane in report.lanes] == [
        ("ok", "recovered", 2), ("ok", "recovered", 2), ("skipped", "quota_spent", 0), ("skipped", "quota_spent", 0),
    ]  # fmt: skip
    assert by_slice(world.sync(NEXT).lanes)["url_device"].reason == "already_in_vault", "a half of a pair tells its own date too"


def test_the_ui_shows_the_pair_behind_the_older_partition(world: World) -> None:
    spent_by_others(world)
    next_midnight(world, NEXT)
    key = partition_key("acme", DAY)
    with open_instance(world.settings) as instance:
        found = {}
        for room in ("clarity_raw", "clarity_daily_metrics"):
            (record,) = instance.fetch_materializations(
                dg.AssetRecordsFilter(dg.AssetKey([room, "url_device"]), asset_partitions=[key]), limit=1
            ).records
            assert record.asset_materialization is not None
            found[room] = {name: value.value for name, value in record.asset_materialization.metadata.items()}
        run = instance.get_run_by_id(record.run_id)
    raw = found["clarity_raw"]
    now = world.now.timestamp()
    assert (raw["recovered"], raw["calls_spent"], raw["coverage"]) == (True, 1, 0.9965)
    assert (raw["longer_num_of_days"], raw["shorter_num_of_days"]) == (2, 1)
    spans = [raw[f"{side}_window_{end}"] for side in ("longer", "shorter") for end in ("start", "end")]
    assert spans == [now - 2 * 86400, now, now - 86400, now]
    assert (raw["window_start"], raw["window_end"]) == (now - 2 * 86400, now - 86400)
    with world.home() as home:
        answers = {each.num_of_days: each.sha256 for each in home.vault.answers("acme", date=NEXT, slice_name="url_device")}
    assert (raw["longer_sha256"], raw["shorter_sha256"]) == (answers[2], answers[1])
    assert (found["clarity_daily_metrics"]["recovered"], found["clarity_daily_metrics"]["tuples_below_zero"]) == (True, 0)
    assert "http" not in str(found)
    assert run is not None
    assert run.status is dg.DagsterRunStatus.SUCCESS


def test_the_warehouse_names_both_answers_and_when_they_were_fetched(world: World) -> None:
    spent_by_others(world)
    world.later(days=1)
    with world.home() as home:
        for asked in DAILY_SLICES.values():
            home.capture.lane("acme", date=NEXT, asked=asked)
    world.later(minutes=4)
    world.sync(NEXT)
    with world.home() as home:
        longer, shorter = (home.vault.answers("acme", date=NEXT, slice_name="url_source", num_of_days=days)[0] for days in (2, 1))
    columns = "answer_sha256, fetched_at, subtracted_sha256, subtracted_fetched_at, window_start, window_end"
    assert table(world, f"select {columns} from clarity_lane_loads where date = ? and slice = 'url_source'", DAY) == [
        (longer.sha256, world.now, shorter.sha256, world.now - timedelta(minutes=4), longer.window_start, shorter.window_start)
    ]
    assert table(world, f"select {columns} from clarity_lane_loads where date = ? and slice = 'url_source'", NEXT) == [
        (shorter.sha256, shorter.fetched_at, None, None, *window(shorter.fetched_at, 1))
    ]


def test_a_dates_own_answer_takes_the_place_of_recovered_rows_and_never_the_other_way(world: World) -> None:
    asked = DAILY_SLICES["url_device"]
    spent_by_others(world)
    next_midnight(world, NEXT)
    world.later(hours=1)
    with world.home() as home:
        at = world.now - timedelta(days=1, hours=1)
        own = home.vault.keep(  # as a backup that is restored brings it
            world.fake.answer(PROJECT, dimensions=("URL", "Device"), at=at), business_id="acme", date=DAY,
            slice_name="url_device", num_of_days=1, window=window(at, 1), purpose="sync",
        )  # fmt: skip
        assert home.capture.lane("acme", date=DAY, asked=asked).stored == own
    world.sync(DAY)
    query = "select distinct quality from clarity_daily_metrics where date = ? and slice = 'url_device'"
    assert table(world, query, DAY) == [("aligned",)]
    history = "select distinct quality, superseded_at from clarity_daily_metrics_history where date = ?"
    assert table(world, history, DAY) == [("recovered", world.now)]
    before = tables(world.settings.warehouse_file)
    with world.home() as home:
        assert replay(home).failures == ()
    assert tables(world.settings.warehouse_file) == before
    own.path.unlink()
    world.later(minutes=1)
    with world.home() as home, pytest.raises(OwnRowsStand, match="restore that answer"):
        load_lane(home, business_id="acme", date=DAY, asked=asked)
    after = tables(world.settings.warehouse_file)
    assert after == before
    with world.home() as home:  # nor does a rebuilt file forget it, while the vault still holds the pair
        assert replay(home).taken_over == 1
    assert tables(world.settings.warehouse_file)["clarity_daily_metrics"] == before["clarity_daily_metrics"]


def test_replay_makes_recovered_lanes_anew(world: World) -> None:
    spent_by_others(world)
    next_midnight(world, NEXT)
    before = tables(world.settings.warehouse_file)
    assert not (world.settings.vault_folder / "acme" / DAY.isoformat()).exists(), "nothing of the date's own is there"
    with world.home() as home:
        done = replay(home)
    assert (done.lanes, done.failures, done.taken_over) == (8, (), 0)
    assert tables(world.settings.warehouse_file) == before
    world.settings.warehouse_file.unlink()
    with world.home() as home:
        replay(home)
    assert tables(world.settings.warehouse_file) == before


def test_businesses_of_one_project_recover_within_its_ten_calls(world: World) -> None:
    world.connect("beta")
    world.fake.spend_day(PROJECT)
    world.sync(business_ids=["acme", "beta"])
    world.later(days=1)
    before = world.calls()
    report = world.sync(NEXT, business_ids=["acme", "beta"])
    assert (len(report.lanes), report.unsuccessful, report.recoveries) == (8, (), ())
    assert world.calls() - before == 8
    assert all("not recovered (budget)" in line for line in report.not_recovered)
