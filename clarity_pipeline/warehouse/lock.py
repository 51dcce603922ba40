"""One process at a time at the warehouse: a file lock beside it that says who holds it. Called by `store`.

DuckDB's own lock fails at once and names no reason, and eight processes that open and retry wait up to 7.5 s for a job of
20 ms (`docs/design.md#one-writer`); so they queue here, and who gives up is told whom it waited for. The kernel drops the
lock with its process, so a killed holder blocks nobody.

Who has to wait says so by a second lock, so that a holder who could go on at once (`Warehouse.let_go_if_wanted`) knows.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from clarity_pipeline.warehouse.errors import WarehouseBusy

try:
    import fcntl
except ImportError:  # another system: nobody knows who waits, and each run's end lets go
    fcntl = None  # type: ignore[assignment]

_POLL_SECONDS = 0.02


@contextmanager
def hold(database: Path, *, wait_seconds: float, what: str) -> Iterator[None]:
    """Hold the lock of `database` while doing `what`; free to nest within one thread, `WarehouseBusy` after the wait."""
    file = database.with_name(f"{database.name}.lock")
    # A singleton for each path and thread counts its holders: only so may the holder of the lock ask for it again.
    lock = FileLock(file, is_singleton=True)
    nested = lock.is_locked
    try:
        _acquire(lock, file, wait_seconds=wait_seconds)
    except Timeout:
        raise WarehouseBusy(
            f"the warehouse is held by {_holder(file)} and did not come free within {wait_seconds:g} s;"
            " wait for it to finish or end that process, then run this again"
        ) from None
    try:
        if not nested:
            file.write_text(f"process {os.getpid()} ({what})", encoding="utf-8")
        yield
    finally:
        if not nested:
            file.write_text("", encoding="utf-8")
        lock.release()


def is_wanted(database: Path) -> bool:
    """Whether somebody waits for the lock; True where that cannot be known."""
    if fcntl is None:
        return True
    with _waiting_room(database.with_name(f"{database.name}.lock")) as room:
        try:
            fcntl.flock(room, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def _acquire(lock: FileLock, file: Path, *, wait_seconds: float) -> None:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        with _waiting_room(file) as room:
            if fcntl is not None:
                fcntl.flock(room, fcntl.LOCK_SH)  # given back by the kernel with the process
            lock.acquire(timeout=wait_seconds, poll_interval=_POLL_SECONDS)


@contextmanager
def _waiting_room(file: Path) -> Iterator[int]:
    room = os.open(file.with_name(f"{file.name}.wanted"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield room
    finally:
        os.close(room)


def _holder(file: Path) -> str:
    return file.read_text(encoding="utf-8") or "another process"
