"""SQL by name: `statement("marts/url_day")` is the text of `sql/marts/url_day.sql`. Called by `warehouse` and `trust`.

The files lie in the open (`sql/` of a checkout, `clarity_pipeline/sql/` of a wheel), because analysts read them, and each runs as
it stands: what follows from the registry of measures is written into it by `make generate`. Values are always `$named`
parameters; nothing here may put a value into SQL.
"""

from functools import cache
from itertools import takewhile
from pathlib import Path


@cache
def statement(name: str) -> str:
    """The text of one SQL file; FileNotFoundError for a name that no release ever had."""
    return (_folder() / f"{name}.sql").read_text(encoding="utf-8")


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
