"""Dagster's runs in one SQLite file over one pool of connections. Named in `dagster.yaml`.

Dagster's class makes an engine whenever it looks at a run, some fifty times a business-day, and compiles each statement anew.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from dagster._core.storage.runs import SqliteRunStorage


class PooledSqliteRunStorage(SqliteRunStorage):
    """Dagster's SQLite run storage; nothing but the connecting differs."""

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> "PooledSqliteRunStorage":
        """Of this class, where Dagster's names its own."""
        return cls.from_local(inst_data=inst_data, **config_value)

    @cached_property
    def _engine(self) -> sa.Engine:
        return sa.create_engine(self._conn_string)

    @contextmanager
    def connect(self) -> Iterator[sa.Connection]:
        """A transaction."""
        with self._engine.begin() as connection:
            yield connection

    def dispose(self) -> None:
        """Close the pool with the instance."""
        self._engine.dispose()
