"""Rows of a table in the order that a page's address asks for: a name of theirs, with a minus before it to turn it around."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


def in_order(rows: Iterable[T], sort: str, *, value: Callable[[T, str], Any] = getattr) -> list[T]:
    """Sorted by the `value` of that name; what has none comes last either way."""
    name = sort.removeprefix("-")
    found = [(value(row, name), row) for row in rows]
    with_value = [each for each in found if each[0] is not None]
    without = [row for known, row in found if known is None]
    return [row for _, row in sorted(with_value, key=lambda each: each[0], reverse=sort.startswith("-"))] + without


def turned(sort: str, name: str, *, first: str = "-") -> str:
    """What the head of column `name` asks for: its usual direction, or the other one when it is sorted that way already."""
    usual, other = (f"-{name}", name) if first == "-" else (name, f"-{name}")
    return other if sort == usual else usual
