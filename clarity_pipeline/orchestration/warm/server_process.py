"""The launcher's side of a fork server: start it, hand it runs, let it go."""

import os
import socket
import subprocess
import sys
from contextlib import suppress

from clarity_pipeline.orchestration.warm.messages import Line, LineClosed, Order

_SECONDS_TO_IMPORT = 120.0
_SECONDS_TO_FORK = 30.0
_SECONDS_TO_END = 5.0


class NoForkServer(Exception):
    """It did not start, or does not answer."""


class ServerProcess:
    """One running fork server, and the version of the code that it has loaded."""

    def __init__(self) -> None:
        """Start it and wait until it is warm: 3 s of a core."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", "clarity_pipeline.orchestration.warm.fork_server", str(theirs.fileno())],
                env={
                    **os.environ,
                    "OPENBLAS_NUM_THREADS": "1",
                },  # NumPy would start threads at its import, and a fork has none of them
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        self._line = Line(ours)
        try:
            self.code: str = self._line.hear(seconds=_SECONDS_TO_IMPORT)["code"]
        except LineClosed as error:
            self.let_go()
            with suppress(subprocess.TimeoutExpired):  # its side of the line is closed: it has ended, or is about to
                self._process.wait(_SECONDS_TO_END)
            raise NoForkServer("the process that runs are forked from did not start; the daemon's log says why") from error

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def launch(self, order: Order) -> None:
        """Have a worker forked for a run; raise `NoForkServer` when there is none then."""
        try:
            self._line.say(order.as_message())
            answer = self._line.hear(seconds=_SECONDS_TO_FORK)
        except LineClosed as error:
            raise NoForkServer("the process that runs are forked from has ended") from error
        if not answer["launched"]:
            raise NoForkServer(f"no process could be forked: {answer['why']}")

    def let_go(self) -> None:
        """Close the line: it ends when its workers have."""
        self._line.hang_up()
        self._line.close()

    @property
    def has_ended(self) -> bool:
        """Whether it is gone, which also takes it off the list of processes."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(0)
        return self._process.returncode is not None
