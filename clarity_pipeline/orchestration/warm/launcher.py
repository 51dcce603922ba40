"""Dagster's run launcher that starts runs in a warm process. Named in `dagster.yaml`.

Dagster's own starts a new process for each run, which imports everything: 3.2 s of a core for a run whose own work takes one
(`docs/design.md#runs-start-warm`). This one has them forked from a process that has imported it. Where that cannot be, and
wherever the code that the code server shows is not the code that lies on disk, a run starts as Dagster starts it.
"""

import logging
import sys
import threading
from time import monotonic, sleep
from typing import Any

import dagster as dg
from dagster._core.launcher import CheckRunHealthResult, LaunchRunContext, WorkerStatus
from dagster._grpc.types import ExecuteRunArgs

from clarity_pipeline.orchestration.warm.code_version import CODE_VERSION, code_version
from clarity_pipeline.orchestration.warm.messages import Order
from clarity_pipeline.orchestration.warm.run_locks import RunLocks
from clarity_pipeline.orchestration.warm.server_process import NoForkServer, ServerProcess
from clarity_pipeline.settings.settings import Settings

_SECONDS_UNTIL_NEXT_TRY = 60.0
_SECONDS_TO_END_A_LANE = 45.0

_log = logging.getLogger("dagster.clarity.launcher")


class WarmRunLauncher(dg.DefaultRunLauncher):
    """Has a worker forked for each run of this code location; everything else is the default launcher's."""

    def __init__(self, inst_data: Any = None) -> None:
        super().__init__(inst_data=inst_data)
        self._one_at_a_time = threading.Lock()
        self._server: ServerProcess | None = None
        self._leaving: list[ServerProcess] = []
        self._next_try = 0.0

    def launch_run(self, context: LaunchRunContext) -> None:
        """Start a run: warm where that can be, else in a new process; why is said in its events unless it is nobody's fault."""
        shown = _code_shown_for(context)
        if shown is None or sys.platform != "linux":  # elsewhere system libraries forbid a fork without exec
            super().launch_run(context)
            return
        try:
            with self._one_at_a_time:
                self._launch_warm(context.dagster_run, shown)
        except NoForkServer as why:
            self._instance.report_engine_event(f"This run starts in a new process: {why}.", context.dagster_run)
            super().launch_run(context)

    def terminate(self, run_id: str) -> bool:
        """Cancel a run: its worker looks at its record each second, wherever it is."""
        run = self._instance.get_run_by_id(run_id) if self.has_instance else None
        if run is None or run.is_finished or self._locks.life(run_id) == "unknown":
            return bool(super().terminate(run_id))  # type: ignore[no-untyped-call]
        self._instance.report_run_canceling(run)
        if self._locks.life(run_id) == "has ended":
            self._instance.report_run_canceled(run)
        return True

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Run monitoring asks for each started run; the fork server, while it lives, has told before."""
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Failed when its worker was here and has ended; of runs that others started nothing is known."""
        if self._locks.life(run.run_id) == "has ended":
            return CheckRunHealthResult(WorkerStatus.FAILED, "its process has ended, and nobody was left to say so")
        return CheckRunHealthResult(WorkerStatus.RUNNING)

    def dispose(self) -> None:
        """Let the fork server go with the instance; runs that are under way are given the time that a lane takes."""
        with self._one_at_a_time:
            self._let_go()
            ends_at = monotonic() + _SECONDS_TO_END_A_LANE
            while self._leaving and monotonic() < ends_at:
                sleep(0.05)
                self._let_go()
        super().dispose()

    @property
    def _locks(self) -> RunLocks:
        return RunLocks(Settings.from_env().locks_folder / "runs")

    def _launch_warm(self, run: dg.DagsterRun, shown: str) -> None:
        order = self._order(run)
        on_disk = code_version()
        if on_disk != shown:
            self._let_go()
            raise NoForkServer("the code on disk is not the code that the code location has loaded; reload the code location")
        if self._server is not None and self._server.code != on_disk:
            self._let_go()
        if self._server is not None:
            try:
                self._server.launch(order)
                return
            except NoForkServer:
                _log.warning("The process that runs are forked from has ended; a new one is started.")
                self._let_go()
                if order.locks.life(order.run_id) == "lives":  # it was forked before the answer was lost
                    return
        self._server = self._started(on_disk)
        self._server.launch(order)

    def _started(self, on_disk: str) -> ServerProcess:
        if monotonic() < self._next_try:
            raise NoForkServer("the process that runs are forked from did not start a moment ago; the daemon's log says why")
        try:
            started = ServerProcess()
        except NoForkServer:
            self._next_try = monotonic() + _SECONDS_UNTIL_NEXT_TRY
            raise
        _log.info("Runs are forked from process %d, which has loaded %s.", started.pid, started.code)
        if started.code != on_disk:
            started.let_go()
            self._leaving.append(started)
            raise NoForkServer("the code on disk changed a moment ago")
        return started

    def _order(self, run: dg.DagsterRun) -> Order:
        if run.job_code_origin is None:
            raise NoForkServer("it does not say where its code is")
        instance_ref = self._instance.get_ref()
        arguments = ExecuteRunArgs(job_origin=run.job_code_origin, run_id=run.run_id, instance_ref=instance_ref)
        return Order(
            run_id=run.run_id,
            arguments=dg.serialize_value(arguments),
            instance_ref=dg.serialize_value(instance_ref),
            locks_folder=self._locks.folder,
        )

    def _let_go(self) -> None:
        if self._server is not None:
            self._server.let_go()
            self._leaving.append(self._server)
            self._server = None
        self._leaving = [each for each in self._leaving if not each.has_ended]


def _code_shown_for(context: LaunchRunContext) -> str | None:
    """The version of the code that the run's code location has loaded; None of code that is not ours."""
    origin = context.dagster_run.remote_job_origin
    if origin is None or context.workspace is None:
        return None
    location = context.workspace.get_code_location(origin.location_name)
    metadata = location.get_repository(origin.repository_origin.repository_name).repository_snap.metadata or {}
    found = metadata.get(CODE_VERSION)
    return None if found is None else str(found.value)
