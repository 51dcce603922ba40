"""Putting a finished DuckDB file in its place so that a crash leaves the old file or the new one.

Called by `store` and `published`.

A `.wal` that stays beside a replaced database makes it unreadable (`docs/design.md#publishing`), so it goes first: at that
moment the old file is whole, because whoever comes here has checkpointed it or never had one.
"""

import os
from pathlib import Path


def write_ahead_log(database: Path) -> Path:
    """Where DuckDB keeps the changes of `database` that are not in it yet."""
    return database.with_name(f"{database.name}.wal")


def put_in_place(finished: Path, target: Path) -> None:
    """Rename `finished` (same folder) to `target`, with the file and then the folder synced to disk."""
    _sync(finished)
    write_ahead_log(target).unlink(missing_ok=True)
    finished.replace(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
