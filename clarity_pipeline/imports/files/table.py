"""A file that others deliver as a table of text: CSV in any dialect, or Parquet. Called by `load_files`; knows no columns.

The bytes are read once, so that what is hashed is what is loaded. A number or date of a Parquet file becomes the text that it has
in a CSV file, and so both are checked by the same words. Nothing in a file is ever executed, followed or fetched.
"""

import csv
import hashlib
import io
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from clarity_pipeline.imports.files.problems import FileRefused, Problems

MOST_BYTES = 32 * 1024 * 1024
MOST_ROWS = 200_000
MOST_COLUMNS = 60
LONGEST_NAME = 200
DELIMITERS = ",;\t|"

_NOT_A_TABLE = {
    b"PK\x03\x04": "is an Excel workbook (or another archive); save it as CSV UTF-8",
    b"\x1f\x8b": "is compressed; unpack it first",
    b"\xd0\xcf\x11\xe0": "is an old Excel workbook; save it as CSV UTF-8",
    b"%PDF": "is a PDF; save the table as CSV UTF-8",
}
_MARKED = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_PARQUET = b"PAR1"
_UNPACKED = 8
"""A Parquet file may hold so many times `MOST_BYTES` once it is unpacked."""


@dataclass(frozen=True, slots=True)
class Table:
    """A file's header and its rows of text, each with the number that people find it by; an empty cell is "".

    `rows` can be gone through once. It adds what it cannot read to `problems`, which the caller raises at the end. `floats` are
    the columns that a Parquet file holds as floating-point numbers, which keep 15 digits.
    """

    source: str
    sha256: str
    header: tuple[str, ...]
    rows: Iterator[tuple[int, Sequence[str]]]
    problems: Problems = field(repr=False)
    floats: frozenset[str] = frozenset()


def read_file(path: Path) -> bytes:
    """The bytes of a file that may be loaded; raise `FileRefused` for one that cannot be read or is too large."""
    name = shown_name(path)
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:  # a pipe must keep nobody waiting
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise FileRefused([f"{name}: cannot be read: {error.strerror}; check path and permissions"]) from None
    if content is None or len(content) > MOST_BYTES:
        raise FileRefused([f"{name}: is larger than {MOST_BYTES // 1024 // 1024} MiB; split it by date"])
    return content


def shown_name(path: Path) -> str:
    """A file's name as it may be shown: what cannot be printed is `?`."""
    return "".join(letter if letter.isprintable() else "?" for letter in path.name)[:LONGEST_NAME]


def read_table(content: bytes, *, source: str) -> Table:
    """The table in a file's bytes; raise `FileRefused` where there is none."""
    is_parquet = content.startswith(_PARQUET)
    problems = Problems(source, place="row" if is_parquet else "line")
    for magic, what in _NOT_A_TABLE.items():
        if content.startswith(magic):
            problems.stop(what)
    floats: frozenset[str] = frozenset()
    if is_parquet:
        header, rows, floats = _parquet(content, problems)
    else:
        header, rows = _csv(content, problems)
    if len(header) > MOST_COLUMNS:
        problems.stop(f"has {len(header)} columns, at most {MOST_COLUMNS} are taken; leave out what no rule needs")
    return Table(source, hashlib.sha256(content).hexdigest(), tuple(header), _bounded(rows, problems), problems, floats)


def _bounded(rows: Iterable[tuple[int, Sequence[str]]], problems: Problems) -> Iterator[tuple[int, Sequence[str]]]:
    for count, row in enumerate(rows):
        if count == MOST_ROWS:
            problems.stop(f"has more than {MOST_ROWS:,} rows; split it by date")
        yield row


def _csv(content: bytes, problems: Problems) -> tuple[Sequence[str], Iterator[tuple[int, Sequence[str]]]]:
    encoding = next((name for mark, name in _MARKED if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        problems.stop("is not UTF-8 text; save it as CSV UTF-8")
    delimiter, skipped = _delimiter(text)
    lines = io.StringIO(text, newline="")
    for _ in range(skipped):
        lines.readline()
    records = _records(lines, delimiter, skipped, problems)
    header = next(records, None)
    if header is None:
        problems.stop("is empty; its first line must name the columns")
    return header[1], _of_width(records, len(header[1]), problems)


def _delimiter(text: str) -> tuple[str, int]:
    """What separates the cells of the first line, and how many lines to skip before it: Excel's own `sep=;`."""
    first = text.partition("\n")[0].strip("\r")
    if first.lower().startswith("sep=") and first[4:] in tuple(DELIMITERS):
        return first[4:], 1
    begin = text[:100_000].lstrip()
    return max(DELIMITERS, key=lambda each: len(_first_record(begin, each))), 0


def _first_record(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=delimiter != "\t"), [])
    except csv.Error:
        return []


def _records(lines: io.StringIO, delimiter: str, skipped: int, problems: Problems) -> Iterator[tuple[int, Sequence[str]]]:
    """Records with the line that they begin in; one whose quotes do not end ends the file."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=delimiter != "\t")
    while True:
        begins = skipped + reader.line_num + 1
        try:
            record = next(reader, None)
        except csv.Error as error:
            what = str(error)
            longest = "a cell is longer than any should be" if "limit" in what else "its quotes do not match"
            problems.stop(f"line {begins:,}: {longest}; write a quote inside a cell twice, and look at the line before")
        if record is None:
            return
        cells = [cell.strip() for cell in record]
        if any(cells):
            yield begins, cells


def _of_width(
    records: Iterator[tuple[int, Sequence[str]]], width: int, problems: Problems
) -> Iterator[tuple[int, Sequence[str]]]:
    for line, cells in records:
        if len(cells) == width:
            yield line, cells
        else:
            problems.at(
                line,
                None,
                f"has {len(cells)} cells and the header {width}; write numbers with a point, put text with separators in quotes",
            )


def _parquet(content: bytes, problems: Problems) -> tuple[Sequence[str], Iterator[tuple[int, Sequence[str]]], frozenset[str]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        groups = [file.metadata.row_group(number) for number in range(file.metadata.num_row_groups)]
        unpacked = sum(group.total_byte_size for group in groups)
        header = [str(name) for name in file.schema_arrow.names]
        floats = frozenset(each.name for each in file.schema_arrow if pa.types.is_floating(_value_type(each.type)))
    except (pa.ArrowException, OSError, ValueError, UnicodeError):
        problems.stop("is no Parquet file that can be read; write it again")
    if unpacked > _UNPACKED * MOST_BYTES:
        problems.stop(f"unpacks to more than {_UNPACKED * MOST_BYTES // 1024 // 1024} MiB; split it by date")

    def rows() -> Iterator[tuple[int, Sequence[str]]]:
        number = 0
        try:
            for batch in file.iter_batches(batch_size=10_000):
                for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    number += 1
                    yield number, [_text(value) for value in values]
        except (pa.ArrowException, OSError, ValueError, OverflowError):
            problems.stop(f"is damaged after row {number:,}; write it again")

    return header, rows(), floats


def _value_type(kind: Any) -> Any:
    """Of a dictionary-encoded column the type of its words."""
    return getattr(kind, "value_type", kind)


def _text(value: Any) -> str:
    """A value as it would stand in a CSV file; what has no place in one becomes text that no column takes."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, int | float | Decimal) else "\x00"
