"""The analysts' file as something to read rules' days from: for whoever tries a rule and may not touch the working file.

Opened for reading by the panel's trials, as by any analyst: it blocks no load, and no publication, which writes to the
other of its two files (`docs/design.md#publishing`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clarity_pipeline.warehouse.errors import WarehouseError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class NothingPublished(WarehouseError):
    """There is no published file here, or one that an older release made."""

    reason = "nothing_published"


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """The file at `path`; one that is replaced while it is open stays what it was."""

    path: Path

    @contextmanager
    def connect(self, *, what: str = "reading") -> Iterator["DuckDBPyConnection"]:
        """A connection in UTC that can only read. Raises `NothingPublished`."""
        import duckdb

        if not self.path.exists():
            raise NothingPublished("no numbers are published yet: the first daily sync publishes them, then try this again")
        try:
            with duckdb.connect(self.path, read_only=True, config={"threads": 1, "memory_limit": "256MB"}) as connection:
                connection.execute("set TimeZone = 'UTC'")
                yield connection
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise NothingPublished(
                f"{what}: the published numbers are of an older release; the next daily sync publishes them anew"
            ) from error
        except duckdb.IOException as error:
            raise NothingPublished(f"{what}: the published numbers cannot be read; publish them anew") from error
