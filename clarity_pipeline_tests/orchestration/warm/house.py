"""A house to launch runs in: a home, a fake Clarity, a code server, and this process as the one that launches."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import dagster as dg
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import ModuleTarget

from clarity_pipeline.orchestration.instance import open_instance
from clarity_pipeline.orchestration.jobs import DAILY_SYNC, assets_of
from clarity_pipeline.orchestration.partitions import partition_key, register
from clarity_pipeline.orchestration.warm.launcher import WarmRunLauncher
from clarity_pipeline_tests.world import DAY, World


@dataclass
class House:
    """Everything that a launch needs."""

    world: World
    instance: dg.DagsterInstance
    workspace: WorkspaceProcessContext

    @property
    def launcher(self) -> WarmRunLauncher:
        launcher = self.instance.run_launcher
        assert isinstance(launcher, WarmRunLauncher)
        return launcher

    def new_run(self, job_name: str = "retention", **more: object) -> str:
        """A run as the daemon makes one, launched by nobody yet."""
        context = self.workspace.create_request_context()
        (location,) = context.code_locations
        repository = location.get_repository("__repository__")
        job = repository.get_full_job(job_name)
        run = self.instance.create_run(
            job_name=job_name, run_id=None, run_config={}, resolved_op_selection=None, step_keys_to_execute=None,
            op_selection=None, status=dg.DagsterRunStatus.NOT_STARTED, root_run_id=None, parent_run_id=None,
            job_snapshot=job.job_snapshot, execution_plan_snapshot=None, parent_job_snapshot=job.parent_job_snapshot,
            remote_job_origin=job.get_remote_origin(), job_code_origin=job.get_python_origin(),
            asset_graph=repository.asset_graph,
            **{"tags": {}, "asset_selection": None, "asset_check_selection": None} | more,
        )  # type: ignore[arg-type]  # fmt: skip
        return run.run_id

    def new_sync(self, business_id: str) -> str:
        """A run of one lane of a business's day."""
        register(self.instance, [business_id])
        key = partition_key(business_id, DAY)
        tags = {"dagster/partition": str(key), "dagster/partition/business": business_id, "dagster/partition/date": str(DAY)}
        lane = frozenset(assets_of(["url_device"]))
        return self.new_run(DAILY_SYNC, tags=tags, asset_selection=lane, asset_check_selection=frozenset())

    def launch(self, run_id: str) -> None:
        self.instance.launch_run(run_id, self.workspace.create_request_context())

    def run(self, run_id: str) -> dg.DagsterRun:
        found = self.instance.get_run_by_id(run_id)
        assert found is not None
        return found

    def ended(self, run_id: str, *, seconds: float = 60) -> dg.DagsterRunStatus:
        """The status of the run once it is finished."""
        until(lambda: self.run(run_id).is_finished, seconds=seconds)
        return self.run(run_id).status

    def said(self, run_id: str) -> list[str]:
        """What its events say."""
        return [entry.message for entry in self.instance.all_logs(run_id)]

    def worker(self, run_id: str) -> int:
        """The process id of its worker, once it has started."""
        until(lambda: any("Started process for run" in each for each in self.said(run_id)))
        (message,) = [each for each in self.said(run_id) if "Started process for run" in each]
        return int(message.partition("pid: ")[2].rstrip(")."))


@contextmanager
def open_house(world: World) -> Iterator[House]:
    """The environment is the world's meanwhile: code server, fork server and workers have it from this process."""
    kept = dict(os.environ)
    os.environ.update(world.environment, DAGSTER_HOME=str(world.settings.dagster_folder))
    try:
        with open_instance(world.settings) as instance:
            target = ModuleTarget("clarity_pipeline.definitions", None, str(Path(__file__).parents[3]), None)
            workspace = WorkspaceProcessContext(instance, target)
            try:
                with workspace:
                    yield House(world, instance, workspace)
            finally:  # its code server is told to end and not waited for, and a later test would be blamed for it
                workspace._grpc_server_registry.wait_for_processes()
    finally:
        os.environ.clear()
        os.environ.update(kept)


def until(true: Callable[[], bool], *, seconds: float = 60) -> None:
    ends_at = monotonic() + seconds
    while not true():
        assert monotonic() < ends_at, "it did not come"
        sleep(0.1)


def is_running(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
