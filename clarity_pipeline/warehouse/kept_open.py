"""A connection that stays open behind its user, for the next one of the same thread. Called by `store`.

Opening the file and closing it, with its checkpoint, takes 30 ms of processor, and the steps of a business-day did it thirteen
times: a quarter of all that the day took. What is kept holds the lock too, so whoever keeps it goes on at once, or lets go.
"""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class KeptOpen(threading.local):
    """One thread's kept connection of one warehouse, with all that has to be left when it goes."""

    def __init__(self) -> None:
        self._connection: DuckDBPyConnection | None = None
        self._users = 0
        self._behind = ExitStack()
        self.known: dict[object, object] = {}
        """What is known of what the file holds, good until it is let go: nobody else can write meanwhile."""

    @contextmanager
    def use(self, opened: "AbstractContextManager[DuckDBPyConnection]", *, keep: bool) -> "Iterator[DuckDBPyConnection]":
        """A connection of its own beside the kept one, which is opened first where there is none.

        After an error nothing is kept, since DuckDB may refuse all that comes after it.
        """
        if self._connection is None:
            self._connection = self._behind.enter_context(opened)
        self._users += 1
        beside = self._connection.cursor()
        try:
            beside.execute("set TimeZone = 'UTC'")
            yield beside
        except BaseException:
            keep = False
            raise
        finally:
            beside.close()
            self._users -= 1
            if not keep:
                self.let_go()

    @property
    def is_open(self) -> bool:
        """Whether there is one."""
        return self._connection is not None

    def let_go(self) -> None:
        """Close what is kept and is not in use."""
        if self._users == 0:
            self._connection = None
            self.known.clear()
            self._behind.close()
