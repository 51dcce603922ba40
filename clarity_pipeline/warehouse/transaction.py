"""All or nothing, for whoever holds a connection of the warehouse."""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from clarity_pipeline.failpoints import failpoint

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


_SAID: dict[int, set[Hashable]] = {}
"""By open transaction (of which connection) what `said_before` was asked of in it."""


@contextmanager
def transaction(connection: "DuckDBPyConnection") -> Iterator[None]:
    """Commit what the block did, or roll all of it back when it raises."""
    connection.begin()
    _SAID[id(connection)] = set()
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    finally:
        del _SAID[id(connection)]
    failpoint("transaction_written")
    connection.commit()
    failpoint("transaction_committed")


def is_open(connection: "DuckDBPyConnection") -> bool:
    """Whether the connection is in a transaction of `transaction`."""
    return id(connection) in _SAID


def said_before(connection: "DuckDBPyConnection", what: Hashable) -> bool:
    """Whether the open transaction was asked that before; never without one. For what is enough to be written once in it."""
    said = _SAID.get(id(connection))
    if said is None:
        return False
    before = what in said
    said.add(what)
    return before


@contextmanager
def settled(connection: "DuckDBPyConnection", what: str) -> Iterator[None]:
    """A transaction with a checkpoint behind it, so that the log holds `what` not for long; `what` names the failpoint."""
    with transaction(connection):
        yield
    failpoint(f"{what}_committed")
    connection.execute("checkpoint")
