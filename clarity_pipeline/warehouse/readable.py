"""Whatever rules can read days from: the working file, which is held alone meanwhile, or the published one, which is not."""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class Readable(Protocol):
    """`Warehouse` and `PublishedFile` are."""

    def connect(self, *, what: str = ...) -> AbstractContextManager["DuckDBPyConnection"]:
        """A connection in UTC, closed whatever happens."""
        ...
