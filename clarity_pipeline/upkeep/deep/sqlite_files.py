"""The state database and Dagster's files, read to their last page and row. Called by `read_through`.

SQLite keeps no checksum of a page. `pragma integrity_check` finds what contradicts itself: a tree, an index, a value that breaks
a constraint. Each row is read by the types of its columns besides, so an instant, a date or a document that is none is found too.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.home import Home
from clarity_pipeline.state.schema.every_table import every_table
from clarity_pipeline.upkeep.doctor.finding import Finding

_CURE = "`clarity-pipeline restore` your newest back-up into an empty CLARITY_HOME; what came since is in the vault of this one"


def state_findings(home: Home) -> Iterator[Finding]:
    """Whether the state is whole: its file, where it is one, and each row of each table."""
    url = sa.make_url(home.settings.database_url)
    if url.get_backend_name() == "sqlite":
        for said in contradictions(Path(str(url.database))):
            yield Finding(
                "state_damaged", "error", None, f"the state database contradicts itself: {said}", _CURE, for_client=False
            )
    for name, table in every_table().tables.items():
        try:
            with home.state.read() as connection:
                for _ in connection.execute(sa.select(table)).partitions(1000):
                    pass
        except ClarityPipelineError as error:
            yield Finding(error.reason, "error", None, str(error).partition(";")[0], _CURE, for_client=False)
        except Exception as error:
            sentence = f"the table {name} of the state has a row that cannot be read ({type(error).__name__})"
            yield Finding("state_damaged", "error", None, sentence, _CURE, for_client=False)


def dagster_file_findings(home: Home) -> Iterator[Finding]:
    """Whether Dagster's files are whole; none of ours is in them but the history of runs."""
    folder = home.settings.dagster_folder
    for path in sorted(folder.glob("*/*.db")) if folder.is_dir() else ():
        for said in contradictions(path):
            sentence = f"{path.relative_to(home.settings.home)} contradicts itself: {said}"
            cure = "stop Dagster and move the file away: it is made anew, and the history of runs in the UI begins anew"
            yield Finding("dagster_file_damaged", "error", None, sentence, cure, for_client=False)


def contradictions(path: Path) -> Iterator[str]:
    """What SQLite says of a file, the first of each kind; nothing of one that is whole."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=30)) as connection:
            checks = ("pragma integrity_check(3)", "pragma foreign_key_check")
            found = [row for check in checks for row in connection.execute(check).fetchall() if row != ("ok",)]
    except sqlite3.DatabaseError as error:
        yield str(error)
        return
    if found:
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        yield f"{' '.join(' '.join(map(str, found[0])).split())[:120]}{more}"
