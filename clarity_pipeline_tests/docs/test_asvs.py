"""The page about OWASP ASVS says what is so: no requirement is left out, each test that it names is there and is collected."""

import ast
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from references.asvs import CHAPTERS, requirements

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "clarity_pipeline_tests"

IN_A_CHAPTER = {
    1: 27,
    2: 11,
    3: 19,
    4: 10,
    5: 9,
    6: 35,
    7: 18,
    8: 7,
    9: 7,
    10: 29,
    11: 14,
    12: 9,
    13: 13,
    14: 9,
    15: 13,
    16: 16,
    17: 7,
}
"""How many requirements of levels 1 and 2 ASVS 5.0.0 has."""


@cache
def where() -> dict[str, list[str]]:
    """The files that a test's name is in, as a function that pytest takes."""
    found: dict[str, list[str]] = {}
    for file in TESTS.rglob("test_*.py"):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                found.setdefault(node.name, []).append(str(file.relative_to(ROOT)))
    return found


def test_every_requirement_of_the_two_levels_is_there_once_and_in_order() -> None:
    numbers = [each.number for each in requirements()]
    assert numbers == sorted(set(numbers))
    assert Counter(number[0] for number in numbers) == IN_A_CHAPTER
    assert IN_A_CHAPTER.keys() == CHAPTERS.keys()
    assert Counter(each.level for each in requirements()) == {1: 70, 2: 183}


def test_at_least_120_are_held_by_tests_and_the_others_say_why() -> None:
    held = [each for each in requirements() if each.state == "held"]
    assert len(held) >= 120
    assert [each.shown_number for each in held if not each.tests] == []
    assert [each.shown_number for each in requirements() if each.state != "held" and each.tests] == []
    assert [each.shown_number for each in requirements() if not each.how] == []
    documented = [each for each in requirements() if each.state == "documented"]
    assert [each.shown_number for each in documented if "](" not in each.how and "deploy/" not in each.how] == []


def test_each_test_that_is_named_is_there_once() -> None:
    named = {name for each in requirements() for name in each.tests}
    assert sorted(name for name in named if len(where().get(name, ())) != 1) == []


@pytest.mark.slow("pytest collects a hundred files")
def test_each_test_that_is_named_is_collected() -> None:
    named = {name for each in requirements() for name in each.tests}
    files = sorted({file for name in named for file in where()[name]})
    command = [sys.executable, "-m", "pytest", "--collect-only", "-m", "", "-n", "0", *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    collected = set(re.findall(r"(?:::|<Function )(test_\w+)", done.stdout))
    assert named - collected == set(), done.stderr
