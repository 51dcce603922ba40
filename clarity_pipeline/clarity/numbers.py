"""The cells of one field to numbers. What cannot be a number is None and told by its place; nothing is guessed of it.

`"1,234"` may be a thousand or a decimal comma, `"23.7%"` a share or its hundredth: neither is read here (`percent` reads some of
the second, where their row proves them). Numbers as text, `"12.0"` as a count and a percentage of 250 are read: the wire sends
the first, and the last is for a range check to see. Called by `metric_rows`.
"""

import re
from collections.abc import Callable
from typing import Any

from clarity_pipeline.clarity.groups import Field, Kind
from clarity_pipeline.clarity.measure import Number

LARGEST = 2**63 - 1
_COUNT_TEXT = re.compile(r"[0-9]{1,19}(?:\.0+)?")
_NUMBER_TEXT = re.compile(r"-?[0-9]{1,19}(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?")


def read_column(values: list[Any], field: Field) -> tuple[list[Number | None], list[int]]:
    """A number or None for each value, and the places of those that are neither a number nor null."""
    read, plain = _READERS[field.kind]
    if set(map(type, values)) <= plain and (field.kind == "number" or not values or min(values) >= 0):
        return values, []  # as nearly every column is, and four times faster than asking each value
    numbers: list[Number | None] = []
    unread: list[int] = []
    for place, value in enumerate(values):
        try:
            numbers.append(None if value is None else read(value))
        except ValueError:
            numbers.append(None)
            unread.append(place)
    return numbers, unread


def _count(value: Any) -> int:
    if isinstance(value, str) and _COUNT_TEXT.fullmatch(value):
        value = int(value.partition(".")[0])
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LARGEST or value != int(value):
        raise ValueError
    return int(value)


def _number(value: Any) -> Number:
    if isinstance(value, str) and _NUMBER_TEXT.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > LARGEST:
        raise ValueError
    return value


def _seconds(value: Any) -> Number:
    seconds = _number(value)
    if not 0 <= seconds <= LARGEST // 1000:  # they are kept in milliseconds
        raise ValueError
    return seconds


_READERS: dict[Kind, tuple[Callable[[Any], Number], set[type]]] = {
    "count": (_count, {int}),
    "seconds": (_seconds, {int, float}),
    "number": (_number, {int, float, type(None)}),
}
