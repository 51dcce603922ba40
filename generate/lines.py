"""Lines of SQL that make a list: in the middle of one they end with a comma, at its end they do not. Used by the blocks."""

from collections.abc import Iterable
from textwrap import wrap


def listed(*items: str) -> list[str]:
    """One item a line, or several where it has them."""
    return [line for item in (*(f"{item}," for item in items[:-1]), items[-1]) for line in item.splitlines()]


def wrapped(names: Iterable[str]) -> list[str]:
    """Names, as many a line as fit."""
    return wrap(", ".join(names), width=110, break_long_words=False)
