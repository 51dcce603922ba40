"""A table checked against named columns: every problem of a file with its line and column.

Called by `ad_entities.columns` and `experiments.columns`.

A header is read kindly (`Parent ID` is `parent_id`), a cell strictly. What is not a known column is a number if the table
takes numbers, else a problem: a misspelt column would be lost without a word.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clarity_pipeline.imports.files.cells import NotUsable, Read, number
from clarity_pipeline.imports.files.table import Table

_NUMBER_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file. `is_optional`: the column may be missing, and a cell of it may be empty (None)."""

    name: str
    read: Read
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One line that can be used: values by column (None for what is missing or empty) and its further numbers by name."""

    line: int
    values: Mapping[str, Any]
    numbers: Mapping[str, float]


def rows_of(table: Table, *, columns: Sequence[Column], takes_numbers: bool) -> Iterator[Row]:
    """The usable lines of a table, in order; the others are in `table.problems`, which the caller raises at the end.

    Raises `FileRefused` at once for a header that does not fit: every line would repeat it.
    """
    known = {column.name: column for column in columns}
    header = _header(table, known, takes_numbers=takes_numbers)
    numbers = [name for name in header if name not in known]
    absent = {name: None for name in known if name not in header}
    for line, cells in table.rows:
        before = table.problems.count
        told = dict(zip(header, cells, strict=True))
        values = {column.name: _read(table, line, column, told[column.name]) for column in columns if column.name in told}
        found = {name: _number(table, line, name, told[name]) for name in numbers if told[name]}
        if table.problems.count == before:
            yield Row(line, {**absent, **values}, found)


def _header(table: Table, known: Mapping[str, Column], *, takes_numbers: bool) -> list[str]:
    names = [re.sub(r"[\s-]+", "_", name.strip().lower()) for name in table.header]
    problems = table.problems
    for place, name in enumerate(names, start=1):
        if name in known:
            continue
        if not _NUMBER_NAME.fullmatch(name):
            problems.add(f"column {place} has no usable name; use letters, digits and _, such as spend or add_to_carts")
        elif not takes_numbers:
            problems.add(f"column {name} is not known; the columns are {', '.join(known)}")
    for name, times in Counter(name for name in names if _NUMBER_NAME.fullmatch(name)).items():
        if times > 1:
            problems.add(f"column {name} is there {times} times; name each column once")
    missing = [column.name for column in known.values() if not column.is_optional and column.name not in names]
    if missing:
        problems.add(f"has no column {', '.join(missing)}; its first line must name {', '.join(_needed(known))}")
    problems.raise_them()
    return names


def _needed(known: Mapping[str, Column]) -> list[str]:
    return [column.name for column in known.values() if not column.is_optional]


def _read(table: Table, line: int, column: Column, cell: str) -> Any:
    if not cell and column.is_optional:
        return None
    try:
        if not cell:
            raise NotUsable("is empty; every line needs it")
        return column.read(cell)
    except NotUsable as problem:
        table.problems.at(line, column.name, str(problem))


def _number(table: Table, line: int, name: str, cell: str) -> float:
    try:
        return number(cell)
    except NotUsable as problem:
        table.problems.at(line, name, str(problem))
        return 0.0
