"""What the README says exists, and what exists the README says: commands, variables, tables; every command line parses."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from clarity_pipeline import settings
from clarity_pipeline.cli.main import cli

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
INTERNAL = {"clarity_lane_loads", "clarity_schema_digests", "clarity_schema_versions", "measures", "behavioral_measures"}
"""SQL files that are no table, mart, macro or view for an analyst."""

VARIABLES = sorted(set(re.findall(r'"(CLARITY_[A-Z_]+)"', Path(settings.__file__).read_text(encoding="utf-8"))))
TABLES = sorted(
    {file.stem for kind in ("tables", "marts", "macros", "views") for file in (ROOT / "sql" / kind).glob("*.sql")} - INTERNAL
)


def commands(group: click.Group, path: str = "clarity-pipeline") -> Iterator[str]:
    for name, command in group.commands.items():
        yield f"{path} {name}"
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")


def command_lines() -> list[str]:
    """`clarity-pipeline ...` anywhere in the README's code, and code in its sentences that begins with a command."""
    blocks = re.findall(r"^ *```[a-z]*\n(.*?)^ *```", README, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^ *```.*?^ *```", "", README, flags=re.MULTILINE | re.DOTALL))
    spans = [f"clarity-pipeline {span}" if span.split()[0] in cli.commands else span for span in spans]
    found = (re.search(r"clarity-pipeline +([a-z].*)", text.replace("\\|", "|")) for text in (*lines, *spans))
    return sorted({match[1].strip() for match in found if match})


def test_the_lists_are_not_empty() -> None:
    """Else the tests below could not fail."""
    assert len(VARIABLES) >= 6
    assert {"clarity_daily_metrics", "business_day", "url_behavioral_aggregates"} <= set(TABLES)


@pytest.mark.parametrize("command", list(commands(cli)))
def test_the_readme_names_every_command(command: str) -> None:
    _, *words = command.split()
    assert [line for line in command_lines() if line.split()[: len(words)] == words]


@pytest.mark.parametrize("variable", VARIABLES)
def test_the_readme_names_every_variable(variable: str) -> None:
    assert f"`{variable}`" in README


@pytest.mark.parametrize("table", TABLES)
def test_the_readme_names_every_table_mart_macro_and_view(table: str) -> None:
    assert re.search(rf"\b{table}\b", README)


@pytest.mark.parametrize("line", command_lines())
def test_every_command_line_of_the_readme_is_understood(line: str) -> None:
    words = shlex.split(re.sub(r"[\[\]()]|\.\.\.", " ", re.split(r" (?:[<>#]|\||&&|;|·)(?= |$)| {3}", line)[0]), comments=True)
    command: click.Command = cli
    while words and isinstance(command, click.Group) and not words[0].startswith("-"):
        name = words.pop(0)
        for alternative in name.split("|"):
            assert alternative in command.commands, f"no command {alternative}: {line}"
        command = command.commands[name.split("|")[0]]
    known = {option for parameter in command.params for option in parameter.opts} | {"--help", "-h", "--version"}
    for word in words:
        if word.startswith("-") and word != "-":
            assert word.split("=")[0] in known, f"no option {word}: {line}"


def test_the_changelog_says_what_is_new() -> None:
    assert re.search(r"^## \[.+\].*\n\n### \w+\n\n- ", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)


def test_no_document_names_a_place_of_its_authors() -> None:
    for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"(?<![\w.])/(?:work|root|tmp|home)/|\.\./shared", text), name
