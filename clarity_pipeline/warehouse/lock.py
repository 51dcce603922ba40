"""One process at a time at the warehouse: a file lock beside it that says who holds it. Called by `store`.

DuckDB's own lock fails at once and names no reason, and eight processes that open and retry wait up to 7.5 s for a job of
20 ms (`docs/design.md#one-writer`); so they queue here, and who gives up is told whom it waited for. The kernel drops the
lock with its process, so a killed holder blocks nobody.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from clarity_pipeline.warehouse.errors import WarehouseBusy

_POLL_SECONDS = 0.02


@contextmanager
def hold(database: Path, *, wait_seconds: float, what: str) -> Iterator[None]:
    """Hold the lock of `database` while doing `what`; free to nest within one thread, `WarehouseBusy` after the wait."""
    file = database.with_name(f"{database.name}.lock")
    # A singleton for each path and thread counts its holders: only so may the holder of the lock ask for it again.
    lock = FileLock(file, is_singleton=True)
    nested = lock.is_locked
    try:
        lock.acquire(timeout=wait_seconds, poll_interval=_POLL_SECONDS)
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


def _holder(file: Path) -> str:
    return file.read_text(encoding="utf-8") or "another process"
