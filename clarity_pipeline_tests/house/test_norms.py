"""The norms of the house, and that each of them can fail. Part of `make lint`."""

from pathlib import Path

import grimp

from clarity_pipeline_tests.house.norms import (
    COMMENTED,
    MODULES,
    PYTHON,
    ROOMS,
    ROOMS_TO_COME,
    ROOT,
    circle,
    citations,
    leads_nowhere,
    left_of_a_merge,
    names_at_the_root,
    too_long,
)


def test_no_module_is_longer_than_300_lines() -> None:
    assert too_long() == {}


def test_a_module_that_is_too_long_is_named(tmp_path: Path) -> None:
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "long.py").write_text("pass\n" * 301, encoding="utf-8")
    (tmp_path / "benchmarks" / "right.py").write_text("pass\n" * 300, encoding="utf-8")
    assert too_long(tmp_path) == {"benchmarks/long.py": 301}


def test_nothing_is_left_of_a_merge() -> None:
    assert left_of_a_merge() == []


def test_what_a_merge_left_is_named_also_within_a_docstring(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "left.md").write_text(f"Text\n{'<' * 7} HEAD\nmore\n", encoding="utf-8")
    (tmp_path / "left.py").write_text(f'"""Text.\n    {">" * 7} why\n"""\n', encoding="utf-8")
    (tmp_path / "right.md").write_text("> a quote\n=======\n<<< not seven\n", encoding="utf-8")
    assert left_of_a_merge(tmp_path) == ["docs/left.md", "left.py"]


def test_at_the_root_of_the_package_stand_the_rooms_and_nothing_else() -> None:
    """A name that comes or goes is a decision: it is written into `norms` and into the page on how to change things."""
    assert names_at_the_root() - ROOMS_TO_COME == ROOMS | MODULES


def test_the_rooms_are_at_most_26() -> None:
    assert len(ROOMS | MODULES | ROOMS_TO_COME) <= 26


def test_every_room_is_in_the_table_of_how_to_change_things() -> None:
    page = (ROOT / "docs" / "changing.md").read_text(encoding="utf-8")
    assert [room for room in sorted(ROOMS) if f"`{room}/`" not in page] == []
    assert [module for module in sorted(MODULES) if f"`{module}`" not in page] == []


def test_a_new_name_at_the_root_is_seen_and_a_folder_of_caches_is_not(tmp_path: Path) -> None:
    for name in ("alerts", "helpers", "gone/__pycache__"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("alerts/alert.py", "helpers/many.py", "gone/__pycache__/x.pyc", "utils.py", "errors.py", "__init__.py"):
        (tmp_path / name).touch()
    assert names_at_the_root(tmp_path) == {"alerts", "errors.py", "helpers", "utils.py"}


def test_no_module_imports_itself_by_a_detour() -> None:
    graph = grimp.build_graph("clarity_pipeline", cache_dir=None)
    assert len(graph.modules) > 300
    assert circle({module: graph.find_modules_directly_imported_by(module) for module in graph.modules}) is None


def test_a_circle_is_seen() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) is not None
    assert circle({"a": {"b"}, "b": {"c"}, "d": {"a"}}) is None


COMMENTING = sorted(
    file
    for folder in (*PYTHON, "sql", "deploy", ".github")
    for file in (ROOT / folder).rglob("*")
    if file.suffix in COMMENTED and "__pycache__" not in file.parts
)


def test_every_document_that_a_comment_names_is_there_with_its_section() -> None:
    nowhere = {str(file.relative_to(ROOT)): sorted(filter(leads_nowhere, citations(file))) for file in COMMENTING}
    assert {name: wrong for name, wrong in nowhere.items() if wrong} == {}


def test_comments_and_docstrings_are_read_and_other_text_is_not(tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text(
        '"""See `docs/gone.md#here`."""\nX = 1\n"""Also `README.md`."""\ny = "not.md"  # but notes.md\n', encoding="utf-8"
    )
    assert citations(file) == {"docs/gone.md#here", "README.md", "notes.md"}


def test_a_citation_needs_its_file_and_its_section(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(
        "# The page\n## One `word`, and more\n## Two {#second}\n```\n# no heading\n```\n", encoding="utf-8"
    )
    assert not leads_nowhere("page.md", tmp_path)
    assert not leads_nowhere("page.md#one-word-and-more", tmp_path)
    assert not leads_nowhere("page.md#second", tmp_path)
    for wrong in ("gone.md", "page.md#two", "page.md#no-heading", "page.md#three"):
        assert leads_nowhere(wrong, tmp_path)
