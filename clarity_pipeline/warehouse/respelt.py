"""Combinations of values that a rebuilt file has no more, and those that it has. Called by `upkeep.respelt`, for `replay`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from clarity_pipeline.warehouse.rows import named
from clarity_pipeline.warehouse.statements import statement
from clarity_pipeline.warehouse.store import Warehouse

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@contextmanager
def beside(connection: "DuckDBPyConnection", old: Warehouse) -> Iterator[bool]:
    """The old file as `before`; false without one. The caller holds it."""
    if not old.path.exists():
        yield False
        return
    path = str(old.path).replace("'", "''")
    connection.execute(f"attach '{path}' as before (read_only)")
    try:
        yield True
    finally:
        connection.execute("detach before")


def gone(connection: "DuckDBPyConnection") -> list[dict[str, Any]]:
    """Combinations that lanes had and have no more: business, slice, hash, the values, and in how many rows."""
    return list(named(connection.execute(statement("statements/values_gone"))))


def standing(connection: "DuckDBPyConnection", *, business_id: str, slice_name: str) -> list[dict[str, Any]]:
    """Combinations that a business has now in a slice."""
    return list(
        named(connection.execute(statement("statements/values_of_slice"), {"business_id": business_id, "slice": slice_name}))
    )
