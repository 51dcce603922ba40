"""A run of a job in this process that the Dagster UI can take further.

Used by `sync`. `execute_in_process` notes no code location with its runs: the webserver then answers "re-execute from failure"
with `Expected non-None value`, and the job's page leaves them out. Nothing but that note differs.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.definitions.repository_definition import SINGLETON_REPOSITORY_NAME
from dagster._core.execution.api import execute_run
from dagster._core.execution.build_resources import wrap_resources_for_execution
from dagster._core.execution.execute_in_process import merge_run_tags
from dagster._core.execution.plan.objects import ErrorSource
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteRepositoryOrigin

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
    wanted = job.get_subset(asset_selection=frozenset(assets)) if assets else job
    bound = wanted.as_ephemeral_job(resource_defs=wrap_resources_for_execution(resources), input_values={})
    run = instance.create_run_for_job(
        job_def=job,
        run_config=run_config,
        tags=all_tags,
        asset_selection=frozenset(assets) if assets else None,
        remote_job_origin=CODE_LOCATION.get_job_origin(job.name),
    )
    result = execute_run(_Selected(bound), run, instance)
    if any(
        event.is_step_failure and event.step_failure_data.error_source is ErrorSource.INTERRUPT for event in result.all_events
    ):
        raise KeyboardInterrupt
    return result
