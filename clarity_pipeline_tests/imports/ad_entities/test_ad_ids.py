"""Ids that a spreadsheet rounded are refused with the cure, and the true ones that are known are named."""

import random
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clarity_pipeline.imports.ad_entities.ad_ids import CURE
from clarity_pipeline.imports.ad_entities.columns import read_entities
from clarity_pipeline.imports.ad_entities.headers import Said
from clarity_pipeline.imports.files.problems import FileRefused
from clarity_pipeline.imports.files.table import Table, read_table
from clarity_pipeline_tests.rules.markers.test_markers import business

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
BLUE, RED, PARENT = "120211480001230456", "120211480001230457", "120211480001230001"
KNOWN = {"acme": {"ad": [BLUE, RED], "parents": [PARENT]}}
Ids = Mapping[str, Mapping[str, Collection[str]]]


def table_of(*ids: str, names: Collection[str] = (), parent: str = "") -> Table:
    named = list(names) or [f"Ad {place}" for place, _ in enumerate(ids)]
    lines = [f'acme,2026-11-20,ad,"{each}","{parent}",{name},1' for each, name in zip(ids, named, strict=True)]
    return read_table("\n".join(["business,date,level,id,parent_id,name,spend", *lines]).encode(), source="ads.csv")


def read(table: Table, *, known: Ids | None = None, **said: Any) -> list[dict[str, Any]]:
    found = read_entities(
        table,
        businesses={"acme": business("acme"), "baker": business("baker")},
        today=NOW.date(),
        loaded_at=NOW,
        said=Said(**said),
        known_ids=lambda: known or {},
    )
    rows: list[dict[str, Any]] = found.to_pylist()
    return rows


def problems(table: Table, *, known: Ids | None = None) -> list[str]:
    with pytest.raises(FileRefused) as refused:
        read(table, known=known)
    return refused.value.lines()


@pytest.mark.parametrize("written", ["1.20211E+17", "1,20211E+17", "1.2021148000123046e+17", "1E+17", "1.20211480001230464E17"])
def test_scientific_notation_is_refused_with_the_cure(written: str) -> None:
    (only,) = problems(table_of(written))
    assert only == f"ads.csv: line 2, column id: is written as 1.2E+17 is; {CURE}"
    assert CURE == "a spreadsheet has rounded the ids: export again, read the column as text"


def test_scientific_notation_names_the_one_known_id_that_it_was() -> None:
    (only,) = problems(table_of("1.20211480001230457E+17"), known=KNOWN)
    assert only.endswith(f"; it was {RED}, which is known")
    (many,) = problems(table_of("1.20211E+17"), known=KNOWN)
    assert many.endswith(f"; it was {BLUE} or {RED}, which are known")
    (parent,) = problems(table_of("a1", parent="1.20211E+17"), known=KNOWN)
    assert parent.endswith(f"; it was {PARENT}, which is known")
    (none,) = problems(table_of("1.20212E+17"), known=KNOWN)
    assert none.endswith(CURE)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("120211480001230456.0", f"is a number with a fraction; {CURE}"),
        ("23.0", f"is a number with a fraction; {CURE}"),
        ("120.211.480.001.230.456", "has separators between thousands; export again"),
        ("120,211,480,001,230,456", "has separators between thousands; export again"),
    ],
)
def test_other_marks_of_a_spreadsheet_are_refused(written: str, said: str) -> None:
    assert problems(table_of(written))[0].startswith(f"ads.csv: line 2, column id: {said}")
    (of_parent,) = problems(table_of("a1", parent=written))
    assert of_parent.startswith("ads.csv: line 2, column parent_id: ")


@pytest.mark.parametrize("whole", ["120e45", "c1", "act_12", "12", BLUE, "2.5-shoes", "12E", "1.2.3", "1,5", "e+1"])
def test_ordinary_ids_are_taken_as_they_are(whole: str) -> None:
    assert [row["entity_id"] for row in read(table_of(whole))] == [whole]


def test_the_mark_by_which_a_spreadsheet_keeps_a_text_is_no_part_of_an_id() -> None:
    assert [row["entity_id"] for row in read(table_of(f"'{BLUE}"))] == [BLUE]


