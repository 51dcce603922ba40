"""All or nothing, for whoever holds a connection of the warehouse."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@contextmanager
def transaction(connection: "DuckDBPyConnection") -> Iterator[None]:
    """Commit what the block did, or roll all of it back when it raises."""
    connection.begin()
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()
