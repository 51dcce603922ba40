"""Dagster's event logs as the pipeline keeps them, named in `dagster.yaml`, where Dagster takes a storage class of one's own.

Neither keeps that a check was planned. Dagster calls a check that was planned and not evaluated a failed one: of a lane whose
answer was refused, its Checks tab said "14 of 14 failed" of statements that nobody had looked at. Our own runs plan none; those
that the UI starts (assets chosen by hand, a backfill) plan every check of what they make, and nothing but the log can prevent it.

The one in a SQLite file has one engine instead of a new one for each event.

Dagster's class makes an engine for every event, which
compiles each statement anew and opens the file again: a run of 18 steps took 0.77 s with it and 0.41 s with this one, on the
same two cores in turn. Nothing but the connecting differs, and what follows from it: connections that stay open leave new events
in the journal, so that whoever watches a run in the UI asks for them, as Dagster does on Postgres.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property

import dagster as dg
import sqlalchemy as sa
from dagster._core.storage.event_log import ConsolidatedSqliteEventLogStorage, SqlEventLogStorage, SqlPollingEventWatcher
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS

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
        return sa.create_engine(self._conn_string, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})

    @cached_property
    def _watcher(self) -> SqlPollingEventWatcher:
        return SqlPollingEventWatcher(self)

    @contextmanager
    def _connect(self) -> Iterator[sa.Connection]:
        with self._engine.begin() as connection:
            yield connection

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
