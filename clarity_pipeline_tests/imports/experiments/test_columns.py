"""The columns of `experiments`: what tells a variant apart, and what cannot."""

from datetime import UTC, datetime
from typing import Any

import pytest

from clarity_pipeline.imports.experiments.columns import EXAMPLE, read_experiments
from clarity_pipeline.imports.experiments.rows import SCHEMA
from clarity_pipeline.imports.files.problems import FileRefused
from clarity_pipeline.imports.files.table import read_table
from clarity_pipeline_tests.rules.markers.test_markers import business

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
HEADER = "business,date,experiment,variant,is_control,url_pattern,campaign_pattern,visitors,conversions\n"
CONTROL = "acme,2026-11-20,checkout,a,true,https://x.de/a*,,100,7\n"
OTHER = "acme,2026-11-20,checkout,b,,https://x.de/b*,,90,9\n"


def read(text: str, *, kept: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    table = read_table(text.encode(), source="e.csv")
    businesses = {"acme": business("acme", kept=kept)}
    return list(read_experiments(table, businesses=businesses, today=NOW.date(), loaded_at=NOW).to_pylist())


def problem(text: str) -> str:
    with pytest.raises(FileRefused) as refused:
        read(HEADER + text)
    (only,) = refused.value.lines()
    return only


def test_a_good_file_becomes_rows() -> None:
    control, other = read(HEADER + CONTROL + OTHER)
    assert list(control) == SCHEMA.names
    assert (control["variant"], control["is_control"], control["visitors"], control["conversions"]) == ("a", True, 100, 7)
    assert (other["is_control"], other["url_pattern"], other["campaign_pattern"]) == (False, "https://x.de/b*", None)
    assert len(read(EXAMPLE)) == 2


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("HTTP://X.de/A*", "https://x.de/A*"),
        ("http://X.de/A/?", "https://x.de/A"),
        ("https://x.de/a/index.html", "https://x.de/a"),
        ("*/checkout-b", "*/checkout-b"),
        ("https://*.x.de/a", "https://*.x.de/a"),
        ("https://x.de/a?variant=b&mail=a@b.de", "https://x.de/a?variant=b"),
    ],
)
def test_a_pattern_is_spelt_as_pages_are(given: str, kept: str) -> None:
    (row,) = read(HEADER + CONTROL.replace("https://x.de/a*", given), kept=("variant",))
    assert row["url_pattern"] == kept


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CONTROL.replace(",100,7", ",7,100"), "line 2, column conversions: is more than visitors"),
        (CONTROL.replace(",100,7", ",100.5,7"), "line 2, column visitors: is a count and has a fraction"),
        (CONTROL.replace("https://x.de/a*", ""), "line 2: needs url_pattern or campaign_pattern, and not both"),
        (CONTROL.replace("a*,,", "a*,summer,"), "line 2: needs url_pattern or campaign_pattern, and not both"),
        (CONTROL.replace("https://x.de/a*", "**"), "line 2, column url_pattern: matches everything"),
        (CONTROL.replace("a*,", "*a*a*a*a*a*,"), "line 2, column url_pattern: has more than 5 stars"),
        (CONTROL.replace("a*,", "a?v=1,"), "line 2, column url_pattern: has a query"),
        (CONTROL.replace("true", "perhaps"), "line 2, column is_control: is neither true nor false"),
        (CONTROL + CONTROL, "line 3: has business, date, experiment and variant of line 2"),
        (CONTROL + OTHER.replace("b,,", "b,yes,"), "line 3, column is_control: is true for a second variant"),
        ("", "has a header and no line below it"),
    ],
)
def test_what_cannot_tell_a_variant_is_named_by_line_and_column(text: str, said: str) -> None:
    assert problem(text).startswith(f"e.csv: {said}")


def with_share(cell: str) -> str:
    return f"{HEADER.strip()},intended_share\n{CONTROL.strip()},{cell}\n"


@pytest.mark.parametrize(("cell", "meant"), [("0.5", 0.5), ("50%", 0.5), ("33.3 %", 0.333), ("1", 1.0), ("", None)])
def test_the_share_that_was_meant_is_a_part_or_a_percentage(cell: str, meant: float | None) -> None:
    (row,) = read(with_share(cell))
    assert row["intended_share"] == (None if meant is None else pytest.approx(meant))


@pytest.mark.parametrize("cell", ["0", "50", "half"])
def test_what_is_no_share_is_told(cell: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read(with_share(cell))
    assert "column intended_share: is no share of the visitors; write 0.5 or 50%" in refused.value.lines()[0]


def test_a_column_that_is_not_known_is_a_problem_and_not_a_number() -> None:
    with pytest.raises(FileRefused, match="column visits is not known; the columns are business, date, experiment"):
        read(HEADER.strip() + ",visits\n" + CONTROL.strip() + ",1\n")
