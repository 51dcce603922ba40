"""One consistent copy of a home while its pipeline runs: state, keys, warehouse, vault. Spends no call; called by `backup`.

The order is what makes it consistent. The state is copied first and the vault, which is only added to, last: every answer that
the state or the warehouse knows is in it, so nothing is fetched twice after a restore. What is published, and Dagster's history
of runs, can be made again and is left out.
"""

import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.connections.key_files import KeyFile
from clarity_pipeline.connections.rotation import check
from clarity_pipeline.connections.secrets import load_secret_box
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.home import Home
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.state.again import again
from clarity_pipeline.state.database import HEAD, StateDatabase, open_state
from clarity_pipeline.state.schema.calls import quota_calls
from clarity_pipeline.upkeep.backup.archive import CONTENTS, Writer, files_below, writing
from clarity_pipeline.upkeep.backup.state_copy import copy_state
from clarity_pipeline.upkeep.sealing import vault_of
from clarity_pipeline.warehouse.errors import WarehouseError

STATE, WAREHOUSE, VAULT = "state.db", "warehouse.duckdb", "vault"
FORMAT = 1

Progress = Callable[[str], None]
"""Told each business-day of the vault that begins."""


class StateCannotBeCopied(ClarityPipelineError):
    """The copy of the state database does not hold together, or its secrets do not open."""

    reason = "state_damaged"


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What a back-up holds; `left_out` are one line each: what a person has to keep elsewhere, or could not be copied."""

    path: Path
    made_at: datetime
    businesses: int
    calls: int
    answers: int
    lanes: int | None
    rows: int | None
    size_bytes: int
    left_out: tuple[str, ...]
    is_whole: bool
    keys_elsewhere: bool
    seconds: float


def back_up(home: Home, target: Path, *, progress: Progress = lambda _: None) -> BackedUp:
    """Write the back-up, read it through again, and only then give it its name.

    Raises `TargetTaken`, `StateCannotBeCopied`, `BadEncryptionKey`. A warehouse that cannot be opened is left out and
    said: what is in the vault makes it anew.
    """
    began, settings = time.perf_counter(), home.settings
    left_out: list[str] = []
    is_whole, answers = True, 0
    with writing(target) as writer, TemporaryDirectory(dir=target.parent, prefix=".backing-up-") as folder:
        staged = Path(folder)
        _stage_state(home, staged, left_out)
        lanes = rows = None
        if settings.warehouse_file.exists():
            try:
                lanes, rows = _stage_warehouse(home, staged)
            except WarehouseError as error:
                is_whole = False
                left_out.append(f"the warehouse could not be copied ({error.reason}): {error}")
        with home.state.read() as connection:
            calls = connection.scalar(sa.select(sa.func.count()).select_from(quota_calls)) or 0
        businesses = len(home.connections.all())
        facts: dict[str, Any] = {
            "format": FORMAT,
            "made_at": home.clock().isoformat(),
            "state": STATE,
            "state_revision": HEAD,
            "businesses": businesses,
            "calls": calls,
            "business_days": len(vault_of(settings).business_days()),
            "lanes": lanes,
            "rows": rows,
            "left_out": left_out,
        }
        writer.document(CONTENTS, facts)
        for path in sorted(staged.iterdir()):
            writer.file(path.name, path)
        answers = _copy_vault(writer, settings, progress)
        writer.seal()
    return BackedUp(
        path=target,
        made_at=home.clock(),
        businesses=businesses,
        calls=calls,
        answers=answers,
        lanes=lanes,
        rows=rows,
        size_bytes=_size(target),
        left_out=tuple(left_out),
        is_whole=is_whole,
        keys_elsewhere=bool(settings.encryption_keys),
        seconds=time.perf_counter() - began,
    )


def _stage_state(home: Home, staged: Path, left_out: list[str]) -> None:
    """The state with the keys that open it: looked at again, since a rotation may have changed both between two looks."""
    settings = home.settings
    for name in ("fingerprint.key", "demo.json"):
        if (settings.home / name).exists():
            _copy_private(settings.home / name, staged / name)
    file = sqlite_file(settings)
    for _ in range(3):
        _stage_keys(settings, staged)
        if file is None:
            _copy_from_server(home.state, staged / STATE)
        else:
            _copy_sqlite(file, staged / STATE)
        if _opens(staged, settings):
            break
    else:
        raise StateCannotBeCopied(
            "the copied secrets do not open with the present keys; `clarity-pipeline secrets check` names them, then try again"
        )
    if settings.encryption_keys:
        left_out.append("the encryption keys are in CLARITY_ENCRYPTION_KEYS: keep that value too, nothing opens without it")
    if vault_of(settings).keys.in_use().names:
        left_out.append("the vault's keys are in CLARITY_VAULT_KEYS: keep that value too, no answer opens without it")


def sqlite_file(settings: Settings) -> Path | None:
    """The file of the state database; None where it is on a server."""
    url = sa.make_url(settings.database_url)
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def _copy_private(source: Path, copy: Path) -> None:
    shutil.copyfile(source, copy)
    copy.chmod(0o600)


def _stage_keys(settings: Settings, staged: Path) -> None:
    file = KeyFile(settings.key_file)
    for path in (file.next, file.path):
        (staged / path.name).unlink(missing_ok=True)
        if path.exists() and not settings.encryption_keys:
            _copy_private(path, staged / path.name)


def _copy_from_server(source: StateDatabase, copy: Path) -> None:
    """A snapshot of a Postgres, as the file that a home without one has."""
    copy.unlink(missing_ok=True)
    made = StateDatabase(f"sqlite:///{copy}")
    try:
        made.migrate()
        again(lambda: copy_state(source, made))
    finally:
        made.dispose()
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("pragma journal_mode = delete")
    copy.chmod(0o600)


def _copy_sqlite(source: Path, copy: Path) -> None:
    """A snapshot by SQLite's own back-up, which goes on while others write."""
    copy.unlink(missing_ok=True)
    with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(copy)) as made:
        original.backup(made)
        made.execute("pragma journal_mode = delete")  # one file, without a journal beside it
        (found,) = made.execute("pragma integrity_check").fetchone()
    copy.chmod(0o600)
    if found != "ok":
        raise StateCannotBeCopied(
            "the state database is damaged: restore your last back-up beside it and compare, then try again"
        )


