"""The sensor that asks for the rules: nothing that was loaded stays unjudged, and no sync waits for a run of the rules."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import dagster as dg
import pytest

from clarity_pipeline.calls.to_judge import mark, settle, waiting
from clarity_pipeline.definitions import build
from clarity_pipeline.home import Home
from clarity_pipeline.orchestration.evaluate_rules import Memory, evaluate_rules_sensor
from clarity_pipeline.orchestration.here import execute_here
from clarity_pipeline.orchestration.instance import open_instance
from clarity_pipeline.orchestration.jobs import rule_evaluation_job
from clarity_pipeline.orchestration.partitions import partition_key, register
from clarity_pipeline.orchestration.sync import quiet_dagster
from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.rules.language.rule_files import read_rules
from clarity_pipeline.warehouse.lock import hold
from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline_tests.cli.conftest import FIRES_AT_ONCE
from clarity_pipeline_tests.world import DAY, World

QUIET_CONSOLE = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
KEY = f"acme|{DAY}"
AT_ONCE = timedelta()


@dataclass
class Night:
    """A home, its instance, and the sensor's cursor from tick to tick."""

    world: World
    home: Home
    instance: dg.DagsterInstance
    cursor: str | None = None

    def run(self, name: str, *, home: Home | None = None, config: dict[str, object] | None = None, **how: object) -> bool:
        """A run of a job of ours in this process; whether it went well."""
        job = build(self.world.settings).resolve_job_def(name)
        with quiet_dagster(), dg.partition_loading_context(self.world.now, self.instance):
            given = {**QUIET_CONSOLE, **(config or {})}
            result = execute_here(job, instance=self.instance, resources={"home": home or self.home}, run_config=given, **how)  # type: ignore[arg-type]
        (home or self.home).warehouse.let_go()  # as the end of its process does
        return result.success

    def daily_sync(self, business_id: str = "acme") -> bool:
        """A business-day is fetched and loaded; nobody judges it."""
        register(self.instance, [business_id])
        return self.run("daily_sync", partition_key=partition_key(business_id, DAY))

    def queued(self, name: str, *, tags: dict[str, str] | None = None) -> dg.DagsterRun:
        """A run that waits."""
        job = build(self.world.settings).resolve_job_def(name)
        return self.instance.create_run_for_job(job_def=job, tags=tags)

    def tick(self, *, quiet: timedelta = AT_ONCE) -> dg.RunRequest | str:
        """What the sensor asks for, or why it does not."""
        with dg.build_sensor_context(self.instance, cursor=self.cursor, resources={"home": self.home}) as context:
            outcome = evaluate_rules_sensor(rule_evaluation_job(), quiet=quiet)(context)
            self.cursor = context.cursor
        if isinstance(outcome, dg.SkipReason):
            return outcome.skip_message or ""
        assert isinstance(outcome, dg.RunRequest)
        return outcome

    def asked(self) -> list[str]:
        """The business-days of its request."""
        request = self.tick()
        assert isinstance(request, dg.RunRequest), request
        business_days: list[str] = request.run_config["ops"]["clarity_rule_evaluations"]["config"]["business_days"]
        return business_days


@contextmanager
def night_of(world: World) -> Iterator[Night]:
    with world.home() as home, open_instance(world.settings) as instance:
        yield Night(world, home, instance)


@pytest.fixture
def night(world: World) -> Iterator[Night]:
    with night_of(world) as found:
        yield found


@contextmanager
def held(database: Path) -> Iterator[None]:
    """The warehouse is somebody else's: of another thread, since a thread may ask for its own lock again."""
    has_it, give_up = Event(), Event()

    def keep() -> None:
        with hold(database, wait_seconds=5, what="the test"):
            has_it.set()
            give_up.wait(60)

    holder = Thread(target=keep)
    holder.start()
    assert has_it.wait(10)
    try:
        yield
    finally:
        give_up.set()
        holder.join()


def of(keys: list[str]) -> dict[str, object]:
    return {"ops": {"clarity_rule_evaluations": {"config": {"business_days": keys}}}}


def load(night: Night, *business_ids: str) -> None:
    """As a lane's load notes it."""
    with night.home.state.write() as connection:
        mark(connection, [(each, DAY) for each in business_ids], now=night.home.clock())


def test_what_was_loaded_is_asked_for_until_a_run_has_judged_it(night: Night) -> None:
    assert night.tick() == "Every business-day that was loaded or imported is judged."
    assert night.daily_sync()
    assert night.asked() == [KEY]
    assert night.asked() == [KEY], "asking is not judging"
    assert night.run("rule_evaluation", config=of([KEY]))
    assert night.tick() == "Every business-day that was loaded or imported is judged."


def test_runs_that_were_cancelled_in_the_queue_lose_no_business_day(night: Night) -> None:
    load(night, "acme", "baker", "cook")
    keys = [f"{name}|{DAY}" for name in ("acme", "baker", "cook")]
    for _ in range(2):
        assert night.asked() == keys
        run = night.queued("rule_evaluation")
        assert night.tick() == "3 business-days to judge; a rule_evaluation run is on its way."
        night.instance.report_run_canceled(run)
    assert night.asked() == keys


