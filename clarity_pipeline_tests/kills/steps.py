"""The steps that a command takes, as its own process tells them while it runs; and that process, killed at one of them.

No list of them is kept. Told are the failpoints, what Python does to files below the home (open for writing, make, rename,
remove: its audit events), and what SQLAlchemy writes and commits, ours and Dagster's. A step is told before it is taken, so
that a kill there leaves all that went before, and nothing of it. Used by `trial`.
"""

import os
import re
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.cli.main import run
from clarity_pipeline.failpoints import EVENT
from clarity_pipeline_tests.processes import CONTEXT

_ON_FILES = {"os.rename": 1, "os.remove": 0, "os.mkdir": 0, "os.rmdir": 0, "os.truncate": 0, "open": 0, "sqlite3.connect": 0}
"""The events of Python that are told, and which of their arguments names the file."""
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_BY_CHANCE = re.compile(r"[0-9a-f]{8,}|\d+|(?<=\.making-)\w+|(?<=tmp)\w{8}")
_CHANGES = re.compile(r"\s*(insert|update|delete|create|alter|drop)\b[^\"'`\w]*((?:\w+[ \"]+){0,3}\w+)", re.IGNORECASE)
_NOT_A_PLACE = ("clarity_pipeline.failpoints", "clarity_pipeline.state.database", "clarity_pipeline.warehouse.transaction")


@dataclass(frozen=True)
class Kill:
    """The nth time that a process comes to a step."""

    step: str
    nth: int = 1


@dataclass
class _Watch:
    """In the process that is watched: tells each step to `told`, and ends the process at one of them."""

    below: str
    told: int
    kill: Kill | None
    come: int = field(default=0)

    def listen(self) -> None:
        sys.addaudithook(self.heard)
        sa.event.listen(sa.Engine, "before_cursor_execute", self._statement)
        sa.event.listen(sa.Engine, "commit", self._commit)
        sa.event.listen(sa.pool.Pool, "checkin", self._given_back)

    def heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == EVENT:
            self.step(f"failpoint {arguments[0]}")
        elif (at := _ON_FILES.get(event)) is not None:
            if event == "open" and not (isinstance(arguments[2], int) and arguments[2] & _WRITES):
                return
            if isinstance(arguments[at], str | os.PathLike) and self.below in (path := os.fspath(arguments[at])):
                name = path.partition(self.below)[2] if isinstance(path, str) else ""
                self.step(f"{event} {_BY_CHANCE.sub('N', name)}")

    def _statement(self, _connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if found := _CHANGES.match(statement):
            self.step(f"sql {found[1].lower()} {' '.join(found[2].split())}")

    def _commit(self, connection: sa.Connection) -> None:
        self.step(f"commit {Path(str(connection.engine.url.database)).name}")

    def _given_back(self, _raw: Any, _record: Any) -> None:
        self.step("connection given back")

    def step(self, what: str) -> None:
        told = f"{what} in {_place()}"
        os.write(self.told, f"{told}\n".encode())
        if self.kill is not None and told == self.kill.step:
            self.come += 1
            if self.come == self.kill.nth:
                os.kill(os.getpid(), signal.SIGKILL)


def _place() -> str:
    """The function of ours that is at work."""
    frame = sys._getframe(1)
    while frame is not None:
        module = str(frame.f_globals.get("__name__"))
        if module.startswith("clarity_pipeline.") and module not in _NOT_A_PLACE:
            return f"{module.removeprefix('clarity_pipeline.')}.{frame.f_code.co_name}"
        frame = frame.f_back  # type: ignore[assignment]
    return "-"


@dataclass(frozen=True)
class Process:
    """A command in a process of its own; what it said and which steps it took are files beside its home."""

    process: BaseProcess
    said: Path
    told: Path

    @property
    def steps(self) -> list[str]:
        """In their order, each as often as it was taken."""
        return self.told.read_text(errors="replace").splitlines() if self.told.exists() else []

    @property
    def text(self) -> str:
        """All that it said so far."""
        return self.said.read_text(errors="replace") if self.said.exists() else ""

    def interrupt(self) -> None:
        """Ask it to end, as Ctrl-C does."""
        if self.process.pid is not None:
            os.kill(self.process.pid, signal.SIGINT)

    def ended(self, seconds: float | None) -> int | None:
        """Its exit status, once it has ended by itself or was killed after so many seconds."""
        self.process.join(seconds)
        self.process.kill()
        self.process.join()
        return self.process.exitcode


def start(environment: Mapping[str, str], arguments: Sequence[str], *, beside: Path, kill: Kill | None = None) -> Process:
    """Begin a command on the home below `beside`."""
    said, told = beside / "said.txt", beside / "told.txt"
    process = CONTEXT.Process(target=_run, args=(dict(environment), list(arguments), str(beside), kill))
    for each in (said, told):
        each.unlink(missing_ok=True)
    process.start()
    return Process(process, said, told)


def _run(environment: dict[str, str], arguments: list[str], beside: str, kill: Kill | None) -> None:
    os.environ.update(environment)
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    told, said = (os.open(f"{beside}/{name}.txt", flags) for name in ("told", "said"))
    os.dup2(said, 1)
    os.dup2(said, 2)
    _Watch(f"{beside}/", told, kill).listen()
    raise SystemExit(run(arguments))
