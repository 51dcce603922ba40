"""Rows of a query by the names of its columns, so that no reader depends on their order."""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Row = tuple[Any, ...]


def column_names(found: "DuckDBPyConnection") -> list[str]:
    """The columns of what was just executed, as the query names them."""
    return [column[0] for column in found.description or ()]


def named(found: "DuckDBPyConnection") -> list[dict[str, Any]]:
    """All rows of what was just executed, by column."""
    names = column_names(found)
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def picked(found: "DuckDBPyConnection", wanted: Sequence[str]) -> Callable[[Row], Row]:
    """What takes the `wanted` columns out of a row, in that order, for results that are too long for a dictionary a row.

    ValueError for a column that the query does not have.
    """
    names = column_names(found)
    places = [names.index(name) for name in wanted]
    if len(places) == 1:
        (place,) = places
        return lambda row: (row[place],)
    return itemgetter(*places)
