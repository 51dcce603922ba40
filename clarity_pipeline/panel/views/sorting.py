"""Rows of a table in the order that a page's address asks for: a name of theirs, with a minus before it to turn it around."""

from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")


def in_order(rows: Iterable[T], sort: str) -> list[T]:
    """Sorted by the attribute; what has no value comes last either way."""
    name = sort.removeprefix("-")
    found = list(rows)
    with_value = [row for row in found if getattr(row, name) is not None]
    without = [row for row in found if getattr(row, name) is None]
    return sorted(with_value, key=lambda row: getattr(row, name), reverse=sort.startswith("-")) + without


def turned(sort: str, name: str, *, first: str = "-") -> str:
    """What the head of column `name` asks for: its usual direction, or the other one when it is sorted that way already."""
    usual, other = (f"-{name}", name) if first == "-" else (name, f"-{name}")
    return other if sort == usual else usual
