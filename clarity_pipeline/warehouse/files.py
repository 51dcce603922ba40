"""Putting a finished DuckDB file in its place so that a crash leaves the old file or the new one; and who may read it.

Called by `store` and `published`.

A `.wal` that stays beside a replaced database makes it unreadable (`docs/design.md#publishing`), so it goes first: at that
moment the old file is whole, because whoever comes here has checkpointed it or never had one.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path

_AT_MOST = 0o640
"""A group may read: analysts, where somebody gives them the file's group. Nobody else, and nobody else writes."""


def write_ahead_log(database: Path) -> Path:
    """Where DuckDB keeps the changes of `database` that are not in it yet."""
    return database.with_name(f"{database.name}.wal")


def put_in_place(finished: Path, target: Path) -> None:
    """Rename `finished` (same folder) to `target`, with the file and then the folder synced to disk."""
    keep_from_others(finished)
    _sync(finished)
    write_ahead_log(target).unlink(missing_ok=True)
    finished.replace(target)
    _sync(target.parent)


def keep_from_others(path: Path) -> None:
    """Take away what is more than owner and group need, also of a file that an earlier release made; never give anything.

    A file of another owner is left: it is theirs to say.
    """
    with suppress(OSError):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & ~_AT_MOST:
            path.chmod(mode & _AT_MOST)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
