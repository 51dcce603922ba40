"""So many calls at once and no more, from all processes of this machine together: politeness to Clarity. For `one_call`.

A turn is a lock on one of so many files, which the system gives back when a process is killed. Nobody waits in a queue: whoever
finds no turn looks again a moment later, and a call takes longer than that.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import filelock

_LOOK_AGAIN_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Turns:
    """`at_once` turns, kept in the folder `locks`."""

    locks: Path
    at_once: int
    pause: Callable[[float], object] = time.sleep

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold one; wait until one is free."""
        self.locks.mkdir(parents=True, exist_ok=True, mode=0o700)
        held = self._any()
        while held is None:
            self.pause(_LOOK_AGAIN_SECONDS)
            held = self._any()
        try:
            yield
        finally:
            held.release()

    def _any(self) -> filelock.BaseFileLock | None:
        """A turn that is free now, taken already; each thread looks from a place of its own."""
        for number in range(self.at_once):
            place = (threading.get_native_id() + number) % self.at_once
            lock = filelock.FileLock(self.locks / f"{place}.call.lock")
            try:
                lock.acquire(blocking=False)
            except filelock.Timeout:
                continue
            return lock
        return None
