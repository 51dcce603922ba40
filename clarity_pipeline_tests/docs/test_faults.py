"""Each fault in the table of the documentation names the test that holds it, and that test is there."""

import ast

from clarity_pipeline_tests.house.norms import ROOT

TABLE = "### When the machine fails {#faults}"
TESTS = ROOT / "clarity_pipeline_tests"


def held_by() -> list[str]:
    """The last cell of each row."""
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").partition(TABLE)[2]
    rows = [line for line in text.splitlines() if line.startswith("| ")][2:]
    return [row.rstrip(" |").rpartition("| ")[2].strip("` ") for row in rows]


def test_each_fault_names_a_test_that_is_there() -> None:
    named = held_by()
    assert len(named) >= 20
    there = {}
    for place in {each.partition("::")[0] for each in named}:
        tree = ast.parse((TESTS / place).read_text(encoding="utf-8"))
        there[place] = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert [each for each in named if each.partition("::")[2] not in there[each.partition("::")[0]]] == []
