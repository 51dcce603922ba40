"""Dagster's event logs as the pipeline keeps them, named in `dagster.yaml`, where Dagster takes a storage class of one's own.

Neither keeps that a check was planned. Dagster calls a check that was planned and not evaluated a failed one: of a lane whose
answer was refused, its Checks tab said "14 of 14 failed" of statements that nobody had looked at. Our own runs plan none; those
that the UI starts (assets chosen by hand, a backfill) plan every check of what they make, and nothing but the log can prevent it.

The one in a SQLite file has one pool of connections, one transaction an event, and a tenth of the bytes. Dagster's class makes an
engine for every event, which compiles each statement anew and opens the file again: a run of 18 steps took 0.77 s with it and
0.41 s with a pool, on the same two cores in turn. It also commits an event, its tags and its check one by one, each to the disk,
asks the file for its tables and columns each time, and keeps 0.65 MB of a business-day. Nothing that anybody reads differs; but
connections that stay open leave new events in the journal, so that whoever watches a run in the UI asks for them, as Dagster does
on Postgres.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from time import monotonic
from typing import Any

import dagster as dg
import sqlalchemy as sa
from dagster._core.storage.event_log import ConsolidatedSqliteEventLogStorage, SqlEventLogStorage, SqlPollingEventWatcher
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS

from clarity_pipeline.orchestration.event_rows import write
from clarity_pipeline.orchestration.packed_events import packed, unpacked

_EVENT = '{"__class__": "EventLogEntry"'
"""How an event begins where it is stored."""

_GOOD_SECONDS = 2.0
"""For so long a business that was in the grid is taken to be there still."""

Handler = Callable[[dg.EventLogEntry, str], None]
"""Called with each new event and the cursor behind it."""


class WithoutPlannedChecks(SqlEventLogStorage):
    """An event log whose checks are those that were evaluated."""

    def store_asset_check_event(self, event: dg.EventLogEntry, event_id: int | None) -> None:
        """Keep what a check found; that one is to be evaluated stays an event of its run, and says nothing of the check."""
        if event.dagster_event_type is not dg.DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED:
            super().store_asset_check_event(event, event_id)


class PooledSqliteEventLogStorage(WithoutPlannedChecks, ConsolidatedSqliteEventLogStorage):
    """Dagster's consolidated event log over a pool of connections."""

    @cached_property
    def _engine(self) -> sa.Engine:
        engine = sa.create_engine(self._conn_string, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})
        sa.event.listen(engine, "connect", _prepare)
        sa.event.listen(engine, "before_cursor_execute", _with_events_packed, retval=True)
        return engine

    @cached_property
    def _thread(self) -> threading.local:
        """What a thread's open transaction is, while it stores an event."""
        return threading.local()

    @cached_property
    def _tables(self) -> set[str]:
        """Those that were found; none is ever taken away."""
        return set()

    @cached_property
    def _watcher(self) -> SqlPollingEventWatcher:
        return SqlPollingEventWatcher(self)

    @contextmanager
    def _connect(self) -> Iterator[sa.Connection]:
        stored_in: sa.Connection | None = getattr(self._thread, "connection", None)
        if stored_in is not None:
            yield stored_in
            return
        with self._engine.begin() as connection:
            yield connection

    def store_event(self, event: dg.EventLogEntry) -> None:
        """Store it with its tags and its check, all or nothing."""
        with self._engine.begin() as connection:
            self._thread.connection = connection
            try:
                driver: Any = connection.connection.driver_connection
                if not write(driver, event, tags=self._tags_of(event)):
                    super().store_event(event)
            finally:
                self._thread.connection = None

    def _tags_of(self, event: dg.EventLogEntry) -> Mapping[str, str]:
        """Those of a materialisation by which it is looked up."""
        found = event.asset_materialization
        tags = (found.tags if found else None) or {}
        indexed = self.get_asset_tags_to_index(set(tags))
        return {name: value for name, value in tags.items() if name in indexed}

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> bool:
        """Whether a business is in the grid, which each step of its day asks four times: a yes is good for a while."""
        asked, now = (partitions_def_name, partition_key), monotonic()
        if now - self._seen_in_grid.get(asked, -_GOOD_SECONDS) < _GOOD_SECONDS:
            return True
        is_there = super().has_dynamic_partition(partitions_def_name, partition_key)
        if is_there:
            self._seen_in_grid[asked] = now
        return is_there

    def delete_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> None:
        """Take it out, and know at once."""
        self._seen_in_grid.pop((partitions_def_name, partition_key), None)
        super().delete_dynamic_partition(partitions_def_name, partition_key)

    @cached_property
    def _seen_in_grid(self) -> dict[tuple[str, str], float]:
        return {}

    def has_table(self, table_name: str) -> bool:
        """Whether the file has it; asked at every check and materialisation."""
        if table_name not in self._tables and sa.inspect(self._engine).has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def has_asset_key_col(self, column_name: str) -> bool:
        """Whether the table of assets has a column, which Dagster's own class asks in front of every asset's event."""
        return self._has_asset_key_col_on_connection(None, column_name)

    def _has_asset_key_col_on_connection(self, _: sa.Connection | None, column_name: str) -> bool:
        return column_name in self._asset_key_columns

    @cached_property
    def _asset_key_columns(self) -> set[str]:
        return {column["name"] for column in sa.inspect(self._engine).get_columns("asset_keys")}

    def watch(self, run_id: str, cursor: str | None, callback: Handler) -> None:
        """Tell `callback` of each new event of a run.

        Dagster's class waits for the file to change, which it does at a checkpoint: a run's page stood still for 6 s and more.
        Nor does a change of the journal tell, since a commit is seen a moment after its last write.
        """
        self._watcher.watch_run(run_id, cursor, callback)

    def end_watch(self, run_id: str, handler: Handler) -> None:
        """Tell it no more."""
        self._watcher.unwatch_run(run_id, handler)

    def dispose(self) -> None:
        """Close watchers and pool with the instance."""
        self._watcher.close()
        self._engine.dispose()


def _prepare(connection: sqlite3.Connection, _: object) -> None:
    """A commit reaches the journal, the disk later: a killed process loses nothing, a machine without power its last seconds."""
    connection.text_factory = unpacked
    connection.execute("pragma synchronous = normal")


def _with_events_packed(_: object, __: object, statement: str, parameters: Any, ___: object, many: bool) -> tuple[str, Any]:
    """What SQLAlchemy hands to SQLite, its events packed."""
    return statement, [_packed(each) for each in parameters] if many else _packed(parameters)


def _packed(row: Any) -> Any:
    return tuple(packed(value) if isinstance(value, str) and value.startswith(_EVENT) else value for value in row)
