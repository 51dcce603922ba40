"""The reference pages say what the code says."""

from pathlib import Path

from clarity_pipeline.cli.main import cli
from clarity_pipeline.rules.language.condition import LEAVES
from clarity_pipeline.rules.language.metric import METRICS
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.warehouse.marts import MARTS
from clarity_pipeline_tests.house.norms import ROOT
from references.pages import FOLDER, PAGES, stale


def _page(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def test_no_reference_page_is_stale() -> None:
    assert list(stale()) == [], "run `make generate` and commit what it wrote"


def test_a_page_that_was_changed_by_hand_or_is_missing_is_named(tmp_path: Path) -> None:
    for file, page in stale(tmp_path).items():
        file.write_text(page, encoding="utf-8")
    assert stale(tmp_path) == {}
    (tmp_path / "metrics.md").write_text("# Metrics\n", encoding="utf-8")
    (tmp_path / "rules.md").unlink()
    assert [file.name for file in stale(tmp_path)] == ["metrics.md", "rules.md"]


def test_every_command_has_its_section() -> None:
    page = _page("cli.md")
    assert [name for name in cli.commands if f"\n## {name} {{#{name}}}\n" not in page] == []
    assert "\n## channels add {#channels-add}\n" in page


def test_every_table_mart_view_and_macro_has_its_section() -> None:
    names = {file.stem for kind in ("tables", "marts", "views", "macros") for file in (ROOT / "sql" / kind).glob("*.sql")}
    page = _page("tables.md")
    assert MARTS.keys() < names
    assert [name for name in sorted(names) if f"{{#{name}}}" not in page] == []


def test_every_metric_and_every_field_of_a_rule_is_named() -> None:
    assert [name for name in METRICS if f"| `{name}`" not in _page("metrics.md")] == []
    fields = {field for model in (Rule, *LEAVES.values()) for field in model.model_fields}
    assert [field for field in sorted(fields) if f"| `{field}` |" not in _page("rules.md")] == []


def test_no_page_names_a_place_on_somebodys_machine() -> None:
    home = str(Path.home())
    assert [name for name in PAGES if home in _page(name) or str(ROOT) in _page(name)] == []
