"""Dagster's three SQLite files below CLARITY_HOME: each is made aside and renamed, so that no kill leaves half of one.

Dagster makes them in place, table by table, and marks them last. A process that was killed before that left a file that every
later start refused (DagsterInvalidInvocationError, 0 calls). What an earlier release left so is seen and made anew: such a file
holds nothing. Called by `instance` under its lock.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Literal

from dagster._core.storage.runs import SqliteRunStorage
from dagster._core.storage.schedules import SqliteScheduleStorage

from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.orchestration.event_log import PooledSqliteEventLogStorage
from clarity_pipeline.state.sqlite_header import says_an_unknown_format

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_BESIDE = ("-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True)
class StorageFile:
    """One of the three: its place below Dagster's folder, and who makes it in a given folder.

    `table` is what it is there for. `last_mark` is what Dagster writes last into a new one (`secondary_indexes`).
    """

    place: str
    make: Callable[[str], Any]
    table: str
    last_mark: str


RUNS = StorageFile("runs/runs.db", SqliteRunStorage.from_local, "runs", "run_start_end_overwritten")
SCHEDULES = StorageFile("schedules/schedules.db", SqliteScheduleStorage.from_local, "job_ticks", "schedule_ticks_selector_id")
EVENTS = StorageFile("events/event_log.db", PooledSqliteEventLogStorage, "event_logs", "asset_key_index_columns")


def make_whole(home: Path, *, now: datetime) -> None:
    """See to it that each file is whole: what is missing or half made is made, what is damaged is set aside first, and kept.

    Jobs, calls and rows are in stores of our own; all that goes with a damaged file is the history of runs in the UI.
    """
    for each in (RUNS, EVENTS, SCHEDULES):
        path = home / each.place
        state = _state_of(path, each)
        if state == "whole":
            continue
        if state == "damaged":
            path.replace(path.with_name(f"{path.name}.damaged-{now:%Y%m%dT%H%M%SZ}"))
        _make_aside(path, each.make)


def _make_aside(path: Path, make: Callable[[str], Any]) -> None:
    """Let `make` write its file into a folder of its own, then rename it to `path`, in whose place nothing of worth may be."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for remains in path.parent.glob(".making-*"):
        shutil.rmtree(remains)
    folder = Path(mkdtemp(prefix=".making-", dir=path.parent))
    try:
        storage = make(str(folder))
        storage.dispose()
        made = folder / path.name
        with closing(sqlite3.connect(made)) as connection:  # the last one out writes the journal back
            connection.execute("pragma wal_checkpoint(truncate)")
        failpoint(f"{path.stem}_built")
        for suffix in _BESIDE:  # of a file that is gone: SQLite would take them for the new one's
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        _sync(made)
        made.replace(path)
        _sync(path.parent)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _state_of(path: Path, file: StorageFile) -> Literal["whole", "half", "damaged"]:
    """A file with rows is whole, whatever it lacks: Dagster brings an earlier release's up to its own."""
    if not path.exists() or path.stat().st_size == 0:
        return "half"
    if says_an_unknown_format(path):
        return "damaged"
    try:
        with closing(sqlite3.connect(path, timeout=30)) as connection:
            tables = {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}
            if file.table in tables and connection.execute(f"select 1 from {file.table} limit 1").fetchone():  # noqa: S608 (of ours)
                return "whole"
            marks = connection.execute("select name from secondary_indexes") if "secondary_indexes" in tables else ()
            return "whole" if (file.last_mark,) in list(marks) else "half"
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode in _DAMAGED:
            return "damaged"
        raise


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
