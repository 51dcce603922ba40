"""The analysts' file, brought to the newest state by what has changed, and swapped in whole. Called by `day.publish`.

Two files take turns: what was written since is put into the older one, which then takes the name. Readers that hold the old
file keep it; who opens the name anew gets the new one (`docs/design.md#publishing`). Where the older one cannot be written to,
since a reader has it or a crash left it, a copy of the newer one is; where neither is known, and after each change of the tables,
the file is made from nothing. Nothing here may leave half a file under the target's name.
"""

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.settings.settings import PAYLOAD_DAYS
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.warehouse.days import DATED
from clarity_pipeline.warehouse.errors import WarehouseBusy
from clarity_pipeline.warehouse.files import keep_from_others
from clarity_pipeline.warehouse.lock import hold
from clarity_pipeline.warehouse.published import publication
from clarity_pipeline.warehouse.published.bring_up import Doubtful, both_files, bring_up
from clarity_pipeline.warehouse.published.publication import Change, Publication
from clarity_pipeline.warehouse.published.two_files import TwoFiles, doubt, identity
from clarity_pipeline.warehouse.published.whole import make_whole
from clarity_pipeline.warehouse.store import Warehouse

Way = Literal["changes", "copy", "whole"]
"""What changed, into the older of the two files, or into a copy of the newer one; or everything, into a new file."""

_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Published:
    """The file that analysts may open now, and what was written for it: `reason` says why it was not the changes alone.

    `before` is the token of the file whose place it took, and `dates` are those with changes since; None where nobody knows.
    """

    path: Path
    size_bytes: int
    seconds: float
    way: Way
    rows: int
    reason: str | None
    before: str | None
    dates: frozenset[date] | None

    @property
    def said(self) -> str:
        """What was done, in a sentence without its stop."""
        if self.way == "changes":
            return f"{self.rows} rows that changed"
        told = "a copy with the rows that changed" if self.way == "copy" else "a whole file"
        return f"{told}, {self.rows} rows, since {self.reason}"


def publish(
    warehouse: Warehouse,
    target: Path,
    *,
    state: StateDatabase | None = None,
    payload_days: int | None = PAYLOAD_DAYS,
    whole: bool = False,
) -> Published:
    """Put a file in the place of `target` that says what the warehouse and `state` say; empty tables before the first load.

    `raw_payload` is that of the newest `payload_days` dates, of all with None. Without `state` its tables stay as they are. With
    `whole` the file is made from nothing. A crash leaves the old file. Raises `WarehouseBusy`.
    """
    started = time.perf_counter()
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    work = _Work(warehouse, TwoFiles(target), state, payload_days)
    with hold(work.files.lock, wait_seconds=warehouse.wait_seconds, what="publishing"):
        work.files.tidy()
        done = "a whole one was asked for" if whole else work.by_changes()
        if isinstance(done, str):
            done = work.whole(reason=done)
    way, rows, reason, before, dates = done
    return Published(
        path=target,
        size_bytes=target.stat().st_size,
        seconds=time.perf_counter() - started,
        way=way,
        rows=rows,
        reason=reason,
        before=before,
        dates=dates,
    )


_Done = tuple[Way, int, str | None, str | None, frozenset[date] | None]


@dataclass(frozen=True, slots=True)
class _Work:
    warehouse: Warehouse
    files: TwoFiles
    state: StateDatabase | None
    payload_days: int | None

    def by_changes(self) -> _Done | str:
        """Publish by what changed, or say why that cannot be."""
        with self.warehouse.hold(what="publishing"):
            now, known = self._begin()
            newer = _of(self.files.target, known)
            if newer is None:
                return "there is no file that this warehouse published"
            try:
                rows = self._bring_up(self.files.next, self._before(known), now)
                return self._finish(self.files.next, now, way="changes", rows=rows, reason=None, newer=newer)
            except Doubtful as doubtful:
                reason = str(doubtful)
            try:
                rows = self._bring_up(self._copied(), newer, now)
            except Doubtful as doubtful:
                return str(doubtful)
            return self._finish(self.files.made, now, way="copy", rows=rows, reason=reason, newer=newer)

    def whole(self, *, reason: str) -> _Done:
        """Publish all of it."""
        for _ in range(_ATTEMPTS):
            with self.warehouse.hold(what="publishing"):
                begun, known = self._begin()
                newer = _of(self.files.target, known)
            self.files.tidy()
            rows = make_whole(self.files.made, self.warehouse, begun=begun, state=self.state)
            with self.warehouse.hold(what="publishing"):
                now, known = self._begin()
                try:
                    if begun not in known:
                        raise Doubtful("another warehouse took its place meanwhile")
                    rows += self._bring_up(self.files.made, begun, now)
                except Doubtful:
                    continue
                return self._finish(self.files.made, now, way="whole", rows=rows, reason=reason, newer=newer)
        raise WarehouseBusy(
            "the warehouse was replaced again and again while it was published; run `clarity-pipeline publish` once `replay` has"
            " ended"
        )

    def _begin(self) -> tuple[Publication, list[Publication]]:
        with self.warehouse.connect(what="publishing") as connection:
            known = publication.known(connection)
            now = publication.begin(connection, state=self.state, payload_days=self.payload_days)
            connection.execute("checkpoint")
        failpoint("published_begun")
        return now, known

    def _before(self, known: Sequence[Publication]) -> Publication:
        if reason := doubt(self.files.next):
            raise Doubtful(reason)
        before = _of(self.files.next, known)
        if before is None:
            raise Doubtful("the file before is not one that this warehouse published")
        return before

    def _copied(self) -> Path:
        # No connection of this process has it open: closing any descriptor of a file drops this process's POSIX locks on it.
        shutil.copyfile(self.files.target, self.files.made)
        keep_from_others(self.files.made)
        failpoint("published_copied")
        return self.files.made

    def _bring_up(self, path: Path, before: Publication, now: Publication) -> int:
        with self.warehouse.connect(what="publishing") as connection:
            changes = publication.changes_since(connection, before)
        with both_files(path, self.warehouse) as connection:
            return bring_up(connection, before=before, now=now, changes=changes, state=self.state)

    def _finish(
        self, path: Path, now: Publication, *, way: Way, rows: int, reason: str | None, newer: Publication | None
    ) -> _Done:
        with self.warehouse.connect(what="publishing") as connection:
            dates = None if newer is None else _dates(publication.changes_since(connection, newer))
        failpoint("published_brought_up")
        self.files.swap(path)
        failpoint("published_swapped")
        with self.warehouse.connect(what="publishing") as connection:
            publication.settle(connection, now, file=identity(self.files.target), files=self.files.identities())
        return way, rows, reason, newer.token if newer else None, dates


def _of(path: Path, known: Sequence[Publication]) -> Publication | None:
    """The publication that is in a file."""
    if not path.exists():
        return None
    of_path = identity(path)
    return next((each for each in known if each.file == of_path), None)


def _dates(changes: Sequence[Change]) -> frozenset[date] | None:
    """The dates that changed of what Clarity tells; None where any may have."""
    told = [change for change in changes if change.table_name is None or change.table_name in DATED]
    dates = {change.date for change in told}
    return None if None in dates else frozenset(day for day in dates if day is not None)
