"""All or nothing, for whoever holds a connection of the warehouse."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from clarity_pipeline.failpoints import failpoint

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
    failpoint("transaction_written")
    connection.commit()
    failpoint("transaction_committed")


@contextmanager
def settled(connection: "DuckDBPyConnection", what: str) -> Iterator[None]:
    """A transaction with a checkpoint behind it, so that the log holds `what` not for long; `what` names the failpoint."""
    with transaction(connection):
        yield
    failpoint(f"{what}_committed")
    connection.execute("checkpoint")
