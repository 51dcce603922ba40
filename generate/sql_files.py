"""The parts of `sql/` that are generated, in their places: every file stands there whole, and runs as it stands.

A place begins with a line `-- generated: NAME` and ends with END. Its lines are a block of the registry (`blocks`), or the text
of another statement (`-- generated: statements/published_urls`), so that a select is written once whatever is asked around it.
"""

import re
from pathlib import Path

from generate.blocks import BLOCKS

SQL = Path(__file__).parents[1] / "sql"
END = "-- end of what is generated"
_PLACE = re.compile(rf"^(?P<indent> *)-- generated: (?P<name>\S+)\n(?:.*\n)*?(?P=indent){END}\n", re.MULTILINE)


def filled(text: str) -> str:
    """A file with its generated places as they should be; KeyError for a place that nobody knows what to write to."""
    return _PLACE.sub(lambda place: _place(place["name"], place["indent"]), text)


def stale() -> dict[Path, str]:
    """The files that are not as they should be, with what they should hold."""
    found = {file: (file.read_text(encoding="utf-8"), _wanted(file)) for file in sorted(SQL.rglob("*.sql"))}
    return {file: wanted for file, (text, wanted) in found.items() if text != wanted}


def _wanted(file: Path) -> str:
    return filled(file.read_text(encoding="utf-8"))


def _place(name: str, indent: str) -> str:
    lines = _of_statement(name) if "/" in name else BLOCKS[name]()
    return "".join(f"{indent}{line}\n" if line else "\n" for line in (f"-- generated: {name}", *lines, END))


def _of_statement(name: str) -> list[str]:
    lines = _wanted(SQL / f"{name}.sql").splitlines()
    while lines and lines[0].startswith("-- "):
        del lines[0]
    return [line for line in lines if not line.strip().startswith(("-- generated: ", END))]
