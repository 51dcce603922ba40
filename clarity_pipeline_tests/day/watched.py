"""What a step of a night costs the databases: rows that DuckDB scans, and steps of SQLite's machine, by statement.

Seconds depend on the machine, these do not. Both are asked of the real databases: DuckDB's profile of each statement, and
SQLite's progress handler, which is called as its virtual machine goes on.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.warehouse.store import Warehouse

_EACH = 20

_SETTINGS = (
    "pragma enable_profiling = 'no_output'",
    "pragma disable_checkpoint_on_shutdown",  # a checkpoint puts small row groups together, and a test has no others
    "set checkpoint_threshold = '1GB'",
)


@dataclass
class Cost:
    """By statement, as its text stands: how often it came, and what it cost; rows of DuckDB, instructions of SQLite."""

    times: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    instructions: Counter[str] = field(default_factory=Counter)


class _Watched:
    """A DuckDB connection that notes what each statement scanned."""

    def __init__(self, connection: Any, cost: Cost) -> None:
        self._connection = connection
        self._cost = cost
        self._running: str | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, query: str, parameters: Any = None) -> Any:
        """Run it; its profile is whole when the next one comes, since rows are fetched behind it."""
        self.note()
        self._connection.execute(query, parameters)
        self._running = query
        return self._connection

    def note(self) -> None:
        """Add what the last statement scanned."""
        query, self._running = self._running, None
        if query is None or query.lstrip().startswith(("begin", "commit", "set", "rollback")):
            return
        self._cost.times[query] += 1
        self._cost.rows[query] += _scanned(json.loads(self._connection.get_profiling_information("json") or "{}"))


def _scanned(node: Any) -> int:
    if isinstance(node, list):
        return sum(map(_scanned, node))
    if not isinstance(node, dict):
        return 0
    return int(node.get("rows_scanned") or 0) + sum(_scanned(each) for each in node.values() if isinstance(each, list | dict))


@dataclass(frozen=True, slots=True)
class WatchedWarehouse(Warehouse):
    """The warehouse, whose connections are watched."""

    cost: Cost = field(default_factory=Cost, kw_only=True, compare=False)

    @contextmanager
    def connect(self, *, what: str = "reading", keep: bool = False) -> Iterator[Any]:
        with Warehouse.connect(self, what=what, keep=keep) as connection:
            for setting in _SETTINGS:
                connection.execute(setting)
            watched = _Watched(connection, self.cost)
            yield watched
            watched.note()


@contextmanager
def watched_state(engine: sa.Engine, cost: Cost) -> Iterator[None]:
    """Count SQLite's instructions for each statement of an engine while the block runs."""
    count = 0

    def tick() -> int:
        nonlocal count
        count += _EACH
        return 0

    def connected(raw: sqlite3.Connection, *_: Any) -> None:
        raw.set_progress_handler(tick, _EACH)

    def before(*_: Any) -> None:
        nonlocal count
        count = 0

    running: list[str] = []

    def noted(statement: str) -> None:
        nonlocal count
        cost.instructions[statement] += count
        count = 0

    def begins(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if running:
            noted(running.pop())
        before()
        running.append(statement)
        cost.times[statement] += 1

    engine.dispose()
    sa.event.listen(engine, "connect", connected)
    sa.event.listen(engine, "before_cursor_execute", begins)
    try:
        yield
    finally:
        if running:
            noted(running.pop())
        sa.event.remove(engine, "connect", connected)
        sa.event.remove(engine, "before_cursor_execute", begins)
        engine.dispose()
