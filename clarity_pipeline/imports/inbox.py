"""The folders that people and their tools drop files into: each file is loaded once and put away.

Called by `orchestration.imports`.

A file that is loaded goes to `done/`, one that is wrong to `rejected/`, beside a text that says why; no file keeps another
waiting. Its content is loaded once: when a process dies between loading and putting away, the next one only puts it away.
What is still being written is left alone: a file is taken when it has not changed between two looks, and not while it is hidden
or named as no table is (`.part`, `.tmp`).
"""

import json
import os
import stat
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Literal

from clarity_pipeline.connections.business import Business
from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.imports.files.problems import FileRefused
from clarity_pipeline.imports.files.table import shown_name
from clarity_pipeline.imports.load_files import Checked, Kind, check_file, ids_of, load_once
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.warehouse.lock import hold
from clarity_pipeline.warehouse.store import Warehouse

SETTLE_SECONDS = 10.0
"""Nobody pauses so long within a file, and a copy that keeps its old time is still seen growing."""

SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".parquet"})
DONE, REJECTED = "done", "rejected"

Outcome = Literal["loaded", "known", "rejected", "left"]

Stamp = tuple[int, int]
"""Size in bytes and time of the last change in nanoseconds."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one file: `known` was loaded before, `left` stays where it is, since it changed or cannot be moved."""

    name: str
    outcome: Outcome
    rows: int = 0
    business_days: tuple[tuple[str, date], ...] = ()
    problems: tuple[str, ...] = ()
    problem_count: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Looks:
    """What was seen in a folder: each file's stamp, and since when (seconds since 1970) it has had it."""

    seen: Mapping[str, tuple[Stamp, float]]

    @classmethod
    def from_text(cls, text: str | None) -> "Looks":
        """What `text` gave; anything else is a first look."""
        try:
            found = json.loads(text or "{}")
            return cls({name: ((int(size), int(changed)), float(since)) for name, (size, changed, since) in found.items()})
        except (ValueError, TypeError, AttributeError):
            return cls({})

    def text(self) -> str:
        """For the next look."""
        return json.dumps({name: [*stamp, since] for name, (stamp, since) in self.seen.items()})

    def again(self, folder: Path, *, now: float) -> "Looks":
        """Look once more."""
        return Looks(
            {
                name: (stamp, self.seen[name][1] if name in self.seen and self.seen[name][0] == stamp else now)
                for name, stamp in waiting(folder).items()
            }
        )

    def settled(self, *, now: float) -> list[str]:
        """The files that have stood still long enough, by name."""
        return sorted(name for name, (_, since) in self.seen.items() if now - since >= SETTLE_SECONDS)


def waiting(folder: Path) -> dict[str, Stamp]:
    """The ordinary files in a folder that could be tables; links are not followed, a folder that is missing has none."""
    if not folder.is_dir():
        return {}
    found = {}
    for each in os.scandir(folder):
        if each.name.startswith(".") or not each.name.isprintable() or Path(each.name).suffix.lower() not in SUFFIXES:
            continue
        status = each.stat(follow_symlinks=False)
        if stat.S_ISREG(status.st_mode):
            found[each.name] = (status.st_size, status.st_mtime_ns)
    return found


def take(
    warehouse: Warehouse,
    settings: Settings,
    *,
    kind: Kind,
    names: Iterable[str],
    businesses: Collection[Business],
    now: datetime,
) -> list[Taken]:
    """Load those of the named files that lie in the folder of `settings`, by name and as of `now`, and put each away.

    Raises what the warehouse raises when it cannot be used (`WarehouseBusy`): then the files stay.
    """
    folder = settings.inbox_folder(kind)
    settings.locks_folder.mkdir(parents=True, exist_ok=True)
    turn = settings.locks_folder / f"inbox-{kind}"
    with hold(turn, wait_seconds=warehouse.wait_seconds, what=f"taking {kind}"):
        there, known_ids = waiting(folder), ids_of(warehouse)
        check = partial(check_file, kind=kind, businesses=businesses, now=now, known_ids=known_ids)
        return [_take(warehouse, folder / name, there[name], check=check) for name in sorted(set(names) & set(there))]


def _take(warehouse: Warehouse, path: Path, stamp: Stamp, *, check: Callable[[Path], Checked]) -> Taken:
    name = shown_name(path)
    try:
        checked = check(path)
    except FileRefused as refused:
        if not _put_away(path, REJECTED, stamp=stamp, why=refused):
            return Taken(name, "left")
        return Taken(name, "rejected", problems=tuple(refused.lines()), problem_count=refused.count)
    if waiting(path.parent).get(path.name) != stamp:
        return Taken(name, "left")
    is_new = load_once(warehouse, checked)
    failpoint("import_loaded")
    is_away = _put_away(path, DONE, stamp=stamp)
    if not is_new:
        return Taken(name, "known" if is_away else "left")
    file = checked.file
    return Taken(name, "loaded", rows=file.rows, business_days=file.business_days, warnings=checked.warnings)


def _put_away(path: Path, where: str, *, stamp: Stamp, why: FileRefused | None = None) -> bool:
    """Move a file that is still what was read; whether it is away. A name that is taken gets a number."""
    try:
        status = path.lstat()
        if (status.st_size, status.st_mtime_ns) != stamp:
            return False
        folder = path.with_name(where)
        folder.mkdir(exist_ok=True)
        target, number = folder / path.name, 1
        while target.exists():
            number += 1
            target = folder / f"{path.stem}.{number}{path.suffix}"
        if why is not None:
            target.with_name(f"{target.name}.problems.txt").write_text("\n".join(why.lines()) + "\n", encoding="utf-8")
        path.rename(target)
    except OSError:
        return False
    return True
