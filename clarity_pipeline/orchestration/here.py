"""A run of a job in this process that the Dagster UI can take further.

Used by `sync`. `execute_in_process` notes no code location with its runs: the webserver then answers "re-execute from failure"
with `Expected non-None value`, and the job's page leaves them out. Nothing but that note differs.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import dagster as dg
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.definitions.repository_definition import SINGLETON_REPOSITORY_NAME
from dagster._core.execution.api import create_execution_plan, execute_run
from dagster._core.execution.build_resources import wrap_resources_for_execution
from dagster._core.execution.execute_in_process import merge_run_tags
from dagster._core.execution.plan.objects import ErrorSource
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteRepositoryOrigin
from dagster._core.snap import snapshot_from_execution_plan

CODE_LOCATION = RemoteRepositoryOrigin(
    RegisteredCodeLocationOrigin("clarity_pipeline.definitions"),  # the name that workspace.yaml gives it
    SINGLETON_REPOSITORY_NAME,
)


class _Selected(InMemoryJob):
    """A job that is cut down to the run's assets already: Dagster would do it again, and forget the bound resources."""

    def get_subset(self, **_: Any) -> "_Selected":
        """Itself."""
        return self


def execute_here(
    job: dg.JobDefinition,
    *,
    instance: dg.DagsterInstance,
    resources: Mapping[str, Any],
    run_config: Mapping[str, Any],
    partition_key: str | None = None,
    assets: Sequence[dg.AssetKey] | None = None,
    tags: Mapping[str, str] | None = None,
) -> dg.JobExecutionResult:
    """Run the job, or only these assets of it, to its end; a failed step is in the result, never raised.

    Ctrl-C is raised again: Dagster makes a failed run of it, and the next business would begin.
    """
    all_tags = merge_run_tags(job, partition_key, tags, None, instance, run_config)
    wanted = _of_assets(job, frozenset(assets)) if assets else job
    bound = wanted.as_ephemeral_job(resource_defs=wrap_resources_for_execution(resources), input_values={})
    run = _new_run(wanted, instance=instance, run_config=run_config, tags=all_tags, assets=assets)
    result = execute_run(_Selected(bound), run, instance)
    if any(
        event.is_step_failure and event.step_failure_data.error_source is ErrorSource.INTERRUPT for event in result.all_events
    ):
        raise KeyboardInterrupt
    return result


def _new_run(
    job: dg.JobDefinition,
    *,
    instance: dg.DagsterInstance,
    run_config: Mapping[str, Any],
    tags: Mapping[str, str],
    assets: Sequence[dg.AssetKey] | None,
) -> dg.DagsterRun:
    """A run of a job that is cut down already. `create_run_for_job` would cut it anew, with every check of its assets planned."""
    plan = create_execution_plan(job, run_config=run_config, instance_ref=instance.get_ref(), tags=tags)
    return instance.create_run(
        job_name=job.name,
        run_id=None,
        run_config=run_config,
        status=None,
        tags=tags,
        root_run_id=None,
        parent_run_id=None,
        step_keys_to_execute=plan.step_keys_to_execute,
        execution_plan_snapshot=snapshot_from_execution_plan(plan, job.get_job_snapshot_id()),
        job_snapshot=job.get_job_snapshot(),
        parent_job_snapshot=job.get_parent_job_snapshot(),
        asset_selection=frozenset(assets) if assets else None,
        asset_check_selection=frozenset() if assets else None,
        resolved_op_selection=None,
        op_selection=None,
        remote_job_origin=CODE_LOCATION.get_job_origin(job.name),
        job_code_origin=None,
        asset_graph=job.asset_layer.asset_graph,
    )


@lru_cache(maxsize=8)
def _of_assets(job: dg.JobDefinition, assets: frozenset[dg.AssetKey]) -> dg.JobDefinition:
    """The job cut down to these, without planned checks; kept, since every business of a night takes the same ones."""
    return job.get_subset(asset_selection=assets, asset_check_selection=frozenset())
