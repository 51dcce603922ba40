"""What a replay takes over from where the warehouse is missing, damaged, cut, or another home's. Called by `replay`.

Nothing is deleted: what cannot be read is set aside under a dated name. Of a file with a damaged log only the log is set aside,
since the file itself has all that was there at its last checkpoint. Where nothing of the working file is left, what people
delivered and what the vault cannot tell any more come from the published copy.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from clarity_pipeline.day.known_less import lanes_in
from clarity_pipeline.home import Home
from clarity_pipeline.warehouse.errors import WarehouseUnreadable
from clarity_pipeline.warehouse.files import write_ahead_log
from clarity_pipeline.warehouse.published.publication import is_behind
from clarity_pipeline.warehouse.store import Warehouse, has_content


@dataclass(frozen=True, slots=True)
class Before:
    """The file that is taken over from, if there is one, and what a person is to know of it, one line each."""

    warehouse: Warehouse | None
    notes: tuple[str, ...] = ()


@contextmanager
def before_it(home: Home) -> Iterator[Before]:
    """What can be taken over, read through; the caller replaces the warehouse within the block.

    A copy of the published file lies beside the warehouse meanwhile. Raises `WarehouseTooNew`, `WarehouseBusy` or
    `WarehouseRefused`.
    """
    copy = home.warehouse.path.with_name(f"{home.warehouse.path.name}.published")
    with home.warehouse.hold(what="replaying"):
        notes = list(_set_aside_what_cannot_be_read(home))
    if has_content(home.warehouse.path):
        yield Before(home.warehouse, tuple(notes))
        return
    published = home.settings.published_file
    try:
        if not has_content(published):
            yield Before(None, (*notes, *_lost(home)))
            return
        shutil.copyfile(published, copy)
        of = Warehouse(copy)
        try:
            _read_through(of)
        except WarehouseUnreadable:
            yield Before(None, (*notes, *_lost(home), "the published copy cannot be read either"))
            return
        since = datetime.fromtimestamp(published.stat().st_mtime, UTC)
        notes.append(
            "what people delivered, and what the vault tells no more, is taken from the published copy of"
            f" {since:%Y-%m-%d %H:%M} UTC: import again what came later"
        )
        yield Before(of, tuple(notes))
    finally:
        for remains in (copy, write_ahead_log(copy), copy.with_name(f"{copy.name}.lock")):
            remains.unlink(missing_ok=True)


def _lost(home: Home) -> Iterator[str]:
    if home.ledger.knows_of_loads():
        yield "there is neither a warehouse nor a published copy: import again what people delivered, which is in no answer"


def _set_aside_what_cannot_be_read(home: Home) -> Iterator[str]:
    path = home.warehouse.path
    if not has_content(path):
        for remains in (path, write_ahead_log(path)):
            if has_content(remains):
                yield _aside(remains, home)
        path.unlink(missing_ok=True)
        return
    log = write_ahead_log(path)
    try:
        _read_through(home.warehouse)
    except WarehouseUnreadable as error:
        if "its log is damaged" not in str(error) or not log.exists():
            yield _aside(path, home)
            if log.exists():
                yield _aside(log, home)
            return
    else:
        if _is_of_another_home(home):
            yield _aside(path, home)
            yield "it is the warehouse of another home, and nothing of it was taken over"
        elif _is_behind(home):
            yield _aside(path, home)
            yield "it is older than what is published, and nothing of it was taken over"
        return
    since = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    yield _aside(log, home)
    yield (
        f"the log held what was written since {since:%Y-%m-%d %H:%M} UTC: lanes come back from the vault; import again what"
        " people delivered since"
    )
    try:
        _read_through(home.warehouse)
    except WarehouseUnreadable:
        yield _aside(path, home)


def _read_through(warehouse: Warehouse) -> None:
    """Open it, bring it up to this release, and read every table; `WarehouseUnreadable` where a part cannot be read."""
    with warehouse.connect(what="reading all of it") as connection:
        for (name,) in connection.execute("select table_name from duckdb_tables() where not internal").fetchall():
            connection.execute(f'select bit_xor(hash(row)) from "{name}" as row').fetchall()  # noqa: S608 (its own names)


def _is_of_another_home(home: Home) -> bool:
    """Whether no lane that it has was ever loaded here, though lanes were."""
    loaded = {(lane.business_id, lane.date, lane.slice, lane.answer_sha256) for lane in home.ledger.all()}
    with home.warehouse.connect(what="comparing with what was loaded") as connection:
        there = {(lane.business_id, lane.date, lane.slice, lane.answer_sha256) for lane in lanes_in(connection)}
    return bool(loaded and there) and not loaded & there


def _is_behind(home: Home) -> bool:
    """Whether it is an older copy of what was published last."""
    with home.warehouse.connect(what="comparing with what is published") as connection:
        return is_behind(connection, home.settings.published_file, state=home.state)


def _aside(path: Path, home: Home) -> str:
    kept = path.with_name(f"{path.name}.damaged-{home.clock():%Y%m%dT%H%M%SZ}")
    path.replace(kept)
    return f"{path.name} could not be used and is kept as {kept.name}"
