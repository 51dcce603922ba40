"""The reference pages of `docs/reference/`, from the code; `python -m generate` writes them.

What a command, a variable, a table or a metric is stands in the code alone; these pages are made of it and kept in the
repository, so that they can be read without a build and a change of them is seen in review.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from references import asvs, commands, environment, findings, metrics, orchestration, rules, tables, third_party

FOLDER = Path(__file__).parents[1] / "docs" / "reference"

PAGES: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        "cli.md": commands.page,
        "environment.md": environment.page,
        "tables.md": tables.page,
        "metrics.md": metrics.page,
        "findings.md": findings.page,
        "rules.md": rules.page,
        "dagster.md": orchestration.page,
        "third-party.md": third_party.page,
        "asvs.md": asvs.page,
    }
)


def stale(folder: Path = FOLDER) -> dict[Path, str]:
    """The pages in `folder` that differ from what the code says now, or are not there, with what they should hold."""
    pages = {folder / name: page() for name, page in PAGES.items()}
    return {file: page for file, page in pages.items() if not file.is_file() or file.read_text(encoding="utf-8") != page}
