"""What launcher and fork server say to each other: one line of JSON each way, over a pair of sockets that has no address.

Nobody else can connect to it, nothing of it is seen in a list of processes, and either side's end is the end of the line.
"""

import json
import socket
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from clarity_pipeline.orchestration.warm.run_locks import RunLocks


class LineClosed(Exception):
    """The other side has ended, or broke off in the middle of a line."""


@dataclass(frozen=True, slots=True)
class Order:
    """One run to execute."""

    run_id: str
    arguments: str  # Dagster's `ExecuteRunArgs`, serialised
    instance_ref: str  # the instance, serialised as its dagster.yaml says it: a password that is an `env:` there is one here
    locks_folder: Path

    @property
    def locks(self) -> RunLocks:
        """Where the run's worker is locked."""
        return RunLocks(self.locks_folder)

    def open_instance(self) -> dg.DagsterInstance:
        """The instance that the run belongs to."""
        found: Any = dg.deserialize_value(self.instance_ref)
        return dg.DagsterInstance.from_ref(found)

    def as_message(self) -> dict[str, str]:
        """For the line."""
        return asdict(self) | {"locks_folder": str(self.locks_folder)}

    @classmethod
    def of_message(cls, message: dict[str, str]) -> "Order":
        """From the line."""
        return cls(**(message | {"locks_folder": Path(message["locks_folder"])}))  # type: ignore[arg-type]


class Line:
    """One end of the pair."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._read = end.makefile("rb")

    def fileno(self) -> int:
        """For `select`: something came, or the other side has ended."""
        return self._end.fileno()

    def say(self, message: dict[str, Any]) -> None:
        """Send; raise `LineClosed`."""
        try:
            self._end.sendall(json.dumps(message).encode() + b"\n")
        except OSError as error:
            raise LineClosed from error

    def hear(self, *, seconds: float | None = None) -> dict[str, Any]:
        """The next message; raise `LineClosed`, also where none comes in time."""
        self._end.settimeout(seconds)
        try:
            line = self._read.readline()
        except OSError as error:
            raise LineClosed from error
        if not line.endswith(b"\n"):
            raise LineClosed
        found: dict[str, Any] = json.loads(line)
        return found

    def hang_up(self) -> None:
        """End the line for both sides; whoever waits at this end wakes up. May be called from a signal handler."""
        with suppress(OSError):
            self._end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close this end, in this process alone."""
        self._read.close()
        self._end.close()
