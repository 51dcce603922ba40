"""What one cell of an imported file may say: text to a value, or `NotUsable` with the words for a person.

The columns of ad entities and of experiments name these, one each. The words never repeat the cell.
"""

import re
from collections.abc import Callable, Container
from datetime import date, timedelta
from typing import Any

Read = Callable[[str], Any]

LARGEST = 1e15
"""A double tells whole numbers apart up to 9e15."""

EARLIEST = date(2015, 1, 1)

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_FORMULA = re.compile(r"=|[+\-@].*(?:[\w.]\(|\|.*![A-Z$])", re.DOTALL)
"""What a spreadsheet would run: `=1+1`, `@SUM(A1)`, `-2+cmd|' /C calc'!A0`. `-50 % sale` and `+Size | DE` are names."""

_TRUE = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class NotUsable(ValueError):
    """What is wrong with a cell, in words that follow "column spend: "."""


def text(*, longest: int) -> Read:
    """One line of visible text; line breaks and runs of spaces in it become one space."""

    def read(cell: str) -> str:
        line = " ".join(cell.split())
        if _UNSEEN.search(line):
            raise NotUsable("holds letters that cannot be seen; write it again")
        if _FORMULA.match(line):
            raise NotUsable("looks like a formula; write it as plain text")
        if len(line) > longest:
            raise NotUsable(f"is longer than {longest} letters; shorten it")
        return line

    return read


def one_of(*names: str) -> Read:
    """One of a few words; case, spaces and hyphens are forgiven."""

    def read(cell: str) -> str:
        word = re.sub(r"[\s-]+", "_", cell.lower())
        if word not in names:
            raise NotUsable(f"is none of {', '.join(names)}; write one of these")
        return word

    return read


def known_business(known: Container[str]) -> Read:
    """The slug of a business that is connected, enabled or not."""

    def read(cell: str) -> str:
        if cell not in known:
            raise NotUsable("is no business that is connected; `clarity-pipeline status` shows them")
        return cell

    return read


def day(*, today: date) -> Read:
    """A date that is over or is today somewhere on Earth."""

    def read(cell: str) -> date:
        try:
            found = date.fromisoformat(cell) if _DATE.fullmatch(cell) else None
        except ValueError:
            found = None
        if found is None:
            raise NotUsable("is no date; write it as 2026-11-20")
        if not EARLIEST <= found <= today + timedelta(days=1):
            raise NotUsable(f"is before {EARLIEST:%Y} or in the future; check the year")
        return found

    return read


def number(cell: str) -> float:
    """A number that is not negative, with a decimal point."""
    if "," in cell:
        raise NotUsable("has a comma; write 1234.56, with a point and without separators between thousands")
    if not _NUMBER.fullmatch(cell):
        raise NotUsable("is no number; write it as 1234.56 without unit or currency, or leave it empty")
    value = float(cell)
    if value < 0:
        raise NotUsable("is negative; leave it empty where there is no value")
    if not value < LARGEST:
        raise NotUsable("is larger than anything that is counted here; check the unit")
    return value + 0.0  # -0 is 0


def count(cell: str) -> int:
    """A whole number that is not negative."""
    value = number(cell)
    if not value.is_integer():
        raise NotUsable("is a count and has a fraction; write a whole number")
    return int(value)


def flag(cell: str) -> bool:
    """Yes or no."""
    if cell.lower() not in _TRUE:
        raise NotUsable("is neither true nor false; write one of these")
    return _TRUE[cell.lower()]