def test_a_run_that_failed_on_a_held_warehouse_is_asked_for_again_later_and_later(night: Night) -> None:
    assert night.daily_sync()
    hurried = Home(night.home.settings, night.home.state)
    hurried.__dict__["warehouse"] = Warehouse(night.home.settings.warehouse_file, wait_seconds=0.1)
    with held(night.home.settings.warehouse_file):
        for _ in range(2):
            assert night.asked() == [KEY]
            assert not night.run("rule_evaluation", home=hurried, config=of([KEY]))
    assert night.tick(quiet=timedelta(minutes=1)) == "1 business-day to judge; a run was asked for less than a minute ago."
    asked_two_minutes_ago = Memory.from_cursor(night.cursor).asked_at - 120
    night.cursor = Memory(asked_two_minutes_ago).cursor()
    waits = "1 business-day to judge; the last 2 failed, and the next is asked for 4 minutes after it."
    assert night.tick(quiet=timedelta(minutes=1)) == waits
    assert night.asked() == [KEY]
    assert night.run("rule_evaluation", config=of([KEY]))
    assert night.tick() == "Every business-day that was loaded or imported is judged."


def test_a_run_that_is_killed_before_it_ends_is_asked_for_again(world: World) -> None:
    with world.home() as home:
        import_rules(home.state, clock=home.clock, rules=read_rules(FIRES_AT_ONCE, source="test"))
    killed = subprocess.run(
        [sys.executable, "-c", "from clarity_pipeline.cli.main import main; main(['sync'])"],
        env={**world.environment, "CLARITY_FAILPOINT": "judgements_recorded", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    with night_of(world) as night:
        assert night.tick() == "1 business-day to judge; a rule_evaluation run is on its way.", "nobody knows of its death yet"
        (dead,) = night.instance.get_runs(dg.RunsFilter(job_name="rule_evaluation"))
        assert dead.status is dg.DagsterRunStatus.STARTED
        with sqlite3.connect(world.settings.dagster_folder / "runs" / "runs.db") as runs:
            runs.execute("update runs set update_timestamp = datetime(update_timestamp, '-11 minutes')")
        assert night.asked() == [KEY]


def test_a_sync_by_hand_judges_what_it_loads(synced: World) -> None:
    with night_of(synced) as night:
        assert night.tick() == "Every business-day that was loaded or imported is judged."


def test_what_changes_while_it_is_judged_waits_for_the_next_run(night: Night) -> None:
    """The evaluation has read its rows when the lane is loaded again."""
    load(night, "acme")
    with night.home.state.read() as facts:
        read = waiting(facts)
    load(night, "acme")
    settle(night.home.state, read)
    assert night.asked() == [KEY]


def test_a_lane_that_no_rule_reads_asks_nothing_and_a_mart_made_again_does(night: Night) -> None:
    assert night.daily_sync()
    assert night.run("rule_evaluation", config=of([KEY]))
    key = partition_key("acme", DAY)
    country = [dg.AssetKey(["clarity_daily_metrics", "url_country"]), dg.AssetKey("country_day")]
    assert night.run("daily_sync", partition_key=key, assets=country)
    assert night.tick() == "Every business-day that was loaded or imported is judged."
    assert night.run("daily_sync", partition_key=key, assets=[dg.AssetKey("business_day")])
    assert night.asked() == [KEY]


def test_while_syncs_run_or_have_just_ended_the_rules_wait_and_then_are_asked_once_for_all(night: Night) -> None:
    tags = {"dagster/partition/business": "acme", "dagster/partition/date": str(DAY)}
    load(night, "acme", "baker")
    waits = [night.queued("daily_sync", tags=tags), night.queued("daily_sync", tags=tags)]
    for_long = timedelta(minutes=1)
    said = "2 business-days to judge once the syncs have been idle for a minute; "
    assert night.tick(quiet=for_long) == f"{said}2 run or wait."
    for run in waits:
        night.instance.report_run_canceled(run)
    assert night.tick(quiet=for_long) == f"{said}one ended just now."
    assert night.asked() == [KEY, f"baker|{DAY}"]
    load(night, "cook")
    assert night.tick(quiet=for_long) == "3 business-days to judge; a run was asked for less than a minute ago."


def test_syncs_without_end_do_not_keep_the_rules_waiting_for_ever(night: Night) -> None:
    load(night, "acme")
    night.queued("daily_sync", tags={"dagster/partition/business": "acme"})
    assert isinstance(night.tick(quiet=timedelta(minutes=1)), str)
    since = Memory.from_cursor(night.cursor).kept_waiting_since
    assert since is not None
    night.cursor = Memory(0.0, since - 3601).cursor()
    assert isinstance(night.tick(quiet=timedelta(minutes=1)), dg.RunRequest)


def test_the_cursor_of_an_earlier_release_is_understood() -> None:
    assert Memory.from_cursor("1234") == Memory() == Memory.from_cursor(None) == Memory.from_cursor("what")


def test_it_runs_by_itself_every_half_minute() -> None:
    sensor = evaluate_rules_sensor(rule_evaluation_job())
    assert (sensor.default_status, sensor.minimum_interval_seconds) == (dg.DefaultSensorStatus.RUNNING, 30)
