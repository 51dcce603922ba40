"""From a dropped file to an evaluation that is asked for, on a real instance."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import dagster as dg
import duckdb

from clarity_pipeline.definitions import build
from clarity_pipeline.imports.inbox import SETTLE_SECONDS, Looks
from clarity_pipeline.orchestration.instance import open_instance
from clarity_pipeline.orchestration.sync import quiet_dagster
from clarity_pipeline.settings.settings import Settings, utc_now
from clarity_pipeline_tests.imports.experiments.test_columns import CONTROL, OTHER
from clarity_pipeline_tests.imports.experiments.test_columns import HEADER as EXPERIMENT
from clarity_pipeline_tests.imports.test_inbox import GOOD, HEADER, drop, lying, spend
from clarity_pipeline_tests.world import DAY, World


def tick(world: World, instance: dg.DagsterInstance, name: str, *, cursor: str | None = None) -> tuple[object, str | None]:
    """What a sensor asks for, and its cursor then."""
    sensor = build(world.settings).get_repository_def().get_sensor_def(name)
    with world.home() as home, dg.build_sensor_context(instance, cursor=cursor, resources={"home": home}) as context:
        return sensor(context), context.cursor


def aged(cursor: str | None) -> str:
    """The same look, long ago."""
    long_ago = utc_now().timestamp() - 2 * SETTLE_SECONDS
    return Looks({name: (stamp, long_ago) for name, (stamp, _) in Looks.from_text(cursor).seen.items()}).text()


def run(world: World, instance: dg.DagsterInstance, request: object) -> dg.ExecuteInProcessResult:
    assert isinstance(request, dg.RunRequest)
    job = build(world.settings).resolve_job_def("load_ad_entities")
    return job.execute_in_process(run_config=request.run_config, instance=instance)


def facts(result: dg.ExecuteInProcessResult) -> dict[str, object]:
    (found,) = (each for each in result.get_asset_materialization_events() if each.asset_key == dg.AssetKey("ad_entities"))
    return {name: value.value for name, value in found.materialization.metadata.items()}


def test_a_dropped_file_is_loaded_by_the_second_look_published_and_its_days_are_evaluated(world: World) -> None:
    with quiet_dagster(), open_instance(world.settings) as instance:
        first, cursor = tick(world, instance, "watch_entities")
        assert isinstance(first, dg.SkipReason)
        drop(world, "ads.csv", HEADER + GOOD + GOOD.replace("a1", "a2").replace(str(DAY), str(DAY - timedelta(days=30))))
        drop(world, "wrong.csv", HEADER + GOOD.replace("acme", "nobody"))
        second, cursor = tick(world, instance, "watch_entities", cursor=cursor)
        assert isinstance(second, dg.SkipReason)
        assert "2 may still be written" in str(second.skip_message)
        request, cursor = tick(world, instance, "watch_entities", cursor=aged(cursor))
        again, _ = tick(world, instance, "watch_entities", cursor=cursor)
        assert isinstance(request, dg.RunRequest)
        assert isinstance(again, dg.RunRequest)
        assert request.run_key == again.run_key  # which Dagster runs once
        result = run(world, instance, request)
        assert result.success
        told = facts(result)
        assert (told["rows"], told["businesses"], told["problems"]) == (2, 1, 1)
        assert told["files"] == {"loaded": 1, "known": 0, "rejected": 1, "left": 0}
        assert told["dates"] == f"{DAY - timedelta(days=30)} to {DAY}"
        assert str(told["first_problems"]).startswith("- wrong.csv: line 2, column business: ")
        assert lying(world) == ["done/ads.csv", "rejected/wrong.csv", "rejected/wrong.csv.problems.txt"]
        assert world.settings.published_file.exists()
        assert spend(world) == {"a1": 1.5, "a2": 1.5}

        evaluation, _ = tick(world, instance, "evaluate_rules")
        assert isinstance(evaluation, dg.RunRequest)
        config = {"business_days": [f"acme|{DAY}"]}  # not the day of last month
        assert evaluation.run_config == {"ops": {"clarity_rule_evaluations": {"config": config}}}


def test_the_folder_below_home_is_made_and_one_elsewhere_is_missed_in_words(world: World, tmp_path: Path) -> None:
    elsewhere = replace(world.settings, entities_folder=tmp_path / "ads")
    with quiet_dagster(), open_instance(world.settings) as instance, world.home() as home:
        for settings, said in ((world.settings, "No file waits in "), (elsewhere, "There is no folder ")):
            sensor = build(settings).get_repository_def().get_sensor_def("watch_entities")
            with dg.build_sensor_context(instance, resources={"home": replace(home, settings=settings)}) as context:
                skipped = sensor(context)
            assert isinstance(skipped, dg.SkipReason)
            assert str(skipped.skip_message).startswith(said)
    assert world.settings.inbox_folder("entities").is_dir()
    assert not (tmp_path / "ads").exists()


def test_a_run_by_hand_takes_all_files_and_one_without_files_is_no_failure(world: World) -> None:
    drop(world, "ads.csv")
    with quiet_dagster(), open_instance(world.settings) as instance:
        result = run(world, instance, dg.RunRequest())
        assert facts(result)["rows"] == 1
        assert facts(run(world, instance, dg.RunRequest()))["dates"] == "none"


def test_the_folder_is_looked_at_every_half_minute(world: World) -> None:
    assert build(world.settings).get_repository_def().get_sensor_def("watch_entities").minimum_interval_seconds == 30


def test_a_dropped_experiment_is_loaded_and_judged(world: World) -> None:
    path = world.settings.inbox_folder("experiments") / "checkout.csv"
    path.parent.mkdir(parents=True)
    path.write_text((EXPERIMENT + CONTROL + OTHER).replace("2026-11-20", str(DAY)))
    with quiet_dagster(), open_instance(world.settings) as instance:
        _, cursor = tick(world, instance, "watch_experiments")
        request, _ = tick(world, instance, "watch_experiments", cursor=aged(cursor))
        assert isinstance(request, dg.RunRequest)
        job = build(world.settings).resolve_job_def("load_experiments")
        result = job.execute_in_process(run_config=request.run_config, instance=instance)
    assert result.success
    assert [path.name for path in path.parent.glob("done/*")] == ["checkout.csv"]
    with duckdb.connect(world.settings.published_file, read_only=True) as connection:
        judged = connection.execute("select variant, conversions from experiment_quality order by variant").fetchall()
    assert judged == [("a", 7), ("b", 9)]


def test_each_folder_can_be_elsewhere(tmp_path: Path) -> None:
    usual = Settings.from_env({"CLARITY_HOME": str(tmp_path)})
    given = Settings.from_env({"CLARITY_ENTITIES_FOLDER": "/srv/ads", "CLARITY_EXPERIMENTS_FOLDER": "/srv/tests"})
    assert [usual.inbox_folder(each) for each in ("entities", "experiments")] == [
        tmp_path / "inbox" / "entities", tmp_path / "inbox" / "experiments",
    ]  # fmt: skip
    assert [given.inbox_folder(each) for each in ("entities", "experiments")] == [Path("/srv/ads"), Path("/srv/tests")]
