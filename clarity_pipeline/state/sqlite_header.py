"""What the header of a SQLite file says of itself. Called by `database` for the state, and by `dagster_files`."""

from pathlib import Path

_MAGIC = b"SQLite format 3\0"
_VERSIONS = slice(18, 20)
_KNOWN = {1, 2}
"""A rollback journal and a WAL: the file format's write and read version (sqlite.org/fileformat2.html, 1.3.3)."""


def says_an_unknown_format(path: Path) -> bool:
    """Whether a file of SQLite has a write or read version that no SQLite wrote: then bits of it were turned over.

    SQLite takes a file whose write version it does not know for one that may only be read, and every write is refused with
    "attempt to write a readonly database", as if the machine forbade it.
    """
    with path.open("rb") as file:
        header = file.read(_VERSIONS.stop)
    return header.startswith(_MAGIC) and not set(header[_VERSIONS]) <= _KNOWN
