"""Write the reference pages of `docs/reference/` from the code: `python -m references`, or `--check` to compare.

What a command, a variable, a table or a metric is stands in the code alone; these pages are made of it and kept in the
repository, so that they can be read without a build and a change of them is seen in review.
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from references import commands, environment, metrics, orchestration, rules, tables

FOLDER = Path(__file__).parents[1] / "docs" / "reference"

PAGES: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        "cli.md": commands.page,
        "environment.md": environment.page,
        "tables.md": tables.page,
        "metrics.md": metrics.page,
        "rules.md": rules.page,
        "dagster.md": orchestration.page,
    }
)


def stale(folder: Path = FOLDER) -> list[str]:
    """Names of the pages in `folder` that differ from what the code says now, or are not there."""
    found = []
    for name, page in PAGES.items():
        file = folder / name
        if not file.is_file() or file.read_text(encoding="utf-8") != page():
            found.append(name)
    return found


def write(folder: Path = FOLDER) -> None:
    """Replace every page."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (folder / name).write_text(page(), encoding="utf-8")


def main() -> int:
    """Run the command; its exit status."""
    parser = argparse.ArgumentParser(prog="python -m references", description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a page is stale")
    if not parser.parse_args().check:
        write()
        print(f"Wrote {', '.join(PAGES)} to docs/reference/")
        return 0
    for name in (old := stale()):
        print(f"docs/reference/{name} is not what the code says: run `make reference` and commit it", file=sys.stderr)
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main())
