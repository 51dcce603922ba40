"""The Dagster instance: where it is, what its configuration says, and that its event log bears many processes."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from queue import Queue
from typing import Any

import dagster as dg
import pytest
import yaml

from clarity_pipeline.orchestration.event_log import PooledSqliteEventLogStorage
from clarity_pipeline.orchestration.instance import dagster_home, open_instance
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline_tests.processes import CONTEXT, run_together
from clarity_pipeline_tests.world import World

PROJECT_FOLDER = Path(__file__).parents[2]
EVENTS_EACH, WRITERS = 25, 4


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def paths(config: Any) -> Iterator[str]:
    """Every `base_dir` of an instance's configuration."""
    for key, value in config.items():
        if key == "base_dir":
            yield value
        elif isinstance(value, dict):
            yield from paths(value)


def test_everything_of_the_embedded_instance_is_below_clarity_home(settings: Settings) -> None:
    home = dagster_home(settings)
    assert home == settings.home / "dagster"
    found = list(paths(yaml.safe_load((home / "dagster.yaml").read_text())))
    assert len(found) == 4
    assert all(Path(each).is_relative_to(home) for each in found)


def test_whoever_sets_dagster_home_gets_that_instance_and_nothing_is_written(settings: Settings, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    assert dagster_home(replace(settings, given_dagster_home=theirs)) == theirs
    assert not theirs.exists()
    assert not settings.home.exists()


@pytest.mark.parametrize("instead", [b"telemetry: {enabled: true}", b"run_storage\xef\xff\x00", b""])
def test_a_configuration_that_somebody_edited_or_a_disk_damaged_is_written_anew(settings: Settings, instead: bytes) -> None:
    written = dagster_home(settings) / "dagster.yaml"
    wanted = written.read_bytes()
    written.write_bytes(instead)
    dagster_home(settings)
    assert written.read_bytes() == wanted


@pytest.mark.parametrize("file", ["dagster.yaml", "deploy/dagster.yaml"])
def test_no_step_is_retried_no_telemetry_is_sent_and_a_business_has_one_run_at_a_time(file: str) -> None:
    config = yaml.safe_load((PROJECT_FOLDER / file).read_text())
    assert config["run_retries"]["retry_on_asset_or_op_failure"] is False
    assert (config["telemetry"], config["nux"]) == ({"enabled": False}, {"enabled": False})
    (limit,) = config["concurrency"]["runs"]["tag_concurrency_limits"]
    assert limit == {"key": "dagster/partition/business", "limit": 1, "value": {"applyLimitPerUniqueValue": True}}
    assert config["run_monitoring"]["enabled"]
    assert config["run_monitoring"]["free_slots_after_run_end_seconds"] == 300


def test_both_configurations_say_the_same_of_all_but_storage() -> None:
    embedded, production = (
        {name: value for name, value in yaml.safe_load((PROJECT_FOLDER / file).read_text()).items() if "storage" not in name}
        for file in ("dagster.yaml", "deploy/dagster.yaml")
    )
    assert embedded == production


def write_events(home: str, number: int, together: Any) -> int:
    """Materialisations from one of several processes at once."""
    with dg.DagsterInstance.from_config(home) as instance:
        together.wait()
        for each in range(EVENTS_EACH):
            instance.report_runless_asset_event(dg.AssetMaterialization("made_up", partition=f"{number}-{each}"))
    return number


def test_concurrent_processes_lose_no_event_and_are_never_locked_out(settings: Settings) -> None:
    home = dagster_home(settings)
    with dg.DagsterInstance.from_config(str(home)) as instance:
        assert isinstance(instance.event_log_storage, PooledSqliteEventLogStorage)
        assert sorted(run_together(WRITERS, write_events, str(home))) == list(range(WRITERS))
        found = instance.fetch_materializations(dg.AssetKey("made_up"), limit=1000).records
    assert len({record.partition_key for record in found}) == len(found) == WRITERS * EVENTS_EACH


def write_and_stay(home: str, run_id: str, stop: Any) -> None:
    """A run worker: writes an event and keeps the log open."""
    with dg.DagsterInstance.from_config(home) as instance:
        run = instance.get_run_by_id(run_id)
        assert run is not None
        instance.report_engine_event("a step was made", run)
        stop.wait(20)


def test_a_watched_run_shows_an_event_while_its_writer_still_has_the_log_open(settings: Settings) -> None:
    """The page of a run in the UI: a new event is in the journal, and the file itself does not change."""
    seen: Queue[str] = Queue()
    home = dagster_home(settings)
    with dg.DagsterInstance.from_config(str(home)) as instance:
        run_id = instance.create_run_for_job(nothing_to_do, run_id="00000000-0000-4000-8000-000000000000").run_id
        instance.watch_event_logs(run_id, None, lambda entry, _: seen.put(entry.message))
        stop = CONTEXT.Event()
        worker = CONTEXT.Process(target=write_and_stay, args=(str(home), run_id, stop))
        worker.start()
        try:
            assert "a step was made" in seen.get(timeout=10)
        finally:
            stop.set()
            worker.join()


@dg.job
def nothing_to_do() -> None:
    """A job of no step."""


def test_a_run_by_hand_can_be_taken_further_in_the_ui(synced: World) -> None:
    """ "Re-execute from failure" looks for the code location by the name in the run: the one that `workspace.yaml` gives."""
    (target,) = yaml.safe_load((PROJECT_FOLDER / "workspace.yaml").read_text())["load_from"]
    with open_instance(synced.settings) as instance:
        origins = {(run.job_name, run.remote_job_origin) for run in instance.get_runs()}
    assert {name for name, _ in origins} == {"daily_sync", "rule_evaluation"}
    for name, origin in origins:
        assert origin is not None
        assert (origin.job_name, origin.location_name) == (name, target["python_module"])
        assert origin.repository_origin.repository_name == "__repository__"
