"""SQL by name: `statement("marts/url_day")` is the text of `sql/marts/url_day.sql`. Called by `warehouse` and `trust`.

The files lie in the open (`sql/` of a checkout, `clarity_pipeline/sql/` of a wheel), because analysts read them. A line
`-- include marts/measures` stands for the text of that file: a measure is written once, whatever groups it. Values are
always `$named` parameters; nothing here may put a value into SQL.
"""

import re
from functools import cache
from itertools import takewhile
from pathlib import Path

_INCLUDE = re.compile(r"^[ ]*-- include (\S+)\n", re.MULTILINE)


@cache
def statement(name: str) -> str:
    """The text of one SQL file, its includes filled in; FileNotFoundError for a name that no release ever had."""
    text = (_folder() / f"{name}.sql").read_text(encoding="utf-8")
    return _INCLUDE.sub(lambda included: statement(included[1]), text)


def names(folder: str) -> list[str]:
    """The statements of one folder by name, in the order of their names."""
    return sorted(path.stem for path in (_folder() / folder).glob("*.sql"))


def meaning(name: str) -> str:
    """What a row of a statement is: the comment that its file starts with, as one line."""
    comment = takewhile(lambda line: line.startswith("-- "), statement(name).splitlines())
    return " ".join(line.removeprefix("-- ") for line in comment)


@cache
def _folder() -> Path:
    package = Path(__file__).parents[1]
    installed = package / "sql"
    return installed if installed.is_dir() else package.parent / "sql"
