"""`entities import` and `list`: all files or none, each problem a line, documents for programs."""

from pathlib import Path

import pytest

from clarity_pipeline_tests.cli.conftest import Clarity
from clarity_pipeline_tests.imports.test_inbox import GOOD, HEADER
from clarity_pipeline_tests.world import DAY


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """A good file and a bad one."""
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(HEADER + GOOD + GOOD.replace("ad,", "campaign,"))
    bad.write_text(HEADER + GOOD.replace("1.5", '"1,5"') + GOOD.replace("acme", "nobody"))
    return str(good), str(bad)


def test_what_is_loaded_is_listed(clarity: Clarity, files: tuple[str, str]) -> None:
    assert clarity("entities", "list").out.startswith("No campaign, ad set or ad is loaded")
    ran = clarity("entities", "import", files[0])
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.endswith("Loaded. `clarity-pipeline publish` shows it to analysts.\n")
    campaign, ad = clarity("entities", "list", "--json").document
    assert (campaign["level"], ad["level"], ad["entities"], ad["columns"]) == ("campaign", "ad", 1, ["spend"])
    assert (ad["business"], ad["from_date"], ad["loaded_at"]) == ("acme", str(DAY), "2026-05-04T00:05:00Z")
    assert clarity("entities", "list", "--business", "acme").out.count("spend") == 2


def test_one_bad_file_keeps_all_from_being_loaded_and_every_problem_is_a_line(clarity: Clarity, files: tuple[str, str]) -> None:
    ran = clarity("entities", "import", *files)
    assert (ran.status, ran.out) == (2, "")
    first, second, last = ran.err.splitlines()
    assert first.startswith("error: bad.csv: line 2, column spend: has a comma")
    assert second.startswith("error: bad.csv: line 3, column business: is no business")
    assert last == "error: 2 problems; nothing was loaded, mend the file and import it again"
    assert clarity("entities", "list", "--json").document == []


def test_the_document_of_an_import(clarity: Clarity, files: tuple[str, str]) -> None:
    refused = clarity("entities", "import", files[1], "--json").document
    assert (refused["loaded"], refused["files"], refused["problem_count"], len(refused["problems"])) == (False, [], 2, 2)
    dry = clarity("entities", "import", files[0], "--dry-run", "--json").document
    assert (dry["loaded"], dry["problems"]) == (False, [])
    assert clarity("entities", "list", "--json").document == []
    loaded = clarity("entities", "import", files[0], "--json").document
    assert loaded == {**dry, "loaded": True}
    assert {name: loaded["files"][0][name] for name in ("file", "rows", "businesses", "from_date", "to_date")} == {
        "file": "good.csv", "rows": 2, "businesses": ["acme"], "from_date": str(DAY), "to_date": str(DAY),
    }  # fmt: skip


def test_what_cannot_be_read_is_said_in_one_line(clarity: Clarity, tmp_path: Path) -> None:
    ran = clarity("entities", "import", str(tmp_path / "missing.csv"))
    assert ran.status == 2
    assert ran.err.splitlines()[0] == "error: missing.csv: cannot be read: No such file or directory; check path and permissions"
    assert clarity("entities", "list", "--business", "nobody").status == 1
