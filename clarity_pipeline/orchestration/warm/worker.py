"""What a forked process does: one run, as `dagster api execute_run` does it, and then it ends.

That command is what Dagster's own launchers start in a container; here its imports are done already.
"""

import os
import signal
import sys
import threading
from contextlib import suppress
from importlib.metadata import entry_points

import dagster as dg

from clarity_pipeline.orchestration.warm.messages import Order

_TO_BE_STOPPED = (dg.DagsterRunStatus.CANCELING, dg.DagsterRunStatus.CANCELED, dg.DagsterRunStatus.FAILURE)

_SECONDS_UNTIL_FIRST_LOOK = 3.0
"""Most runs are over by then: opening the instance once more takes 40 ms of a core."""


def execute(order: Order) -> None:
    """Execute one run. Its lock was taken before the fork and goes with the process."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)
    ended = threading.Event()
    threading.Thread(target=_interrupt_when_cancelled, args=(order, ended), daemon=True).start()
    (command,) = entry_points(group="console_scripts", name="dagster")
    sys.argv = ["dagster", "api", "execute_run", order.arguments]  # of this process: the machine's list of processes shows none
    try:
        command.load()()
    except SystemExit as end:
        if end.code:
            raise
    finally:
        ended.set()
    order.locks.forget(order.run_id)


def _interrupt_when_cancelled(order: Order, ended: threading.Event) -> None:
    """Look at the run's record each second from the third on, as Dagster's own cancellation thread does.

    So the webserver can cancel a run without a way to this process, which may be in another container.
    """
    if ended.wait(_SECONDS_UNTIL_FIRST_LOOK):
        return
    with order.open_instance() as instance:
        while not ended.wait(1.0):
            with suppress(Exception):  # a database that is busy is asked again
                run = instance.get_run_by_id(order.run_id)
                if run is not None and run.status in _TO_BE_STOPPED and not ended.is_set():
                    os.kill(os.getpid(), signal.SIGINT)
                    return


def report_crash(order: Order, exit_code: int) -> None:
    """Record that a worker ended before its run did; nothing is said of a run that is finished."""
    with order.open_instance() as instance:
        run = instance.get_run_by_id(order.run_id)
        if run is not None and not run.is_finished:
            instance.report_run_failed(run, how_it_ended(exit_code))
    order.locks.forget(order.run_id)


def how_it_ended(exit_code: int) -> str:
    """One sentence with fact, cause and remedy."""
    if exit_code < 0:
        cause = ": the machine was out of memory, or somebody killed it" if -exit_code == signal.SIGKILL else ""
        fact = f"was ended by {signal.Signals(-exit_code).name}{cause}"
    else:
        fact = f"ended with exit code {exit_code}"
    return f"The process of this run {fact}. Answers that came are kept: re-execute the run from failure."
