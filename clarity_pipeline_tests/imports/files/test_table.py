"""Delivered files as tables: every dialect that people export, and nothing that is no table gets through."""

import csv
import io
import os
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clarity_pipeline.imports.files.problems import FileRefused
from clarity_pipeline.imports.files.table import MOST_BYTES, MOST_ROWS, read_file, read_table

CELL = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=12).map(str.strip)


def cells(content: bytes | str) -> list[tuple[str, ...]]:
    """Header and rows."""
    found = read_table(content if isinstance(content, bytes) else content.encode(), source="f.csv")
    rows = [tuple(row) for _, row in found.rows]
    found.problems.raise_them()
    return [found.header, *rows]


def refusal(content: bytes | str) -> str:
    with pytest.raises(FileRefused) as refused:
        cells(content)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_dialect_says_the_same(delimiter: str, line_end: str, encoding: str) -> None:
    written = io.StringIO()
    wanted = [("a", "b"), ("Äpfel, Birnen; usw.", 'he said "no"'), (f"two{line_end}lines\there", "x|y")]
    csv.writer(written, delimiter=delimiter, lineterminator=line_end).writerows(wanted)
    assert cells(written.getvalue().encode(encoding)) == wanted


@given(st.lists(st.lists(CELL.filter(bool), min_size=3, max_size=3), min_size=1, max_size=5), st.sampled_from(",;\t|"))
def test_what_a_csv_writer_writes_is_read_back(rows: Sequence[Sequence[str]], delimiter: str) -> None:
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter)
    writer.writerow(["one", "two", "three"])
    writer.writerows(rows)
    assert cells(written.getvalue())[1:] == [tuple(row) for row in rows]


def test_a_line_is_numbered_as_an_editor_shows_it() -> None:
    found = read_table(b'sep=;\r\na;b\r\n\r\n"two\r\nlines";1\r\n;;\r\nx;2\r\n', source="f.csv")
    assert [line for line, _ in found.rows] == [4, 7]


def test_blank_lines_and_spaces_around_cells_mean_nothing() -> None:
    assert cells('\n a , b\n\n 1 , "2, 3"\n,\n') == [("a", "b"), ("1", "2, 3")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\n\n  \n", "is empty"),
        (b"a,b\n1\n", "line 2: has 1 cells and the header 2"),
        (b"a,b\n1,2\n\"never ends,2\n3,4\n", "line 3: its quotes do not match"),
        (b'a,b\n"x"y,2\n', "line 2: its quotes do not match"),
        (b"a,b\nM\xfcller,2\n", "is not UTF-8 text"),
        (b"a,b\n" + b"x" * 200_000 + b",1\n", "line 2: a cell is longer"),
        (b"PK\x03\x04rest", "is an Excel workbook"),
        (b"\x1f\x8brest", "is compressed"),
        (b"PAR1 and then nothing", "is no Parquet file"),
        (b",".join(b"c%d" % n for n in range(61)), "has 61 columns"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_in_words(content: bytes, said: str) -> None:
    assert refusal(content).startswith(f"f.csv: {said}")


def test_a_file_of_too_many_rows_or_bytes_is_refused(tmp_path: Path) -> None:
    assert len(cells(b"a\n" + b"1\n" * MOST_ROWS)) == MOST_ROWS + 1
    assert "more than 200,000 rows" in refusal(b"a\n" + b"1\n" * (MOST_ROWS + 1))
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(FileRefused, match=r"large\.csv: is larger than 32 MiB"):
        read_file(path)


def test_what_is_no_ordinary_file_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert read_file(tmp_path / "pipe.csv") == b""
    for name in ("missing.csv", "."):
        with pytest.raises(FileRefused, match="cannot be read"):
            read_file(tmp_path / name)


def test_a_parquet_file_says_what_the_same_csv_says() -> None:
    columns = {
        "date": pa.array([date(2026, 11, 20), None]),
        "at": pa.array([datetime(2026, 11, 20), datetime(2026, 11, 20, 1)]),  # noqa: DTZ001
        "name": pa.array(["Ä ", None]).dictionary_encode(),
        "spend": pa.array([1.5, float("nan")]),
        "clicks": pa.array([3, None], pa.int32()),
        "cost": pa.array([Decimal("2.50"), None]),
        "is_control": pa.array([True, False]),
    }
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink)
    header, first, second = cells(sink.getvalue().to_pybytes())
    assert header == tuple(columns)
    assert first == ("2026-11-20", "2026-11-20", "Ä", "1.5", "3", "2.50", "true")
    assert second == ("", "2026-11-20T01:00:00", "", "nan", "", "", "false")


def test_a_parquet_file_cut_anywhere_is_refused_in_one_line() -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"a": [1, 2, 3], "b": ["x", "y", "z"]}), sink)
    whole = sink.getvalue().to_pybytes()
    for length in range(4, len(whole), 7):
        refusal(whole[:length])


@settings(max_examples=300)
@given(st.binary(max_size=200), st.sampled_from([b"", b"PAR1", b"\xef\xbb\xbf", b"\xff\xfe", b"a,b\n"]))
def test_any_bytes_are_a_table_or_refused_in_one_line(content: bytes, before: bytes) -> None:
    try:
        found = cells(before + content)
    except FileRefused as refused:
        lines = refused.lines()
    else:
        lines = []
        assert {len(row) for row in found} == {len(found[0])}
    assert not any("\n" in line for line in lines)
