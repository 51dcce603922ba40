"""`experiments import` and `list`: what people and programs are told of a variant."""

from pathlib import Path

from clarity_pipeline_tests.cli.conftest import Clarity
from clarity_pipeline_tests.imports.experiments.test_columns import CONTROL, HEADER, OTHER
from clarity_pipeline_tests.world import DAY


def test_variants_are_loaded_judged_and_listed(clarity: Clarity, tmp_path: Path) -> None:
    assert clarity("experiments", "list").out.startswith("No experiment is loaded")
    assert clarity("experiments", "list", "--json").document == []
    path = tmp_path / "checkout.csv"
    path.write_text((HEADER + CONTROL + OTHER).replace("2026-11-20", str(DAY)))
    assert clarity("experiments", "import", str(path), "--dry-run").out.endswith("nothing was loaded (--dry-run).\n")
    assert clarity("experiments", "import", str(path), "--json").document["loaded"] is True
    control, other = clarity("experiments", "list", "--business", "acme", "--json").document
    assert (control["variant"], control["is_control"], other["conversion_rate"]) == ("a", True, 0.1)
    lines = clarity("experiments", "list").out.splitlines()
    assert lines[0] == f"acme  checkout  a  ({DAY} to {DAY})"
    assert lines[3].startswith("  no sign of more conversions with more frustration: 10.0 % of 90 visitors ")
    assert clarity("experiments", "list", "--business", "nobody").status == 1


def test_a_wrong_file_is_told_line_by_line(clarity: Clarity, tmp_path: Path) -> None:
    path = tmp_path / "checkout.csv"
    path.write_text(HEADER + CONTROL.replace("2026-11-20", str(DAY)).replace("100,7", "7,100"))
    ran = clarity("experiments", "import", str(path))
    assert (ran.status, ran.err.splitlines()[0].startswith("error: checkout.csv: line 2, column conversions: ")) == (2, True)
