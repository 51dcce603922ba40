"""The pipeline's own DuckDB file: open it, one at a time, and replace a lane. Called by `home`, which hands it to all others.

Nobody else may open this file: a reader blocks the writer and a writer the reader (`docs/design.md#one-writer`); analysts get the
copy that `publish` makes. The file is made in the storage version of DuckDB 1.2, because it is copied as it is and the
default of 2.0 locks older clients out (`docs/design.md#publishing`).
"""

import re
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.warehouse import schema
from clarity_pipeline.warehouse.damage import at_opening, damage_named, refuse_cut
from clarity_pipeline.warehouse.errors import WarehouseBusy
from clarity_pipeline.warehouse.files import keep_from_others, put_in_place, write_ahead_log
from clarity_pipeline.warehouse.kept_open import KeptOpen
from clarity_pipeline.warehouse.lock import hold, is_wanted

if TYPE_CHECKING:  # both are slow to import, and `status` holds a Warehouse that it never opens
    from duckdb import DuckDBPyConnection

STORAGE_VERSION = "v1.2.0"
"""The oldest DuckDB that opens the published copy."""

_CONFIG: Mapping[str, str | bool | int] = MappingProxyType(
    {
        "autoinstall_known_extensions": False,  # nothing of ours needs one, and no run may download code
        "memory_limit": "128MB",  # what a process may hold besides its own 150 MB; 64 MB still load into 1 million rows
        "threads": 1,  # a lane of 1,000 rows is one piece of work; a second thread only adds 5 ms
    }
)
_OPENED = "set TimeZone = 'UTC'; set enable_progress_bar = false"
"""DuckDB draws a bar on standard output, where a command's JSON goes, for whatever takes two seconds."""

_RETRY_SECONDS = 0.05
_LOCK_HOLDER = re.compile(r"Conflicting lock is held in .*\(PID (\d+)\)")


@dataclass(frozen=True, slots=True)
class Warehouse:
    """The DuckDB file at `path`, made at its first use; whoever must wait for it gives up after `wait_seconds`."""

    path: Path
    wait_seconds: float = field(default=60.0, kw_only=True)
    may_be_made: Callable[[], None] = field(default=lambda: None, kw_only=True, compare=False)
    """Called before a file is made where there is none; raises where there was one."""
    _kept: KeptOpen = field(default_factory=KeptOpen, init=False, repr=False, compare=False)

    @contextmanager
    def connect(self, *, what: str = "reading", keep: bool = False) -> Iterator["DuckDBPyConnection"]:
        """A connection in UTC, held alone among processes and closed whatever happens.

        `what` tells those who wait what they wait for ("loading acme 2026-01-01 url_device"). A second `connect` of the same
        thread is a second connection to the same file. With `keep` the file stays open, and held, for the thread's next
        `connect`, until one does not keep it, or `let_go`: for steps that follow each other at once.
        Raises `WarehouseBusy`, `WarehouseTooNew`, `WarehouseUnreadable`.
        """
        with damage_named(self.path):
            if keep or self._kept.is_open:
                with self._kept.use(self._opened(what=what), keep=keep) as connection:
                    yield connection
            else:
                with self._opened(what=what) as connection:
                    yield connection

    def known_of(self, what: Hashable) -> object | None:
        """What `know` was told of it since this thread holds the file; None where nothing is known, or no longer."""
        return self._kept.known.get(what) if self._kept.is_open else None

    def know(self, what: Hashable, known: object) -> None:
        """Remember this alone while the file is kept open; nothing where it is not, since another process may write to it."""
        self._kept.known.clear()
        if self._kept.is_open:
            self._kept.known[what] = known

    def let_go_if_wanted(self) -> None:
        """Let go where somebody waits for the file; else it stays open for what this thread does next."""
        if self._kept.is_open and is_wanted(self.path):
            self.let_go()

    def let_go(self) -> None:
        """Close what this thread has kept open, and let others have the file."""
        self._kept.let_go()

    @contextmanager
    def hold(self, *, what: str) -> Iterator[None]:
        """The right to touch the file, without opening it: for copying it. `connect` may be called inside."""
        self.let_go()
        with self._held(what=what):
            yield

    @contextmanager
    def _opened(self, *, what: str) -> Iterator["DuckDBPyConnection"]:
        with self._held(what=what):
            if not has_content(self.path):
                self.may_be_made()
                self._make()
            keep_from_others(self.path)
            connection = self._open()
            try:
                connection.execute(_OPENED)
                refuse_cut(connection, self.path)
                schema.bring_up(connection)
                yield connection
            finally:
                connection.close()

    @contextmanager
    def _held(self, *, what: str) -> Iterator[None]:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with hold(self.path, wait_seconds=self.wait_seconds, what=what):
            yield

    def _make(self) -> None:
        """Build the file under another name and rename it, so that half a file is never found under `path`."""
        unfinished = self.path.with_name(f"{self.path.name}.new")
        make_file(unfinished)
        failpoint("warehouse_built")
        put_in_place(unfinished, self.path)

    def _open(self) -> "DuckDBPyConnection":
        """Open the file; wait for a stranger who has it open, as for one of us."""
        import duckdb

        deadline = time.monotonic() + self.wait_seconds
        while True:
            try:
                return duckdb.connect(self.path, config=dict(_CONFIG))
            except duckdb.Error as error:
                held = _LOCK_HOLDER.search(str(error))
                if held is None:
                    raise at_opening(self.path, error) from error
                if time.monotonic() >= deadline:
                    raise WarehouseBusy(
                        f"process {held[1]} has {self.path.name} open, which is the pipeline's own file;"
                        " end that process, open the published copy instead, then run this again"
                    ) from None
            time.sleep(_RETRY_SECONDS)


def make_file(path: Path) -> None:
    """Make an empty file of this release's layout, which DuckDB 1.2 can open, whatever was there."""
    import duckdb

    for remains in (path, write_ahead_log(path)):
        remains.unlink(missing_ok=True)
    with duckdb.connect(path, config={**_CONFIG, "storage_compatibility_version": STORAGE_VERSION}) as connection:
        schema.make(connection)


def has_content(path: Path) -> bool:
    """Whether there is a file, and anything in it."""
    return path.exists() and path.stat().st_size > 0
