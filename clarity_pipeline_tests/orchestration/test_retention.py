"""The job that forgets: nothing while unset, only words until it is switched on."""

from dataclasses import replace

import dagster as dg

from clarity_pipeline.definitions import build
from clarity_pipeline.orchestration.retention import retention_schedule
from clarity_pipeline_tests.world import World


def run_job(world: World, *, removes: bool) -> list[str]:
    settings = replace(world.settings, vault_days=1, rows_days=1, retention_removes=removes)
    with dg.DagsterInstance.ephemeral() as instance:
        job = build(settings).resolve_job_def("retention")
        assert job.execute_in_process(instance=instance).success
    return sorted({path.parent.parent.name for path in world.settings.vault_folder.rglob("*.zst")})


def test_it_is_a_dry_run_until_it_is_switched_on(lived_in: World) -> None:
    assert run_job(lived_in, removes=False) == ["2026-05-03", "2026-05-04"]
    assert run_job(lived_in, removes=True) == ["2026-05-04"]


def test_while_all_is_kept_the_schedule_skips(world: World) -> None:
    with world.home() as home:
        assert isinstance(retention_schedule(dg.build_schedule_context(resources={"home": home})), dg.RunRequest)
        all_kept = replace(home, settings=replace(home.settings, runs_days=None, jobs_days=None, evaluations_days=None))
        assert isinstance(retention_schedule(dg.build_schedule_context(resources={"home": all_kept})), dg.SkipReason)
