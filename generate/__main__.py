"""Write everything that follows from the code and stands in a file: `python -m generate`, or `--check` to compare.

That is, after a new entry in the registry of measures: the step of the warehouse and the revision of the state database with its
columns, the SQL that names every measure, the reference pages, and the files of the new layout that later releases are held to
open. A second run changes nothing.
"""

import argparse
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from clarity_pipeline.state.database import HEAD
from clarity_pipeline.warehouse.schema import steps
from clarity_pipeline_tests.released.files import STATES, WAREHOUSES
from generate import columns, sql_files, state_revision, warehouse_step
from references import pages

ROOT = Path(__file__).parents[1]
RELEASED = "clarity_pipeline_tests.released.make"

LAYOUT: tuple[Callable[[], dict[Path, str]], ...] = (warehouse_step.stale, state_revision.stale)
"""What changes the tables; everything else is made from the tables as they then are."""

SQL: tuple[Callable[[], dict[Path, str]], ...] = (sql_files.stale,)
PAGES: tuple[Callable[[], dict[Path, str]], ...] = (columns.stale, pages.stale)


def write() -> int:
    """Write what is stale and say so; the exit status."""
    if _put(LAYOUT) or _put(SQL):
        return _start("generate")  # a process reads steps, revisions and SQL once
    _put(PAGES)
    return 0 if _released_is_whole() else _start(RELEASED)


def check() -> int:
    """Name what is stale; 1 when anything is."""
    found = [file for stale in (*LAYOUT, *SQL, *PAGES) for file in stale()]
    for file in found:
        print(f"{file.relative_to(ROOT)} is not what the code says: run `make generate` and commit it", file=sys.stderr)
    if not _released_is_whole():
        print(
            "the newest layout has no file in clarity_pipeline_tests/released: run `make generate` and commit it", file=sys.stderr
        )
    return 1 if found or not _released_is_whole() else 0


def main() -> int:
    """Run the command; its exit status."""
    parser = argparse.ArgumentParser(prog="python -m generate", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when anything is stale")
    return check() if parser.parse_args().check else write()


def _put(sources: tuple[Callable[[], dict[Path, str]], ...]) -> bool:
    found = {file: text for stale in sources for file, text in stale().items()}
    for file, text in found.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        print(f"wrote {file.relative_to(ROOT)}", flush=True)
    return bool(found)


def _released_is_whole() -> bool:
    return len(WAREHOUSES) == len(steps()) and STATES[-1].number == int(HEAD)


def _start(module: str) -> int:
    return subprocess.run([sys.executable, "-m", module], cwd=ROOT, check=False).returncode  # noqa: S603 (our own modules)


if __name__ == "__main__":
    sys.exit(main())