@pytest.mark.parametrize(
    ("rounded", "how"),
    [
        ("120211480001230000", "the fifteen digits that a spreadsheet keeps"),
        (str(int(float(BLUE))), "a double written as a whole number"),
        ("120211480001230460", "a double as JavaScript writes it"),
    ],
)
def test_an_id_that_a_known_one_rounds_to_is_refused_and_the_known_ones_are_named(rounded: str, how: str) -> None:
    assert rounded not in KNOWN["acme"], how
    (only,) = problems(table_of(rounded), known=KNOWN)
    assert only == f"ads.csv: line 2, column id: is what rounding makes of {BLUE} or {RED}, which are known; {CURE}"
    assert read(table_of(rounded))[0]["entity_id"] == rounded  # nothing is known of a fresh home
    assert read(table_of(rounded), known={"baker": {"ad": [BLUE]}})[0]["entity_id"] == rounded  # nor of another's ads
    assert read(table_of(rounded), known=KNOWN, trust_ids=True)[0]["entity_id"] == rounded


def test_a_rounded_parent_is_refused_as_well() -> None:
    (only,) = problems(table_of("a1", parent="120211480001230000"), known=KNOWN)
    assert only.startswith(f"ads.csv: line 2, column parent_id: is what rounding makes of {PARENT}, which is known; ")


@pytest.mark.parametrize("rounded", ["120211480001230000", "120211480001230464"])
def test_two_ads_that_were_rounded_alike_get_the_cure_and_lose_no_money(rounded: str) -> None:
    (only,) = problems(table_of(rounded, rounded, names=["Blue shoe", "Red shoe"]))
    assert only == f"ads.csv: line 3: has business, date, level and id of line 2 because both were rounded; {CURE}"
    assert "leave one out" not in only


def test_the_same_whole_id_twice_is_still_to_be_left_out_once() -> None:
    for twice in (BLUE, "a1"):
        (only,) = problems(table_of(twice, twice))
        assert only == "ads.csv: line 3: has business, date, level and id of line 2; leave one out"


def test_whole_ids_are_taken_whatever_is_known() -> None:
    assert len(read(table_of(BLUE, RED, "120211480001230464", parent=PARENT), known=KNOWN)) == 3
    of_the_same_beginning = table_of(BLUE, "120211480001230000")
    assert len(read(of_the_same_beginning, known=KNOWN)) == 2  # the file has whole ids of that beginning: nothing was cut


def test_new_ads_of_a_thousand_whole_files_are_not_called_rounded() -> None:
    """Ids that one batch gave out lie side by side, as platforms give them."""
    draw = random.Random(20261120)
    for _ in range(1000):
        first = draw.randrange(10**17, 10**18)
        batch = [str(first + step) for step in range(0, 40, draw.choice((1, 3, 7)))]
        assert read(table_of(*batch[3:]), known={"acme": {"ad": batch[:6]}})


def test_many_long_ids_that_end_in_zeros_are_warned_of_and_whole_ones_are_not() -> None:
    rounded = table_of(*(f"1202114800012{n:02}000" for n in range(9)))
    assert len(read(rounded)) == 9
    (warning,) = rounded.problems.warnings
    assert warning.startswith("ads.csv: 9 of 9 long ids end in zeros, as rounded ones do (120211480001230000)")
    assert warning.endswith(CURE)
    draw = random.Random(7)
    whole = table_of(*(str(draw.randrange(10**17, 10**18)) for _ in range(500)))
    read(whole)
    assert whole.problems.warnings == []


def parquet(**columns: Any) -> Table:
    shared = {"business": ["acme"], "date": ["2026-11-20"], "level": ["ad"], "spend": [1.0]}
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({**shared, **columns}), sink)
    return read_table(sink.getvalue().to_pybytes(), source="ads.parquet")


@pytest.mark.parametrize("kind", [pa.float64(), pa.float32(), pa.dictionary(pa.int8(), pa.float64())])
def test_a_parquet_column_of_doubles_is_refused_as_ids_once_for_the_file(kind: pa.DataType) -> None:
    doubles = (
        pa.array([float(BLUE)]).cast(kind) if not pa.types.is_dictionary(kind) else pa.array([float(BLUE)]).dictionary_encode()
    )
    (only,) = problems(parquet(id=doubles))
    assert only == f"ads.parquet: column id is of floating-point numbers, which keep 15 digits: {CURE}"
    (of_parents,) = problems(parquet(id=["a1"], parent_id=doubles))
    assert of_parents.startswith("ads.parquet: column parent_id is of floating-point numbers")


def test_a_parquet_column_of_texts_or_whole_numbers_keeps_every_digit() -> None:
    for whole in (pa.array([BLUE]), pa.array([int(BLUE)], pa.int64())):
        assert read(parquet(id=whole), known=KNOWN)[0]["entity_id"] == BLUE


def test_a_parquet_column_without_a_parent_at_all_is_empty() -> None:
    for empty in (pa.array([float("nan")]), pa.array([None], pa.float64())):
        assert read(parquet(id=["a1"], parent_id=empty))[0]["parent_id"] is None