def _opens(staged: Path, settings: Settings) -> bool:
    """Whether each secret of the copy opens with the keys beside it, or with those of the environment."""
    of_copy = Settings(home=staged, encryption_keys=settings.encryption_keys)
    state = open_state(of_copy)
    try:
        box = load_secret_box(of_copy) if settings.encryption_keys or (staged / "secret.key").exists() else None
        return box is None or not check(state, box).unreadable
    finally:
        state.dispose()
        for beside in staged.glob(f"{STATE}-*"):
            beside.unlink()


def _stage_warehouse(home: Home, staged: Path) -> tuple[int, int]:
    """A checkpointed copy, opened; how many lanes and rows it has."""
    import duckdb

    with home.warehouse.hold(what="backing up"):
        with home.warehouse.connect(what="backing up") as connection:
            connection.execute("checkpoint")
        shutil.copyfile(home.warehouse.path, staged / WAREHOUSE)
    with duckdb.connect(staged / WAREHOUSE, read_only=True, config={"threads": 1, "memory_limit": "128MB"}) as copy:
        ((lanes,),) = copy.execute("select count(*) from clarity_lane_loads").fetchall()
        ((rows,),) = copy.execute("select count(*) from clarity_daily_metrics").fetchall()
    return int(lanes), int(rows)


def _copy_vault(writer: Writer, settings: Settings, progress: Progress) -> int:
    """All answers with their sidecars; how many. One that is pruned meanwhile is gone."""
    answers, said = 0, None
    for name in _vault_files(settings):
        day = name.split("/")[1:3]
        if day != said:
            said = day
            progress(" ".join(day))
        try:
            writer.file(name, settings.home / name)
        except FileNotFoundError:
            continue
        answers += name.endswith(".json.zst")
    return answers


def _vault_files(settings: Settings) -> Iterator[str]:
    return (name for name in files_below(settings.home, VAULT) if not name.endswith(".tmp"))


def _size(target: Path) -> int:
    return sum(path.stat().st_size for path in ([target] if target.is_file() else target.rglob("*")) if path.is_file())


def document(done: BackedUp) -> dict[str, Any]:
    """For programs."""
    return {**asdict(done), "path": str(done.path), "left_out": list(done.left_out), "seconds": round(done.seconds, 3)}
