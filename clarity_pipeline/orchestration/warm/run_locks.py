"""Which runs have a living worker: each holds a lock on a file of its own, and the kernel takes it back however the worker ends.

A process id would not do: it is given again to another process, and means nothing in another container.
"""

import fcntl
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Life = Literal["lives", "has ended", "unknown"]


@dataclass(frozen=True, slots=True)
class RunLocks:
    """The files of one folder on a local disk, mode 0700."""

    folder: Path

    def take(self, run_id: str) -> int | None:
        """Lock a run's file and give its descriptor, which a fork inherits; None when a worker of the run holds it already."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self._file(run_id), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return descriptor

    def life(self, run_id: str) -> Life:
        """Whether the run's worker lives; unknown of a run that was never here, or whose worker went in good order."""
        try:
            descriptor = os.open(self._file(run_id), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return "unknown"
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return "lives"
        finally:
            os.close(descriptor)
        return "has ended"

    def forget(self, run_id: str) -> None:
        """Remove a run's file: its end is recorded."""
        with suppress(FileNotFoundError):
            self._file(run_id).unlink()

    def _file(self, run_id: str) -> Path:
        return self.folder / f"{run_id}.lock"
