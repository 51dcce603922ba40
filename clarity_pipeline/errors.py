"""The one base of every error that a person is meant to read.

The command line prints `str(error)` as its single line, the orchestration room turns it into a Dagster failure, and a sync
job keeps `reason` as its stable code. A message says who, which lane, and what to do now; it never holds a token, a
header, or a URL that came from a visitor.
"""

import re
from collections.abc import Iterator
from typing import ClassVar


class ClarityPipelineError(Exception):
    """Something that is true and in the way; `str()` is one line that ends in what to do."""

    reason: ClassVar[str] = "internal_error"


_REFUSALS = (
    (r"disk is full|No space left|Disk quota exceeded", "the disk is full: make room below CLARITY_HOME"),
    (
        r"readonly database|Read-only file system|Permission denied|unable to open database file",
        "it may not write: give back the right to write below CLARITY_HOME",
    ),
    (r"disk I/O error|Input/output error", "the disk cannot be read or written: look at the machine's own log"),
    (r"Too many open files", "too many files are open: raise the limit of this process (`ulimit -n`)"),
    (
        r"read-only transaction|recovery is in progress|during recovery",
        "the state database is a standby: name its primary in CLARITY_STATE_URL",
    ),
    (
        r"system is (?:starting up|shutting down|not yet accepting|in recovery)"
        r"|terminating connection|server closed the connection|Connection refused",
        "the database server was restarted",
    ),
)
"""What the machine's troubles are called by who meets them, SQLite, DuckDB, Postgres and the system itself, and what to do."""


def machine_refusal(*texts: str) -> str | None:
    """What of the machine is in the way, in our own words, if one of the texts of an error speaks of that."""
    said = "\n".join(texts)
    return next((f"the machine refuses: {what}" for pattern, what in _REFUSALS if re.search(pattern, said)), None)


def texts_of(error: BaseException) -> Iterator[str]:
    """What an error says, and those that led to it."""
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield str(found)
        found = found.__cause__ or found.__context__
