"""The contract `ad_entities`: every problem with its line and column, all of a file or nothing of it."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clarity_pipeline.imports.ad_entities.columns import EXAMPLE, read_entities
from clarity_pipeline.imports.ad_entities.rows import SCHEMA
from clarity_pipeline.imports.files.problems import SHOWN, FileRefused
from clarity_pipeline.imports.files.table import read_table
from clarity_pipeline_tests.rules.markers.test_markers import business

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
BUSINESSES = {"acme": business("acme", kept=("variant",)), "baker": business("baker")}
HEADER = "business,date,level,id,parent_id,name,landing_url,spend\n"
GOOD = "acme,2026-11-20,ad,a1,s1,Blue shoe,https://x.de/lp,1.5\n"


def read(text: str | bytes) -> list[dict[str, Any]]:
    table = read_table(text if isinstance(text, bytes) else text.encode(), source="ads.csv")
    return list(read_entities(table, businesses=BUSINESSES, today=NOW.date(), loaded_at=NOW).to_pylist())


def problems(text: str) -> list[str]:
    with pytest.raises(FileRefused) as refused:
        read(text)
    return refused.value.lines()


def problem_of(**cells: str) -> str:
    """The one problem of a good line with other cells."""
    line = dict(zip(HEADER.strip().split(","), GOOD.strip().split(","), strict=True)) | cells
    (only,) = problems(HEADER + GOOD.replace("a1", "a0") + ",".join(f'"{cell}"' for cell in line.values()))
    return only


def test_a_good_line_becomes_a_row() -> None:
    (row,) = read(HEADER + GOOD)
    assert list(row) == SCHEMA.names
    assert (row["business_id"], row["date"], row["level"], row["entity_id"]) == ("acme", date(2026, 11, 20), "ad", "a1")
    assert (row["parent_id"], row["name"], row["landing_url"]) == ("s1", "Blue shoe", "https://x.de/lp")
    assert (row["metric_names"], row["metric_values"]) == (["spend"], [1.5])
    assert (row["source"], row["loaded_at"], len(row["source_sha256"])) == ("ads.csv", NOW, 64)


def test_the_example_of_the_help_is_a_good_file() -> None:
    assert [row["level"] for row in read(EXAMPLE)] == ["campaign", "ad_set", "ad"]


def test_headers_and_levels_are_read_as_people_write_them() -> None:
    (row,) = read("Business;Date;Level;ID;Landing URL;Add to carts\nacme;2026-11-20;Ad Set;1;;7\n")
    assert (row["level"], row["landing_url"], row["parent_id"]) == ("ad_set", None, None)
    assert row["metric_names"] == ["add_to_carts"]


def test_a_number_that_is_not_there_is_not_zero() -> None:
    first, second = read(HEADER.strip() + ",clicks\n" + GOOD.strip() + ",\n" + GOOD.replace("a1", "a2").strip() + ",0\n")
    assert (first["metric_names"], second["metric_names"], second["metric_values"]) == (
        ["spend"],
        ["spend", "clicks"],
        [1.5, 0.0],
    )


def test_a_landing_page_is_spelt_and_masked_as_in_url_day() -> None:
    url = "HTTP://X.de/LP/4915112345678/?utm_id=1&variant=b&mail=anna@x.de#f"
    (of_acme, of_baker) = read(
        HEADER + GOOD.replace("https://x.de/lp", url) + GOOD.replace("https://x.de/lp", url).replace("acme", "baker")
    )
    assert of_acme["landing_url"] == "https://x.de/LP/:id?variant=b"
    assert of_baker["landing_url"] == "https://x.de/LP/:id"


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"business": "nobody"}, "line 3, column business: is no business that is connected"),
        ({"date": "20.11.2026"}, "line 3, column date: is no date; write it as 2026-11-20"),
        ({"date": "2026-02-30"}, "line 3, column date: is no date"),
        ({"date": "2026-11-23"}, "line 3, column date: is before 2015 or in the future"),
        ({"date": "0026-11-20"}, "line 3, column date: is before 2015 or in the future"),
        ({"level": "account"}, "line 3, column level: is none of campaign, ad_set, ad"),
        ({"id": ""}, "line 3, column id: is empty; every line needs it"),
        ({"id": "x" * 201}, "line 3, column id: is longer than 200 letters"),
        ({"name": "=HYPERLINK(1)"}, "line 3, column name: looks like a formula"),
        ({"name": "-2+cmd|' /C calc'!A0"}, "line 3, column name: looks like a formula"),
        ({"name": "a\u202eb"}, "line 3, column name: holds letters that cannot be seen"),
        ({"landing_url": "javascript:alert(1)"}, "line 3, column landing_url: is no web address"),
        ({"spend": "1,50"}, "line 3, column spend: has a comma; write 1234.56"),
        ({"spend": "-1"}, "line 3, column spend: is negative"),
        ({"spend": "NaN"}, "line 3, column spend: is no number"),
        ({"spend": "1e999"}, "line 3, column spend: is larger than"),
        ({"spend": "12 €"}, "line 3, column spend: is no number"),
        ({"id": "a0"}, "line 3: has business, date, level and id of line 2"),
    ],
)
def test_a_bad_cell_is_named_by_line_and_column(cells: dict[str, str], said: str) -> None:
    assert problem_of(**cells).startswith(f"ads.csv: {said}")


@pytest.mark.parametrize("name", ["-50 % on everything", "+Size | DE", "@brand", "100% (new)", "Sale = now"])
def test_an_ordinary_name_is_no_formula(name: str) -> None:
    (row,) = read(HEADER + GOOD.replace("Blue shoe", name))
    assert row["name"] == name


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("business,date,id\n", "has no column level; its first line must name business, date, level, id"),
        (HEADER.replace("spend", "name"), "column name is there 2 times"),
        (HEADER.replace("spend", "1st"), "column 8 has no usable name"),
    ],
)
def test_a_header_that_does_not_fit_is_told_once(header: str, said: str) -> None:
    (only,) = problems(header + GOOD * 9)
    assert only.startswith(f"ads.csv: {said}")


def test_all_problems_are_told_at_once_the_first_twenty_one_by_one() -> None:
    lines = problems(HEADER + GOOD + GOOD.replace("ad,", "spot,").replace("1.5", "x") * 30)
    assert len(lines) == SHOWN + 1
    assert lines[0].startswith("ads.csv: line 3, column level: ")
    assert lines[1].startswith("ads.csv: line 3, column spend: ")
    assert lines[-1] == "and 40 more problems like these"


def test_a_problem_repeats_nothing_of_the_file() -> None:
    secret = "anna@example.com"
    told = problems(",".join(HEADER.strip().split(",")) + f",{secret}\n" + GOOD)
    told += problems(HEADER + ",".join([secret] * 8))
    assert len(told) == 6
    assert secret not in "".join(told)


def test_a_file_without_a_line_is_refused() -> None:
    assert problems(HEADER) == ["ads.csv: has a header and no line below it; deliver at least one"]


@given(st.lists(st.one_of(st.just(GOOD), st.text(st.characters(exclude_categories=["Cs"]), max_size=60)), max_size=6))
def test_any_text_below_a_header_is_loaded_whole_or_refused_in_lines(lines: list[str]) -> None:
    told: list[str] = []
    rows: list[dict[str, Any]] = []
    try:
        rows = read(HEADER + "".join(lines))
    except FileRefused as refused:
        told = refused.lines()
    assert bool(told) != bool(rows)
    assert not any("\n" in line for line in told)
    assert all(row["business_id"] == "acme" and row["metric_values"] == [1.5] for row in rows)
