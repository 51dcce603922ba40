"""The two files that take turns: the one that analysts open, and the one that is next. Called by `file`.

The next one is written to in place, so nobody may be reading it: neither DuckDB nor `cp`, `rsync` or a backup. DuckDB's own lock
tells of DuckDB alone, and not of this process; a lease of Linux is given only where nobody at all on this machine has the file
open. Where there is no such lease (another system, a network drive) the answer is that somebody may, and a copy is written to.
"""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.warehouse.files import put_in_place, write_ahead_log


@dataclass(frozen=True, slots=True)
class TwoFiles:
    """The published file `target` and what stands beside it; names with a dot, since analysts open one file."""

    target: Path

    @property
    def next(self) -> Path:
        """The file before, which is brought up and takes the place of `target`."""
        return self.target.with_name(f".{self.target.name}.next")

    @property
    def made(self) -> Path:
        """A file that is being made."""
        return self.target.with_name(f".{self.target.name}.new")

    @property
    def lock(self) -> Path:
        """What publishers take turns by."""
        return self.target.with_name(f".{self.target.name}")

    @property
    def _left(self) -> Path:
        return self.target.with_name(f".{self.target.name}.left")

    def tidy(self) -> None:
        """Remove what a crash left."""
        for each in (self.made, self._left, self.target.with_name(f"{self.target.name}.new")):
            each.unlink(missing_ok=True)
            write_ahead_log(each).unlink(missing_ok=True)
            shutil.rmtree(each.with_name(f"{each.name}.tmp"), ignore_errors=True)

    def swap(self, finished: Path) -> None:
        """Put a finished file in the place of `target` by one rename, and keep that as the next one.

        A crash leaves the old file under the name or the new one; the next publication finds out what it can use.
        """
        self._left.unlink(missing_ok=True)
        if self.target.exists():
            try:
                os.link(self.target, self._left)
            except OSError:  # a file system without links: each publication copies the file
                self._left.unlink(missing_ok=True)
        failpoint("published_kept")
        put_in_place(finished, self.target)
        failpoint("published_renamed")
        if self._left.exists():
            self._left.replace(self.next)
        else:
            self.next.unlink(missing_ok=True)

    def identities(self) -> list[str]:
        """Of the files that are there."""
        return [identity(each) for each in (self.target, self.next) if each.exists()]


def identity(path: Path) -> str:
    """Which file it is, and that nobody has written to it since: a copy or a restored one has another."""
    status = path.stat()
    return f"{status.st_ino}:{status.st_size}:{status.st_mtime_ns}"


def doubt(path: Path) -> str | None:
    """Why it may not be written to, None where it may."""
    if not path.exists():
        return "there is no file before it"
    if write_ahead_log(path).exists():
        return "a publication was interrupted"
    if path.stat().st_nlink != 1:
        return "the file before has a second name"
    if not _nobody_has_open(path):
        return "a reader still has the file before open"
    return None


def _nobody_has_open(path: Path) -> bool:
    if sys.platform != "linux":
        return False
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True
