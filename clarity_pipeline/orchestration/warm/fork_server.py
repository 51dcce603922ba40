"""The warm process: it has imported everything that a run needs, and forks a worker for each run that the launcher asks for.

Started by `server_process`. It has one thread, no database open and no connection but the pair of sockets to its launcher, so
that a fork shares nothing. It ends with its launcher, however that one ends, once its last worker has ended.
"""

import gc
import importlib
import os
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from multiprocessing import get_context
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import Any, cast

from clarity_pipeline.orchestration.warm.code_version import code_version
from clarity_pipeline.orchestration.warm.messages import Line, LineClosed, Order
from clarity_pipeline.orchestration.warm.worker import execute, report_crash

DEFINITIONS = "clarity_pipeline.definitions"

PRELOADED = ("duckdb", "pandas", "pyarrow.compute", "alembic.command", "sqlalchemy.dialects.sqlite", "babel")
"""Slow libraries that runs import only where they need them."""

_FORK = get_context("fork")


@dataclass(frozen=True, slots=True)
class _Child:
    process: BaseProcess
    order: Order
    executes: bool  # else it reports how another one ended


class ForkServer:
    """Forks workers until its launcher is gone, and sees each of them to its end."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._children: dict[int, _Child] = {}
        self._listening = True

    def serve(self) -> None:
        """Until launcher and workers have ended."""
        while self._listening or self._children:
            line = {self._line.fileno()} if self._listening else set()
            for ready in wait([*line, *self._children]):
                if ready in line:
                    self._answer()
                else:
                    self._see_off(self._children.pop(cast("int", ready)))

    def _answer(self) -> None:
        try:
            order = Order.of_message(self._line.hear())
            self._line.say(self._launch(order))
        except LineClosed:
            self._listening = False

    def _launch(self, order: Order) -> dict[str, Any]:
        lock = order.locks.take(order.run_id)
        if lock is None:
            return {"launched": True}  # asked twice: its worker lives
        try:
            self._fork(execute, order)
        except OSError as error:
            return {"launched": False, "why": str(error)}
        finally:
            os.close(lock)  # the worker has it now
        return {"launched": True}

    def _fork(self, work: Callable[..., None], order: Order, *arguments: Any) -> None:
        process = _FORK.Process(target=self._as_child, args=(work, order, *arguments))
        process.start()
        self._children[process.sentinel] = _Child(process, order, executes=work is execute)

    def _as_child(self, work: Callable[..., None], *arguments: Any) -> None:
        self._line.close()  # else the launcher would not see that this server has ended
        work(*arguments)

    def _see_off(self, child: _Child) -> None:
        child.process.join()
        exit_code = child.process.exitcode
        child.process.close()
        if child.executes and exit_code:
            self._fork(report_crash, child.order, exit_code)


def main(descriptor: int) -> None:
    """Import, say which code that was, serve."""
    code = code_version()  # before it is loaded: a change meanwhile is a change
    line = Line(socket.socket(fileno=descriptor))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to every process of a terminal: the launcher decides
    signal.signal(signal.SIGTERM, lambda *_: line.hang_up())
    for name in PRELOADED:
        importlib.import_module(name)
    importlib.import_module(DEFINITIONS).defs().get_repository_def().get_all_jobs()
    for command in entry_points(group="console_scripts", name="dagster"):
        command.load()
    gc.collect()
    gc.freeze()  # what is loaded stays where it is: a worker's collector would copy every page of it
    line.say({"code": code})
    ForkServer(line).serve()


if __name__ == "__main__":
    main(int(sys.argv[1]))
