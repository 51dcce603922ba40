"""Every command line that a document shows is understood by the command."""

import re
import shlex
from pathlib import Path

import click
import pytest

from clarity_pipeline.cli.main import cli
from clarity_pipeline_tests.house.norms import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]


def command_lines(text: str) -> list[str]:
    """`clarity-pipeline ...` anywhere in code, and code in sentences that begins with a command."""
    blocks = re.findall(r"^ *```[a-z]*\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL))
    spans = [f"clarity-pipeline {span}" if span.split()[0] in cli.commands and " " in span else span for span in spans]
    found = (re.search(r"clarity-pipeline +([a-z].*)", text.replace("\\|", "|")) for text in (*lines, *spans))
    return sorted({match[1].strip() for match in found if match})


SHOWN = sorted({(file.name, line) for file in DOCUMENTS for line in command_lines(file.read_text(encoding="utf-8"))})


def complaint(line: str) -> str | None:
    """What is wrong with a command line; None when it is understood. What it does is not asked."""
    words = shlex.split(re.sub(r"[\[\]()]|\.\.\.", " ", re.split(r" (?:[<>#]|\||&&|;|·)(?= |$)| {3}", line)[0]), comments=True)
    command: click.Command = cli
    while words and isinstance(command, click.Group) and words[0] in command.commands:
        command = command.commands[words.pop(0)]
    if isinstance(command, click.Group) and words and re.fullmatch(r"[a-z][a-z-]*", words[0]):
        return f"no command {words[0]}"
    known = {option for parameter in command.params for option in parameter.opts + parameter.secondary_opts}
    unknown = [word for word in words if word.startswith("--") and word.split("=")[0] not in known | {"--help", "--version"}]
    return f"no option {unknown[0]}" if unknown else None


def test_the_documents_show_commands() -> None:
    """Else the test below could not fail."""
    assert len(SHOWN) > 100
    assert {"README.md", "tutorial.md", "cli.md"} <= {name for name, _ in SHOWN}


@pytest.mark.parametrize(("name", "line"), SHOWN)
def test_every_command_line_of_the_documents_is_understood(name: str, line: str) -> None:
    assert complaint(line) is None, name


@pytest.mark.parametrize(
    "line", ["conect acme", "rules chek FILE", "sync --dates 2026-11-01", "panel create-admn you@example.com", "test acme --jsn"]
)
def test_a_wrong_command_line_is_seen(line: str) -> None:
    assert complaint(line) is not None


def test_commands_are_found_in_blocks_and_in_sentences() -> None:
    text = (
        "Ask `quota --json` or `rules check FILE`.\n```text\n.venv/bin/clarity-pipeline sync \\\n  --business acme\n```\n`status`"
    )
    assert command_lines(text) == ["quota --json", "rules check FILE", "sync    --business acme"]


def test_files_are_utf8_and_end_in_a_line() -> None:
    assert [file.name for file in DOCUMENTS if not Path(file).read_text(encoding="utf-8").endswith("\n")] == []
