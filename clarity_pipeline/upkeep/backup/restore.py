"""A home made from a back-up: unpacked aside, opened, published, then put in place; the next night goes on. Called by `restore`.

Nothing is overwritten: the home must hold nothing yet. It is unpacked into a folder of the home itself, which may be a volume of
its own; while that folder is there `open_state` refuses the home, so that nobody works in half of one, and `restore` begins anew.
"""

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from clarity_pipeline.connections.rotation import check
from clarity_pipeline.connections.secrets import load_secret_box
from clarity_pipeline.day.publish import publish_warehouse
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.home import open_home
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.state.database import RESTORING, open_state
from clarity_pipeline.upkeep.backup.archive import CONTENTS, BackupDamaged, contents, members, write_private
from clarity_pipeline.upkeep.backup.back_up import FORMAT, STATE, VAULT, WAREHOUSE, sqlite_file
from clarity_pipeline.upkeep.backup.into_postgres import FILLED, HomeTaken, is_begun, note_filled, refuse_rows, server, to_server
from clarity_pipeline.vault.stored_answer import VaultDamaged
from clarity_pipeline.vault.vault import Vault
from clarity_pipeline.warehouse.store import Warehouse

_LAST = STATE
"""Whoever finds this file finds all the others."""

Progress = Callable[[str], None]


class DoesNotFit(ClarityPipelineError):
    """The back-up and this installation's settings do not go together."""

    reason = "backup_does_not_fit"


@dataclass(frozen=True, slots=True)
class Restored:
    """What is in the home now; `failures` name what is not: answers that were damaged when they were copied, one line each."""

    home: Path
    of: str
    businesses: int
    answers: int
    lanes: int | None
    rows: int | None
    notes: tuple[str, ...]
    failures: tuple[str, ...]
    seconds: float


def restore(settings: Settings, source: Path, *, progress: Progress = lambda _: None) -> Restored:
    """Make `settings.home` from a back-up.

    Raises `HomeTaken`, `BackupDamaged`, `DoesNotFit`, `BadEncryptionKey`, `VaultLocked`; then the home is as empty as it was.
    """
    began = time.perf_counter()
    facts = contents(source)
    _refuse_misfit(settings, facts, source)
    stage, on_server = settings.home / RESTORING, server(settings, facts)
    was_begun = stage.exists()  # and killed: what stands beside it is its own, since nobody else opens such a home
    if not was_begun:
        _refuse_taken(settings.home)
    if on_server is not None and not is_begun(stage, on_server):
        refuse_rows(on_server)
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    stage.mkdir(mode=0o700, exist_ok=True)
    _empty(stage)
    try:
        _unpack(source, stage, progress)
        answers, failures = _checked_answers(Vault(stage / VAULT, settings.vault_keys))
        of_stage = replace(settings, home=stage, state_url=None if facts["state"] == STATE else settings.state_url)
        lanes, rows = _checked(of_stage, facts)
        if lanes is not None:
            failures += _published(of_stage)
        if on_server is not None:
            note_filled(stage, on_server)
            failpoint("restore_server_named")
            to_server(stage / STATE, on_server)
    except BaseException:
        if not was_begun:
            shutil.rmtree(stage, ignore_errors=True)
        raise
    failpoint("restore_checked")
    for path in sorted(stage.iterdir(), key=lambda each: (each.name == _LAST, each.name)):
        if path.name != FILLED:
            _put(path, settings.home / path.name)
            failpoint("restore_moved_one")
    _let_go(stage)
    return Restored(
        home=settings.home,
        of=str(facts["made_at"]),
        businesses=int(facts["businesses"]),
        answers=answers,
        lanes=lanes,
        rows=rows,
        notes=tuple(facts["left_out"]),
        failures=failures,
        seconds=time.perf_counter() - began,
    )


def _refuse_misfit(settings: Settings, facts: dict[str, Any], source: Path) -> None:
    if facts.get("format") != FORMAT:
        raise DoesNotFit(f"{source} was made by a newer release: install that one, then restore")
    is_file = sqlite_file(settings) is not None
    if facts["state"] == STATE and is_file and settings.state_url is not None:
        raise DoesNotFit("CLARITY_STATE_URL names a file of its own: unset it, or name a Postgres, then restore")
    if facts["state"] != STATE and is_file:  # of an earlier release
        raise DoesNotFit(
            "the state of this back-up was in a database of its own: restore its dump with `pg_restore`, name that database in"
            " CLARITY_STATE_URL, then restore this"
        )


def _refuse_taken(home: Path) -> None:
    found = sorted(each.name for each in home.iterdir() if each.name != "locks") if home.is_dir() else []
    if found:
        raise HomeTaken(
            f"{home} holds {', '.join(found[:3])} already, and nothing is overwritten: point CLARITY_HOME at an empty folder"
        )


def _empty(stage: Path) -> None:
    for path in stage.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != FILLED:
            path.unlink()


def _let_go(stage: Path) -> None:
    """From its rename on the home is whole; what is killed behind that is removed by nobody and holds nothing."""
    ended = stage.with_name(f"{RESTORING}-ended")
    stage.rename(ended)
    shutil.rmtree(ended)


def _unpack(source: Path, stage: Path, progress: Progress) -> None:
    said = ""
    for name, content in members(source):
        if name == CONTENTS:
            continue
        path = stage / name
        write_private(path, content, below=stage)
        if name.startswith(f"{VAULT}/") and (day := " ".join(name.split("/")[1:3])) != said:
            said = day
            progress(day)


def _checked_answers(vault: Vault) -> tuple[int, tuple[str, ...]]:
    """Open every answer. One that was damaged before it was copied is named; all others are as Clarity sent them."""
    vault.keys.refuse_without()
    count, failures = 0, []
    for day, business_id in vault.business_days():
        for lane in sorted((vault.folder / business_id / day.isoformat()).iterdir()):
            try:
                for answer in vault.answers(business_id, date=day, slice_name=lane.name):
                    count += 1
                    vault.read(answer)
            except VaultDamaged as damage:
                failures.append(str(damage))
    return count, tuple(failures)


def _checked(of_stage: Settings, facts: dict[str, Any]) -> tuple[int | None, int | None]:
    """Bring state and warehouse up to this release, see that every secret opens, and count what the warehouse has."""
    stage = of_stage.home
    state = open_state(of_stage)
    try:
        unreadable = check(state, load_secret_box(of_stage)).unreadable
    finally:
        state.dispose()
    if unreadable:
        raise DoesNotFit(
            f"{len(unreadable)} stored secrets do not open with the keys at hand: give the keys of that installation in"
            " CLARITY_ENCRYPTION_KEYS, then restore"
        )
    for beside in stage.glob(f"{STATE}-*"):
        beside.unlink()
    if not (stage / WAREHOUSE).exists():
        return None, None
    with Warehouse(stage / WAREHOUSE).connect(what="restoring") as connection:
        ((lanes,),) = connection.execute("select count(*) from clarity_lane_loads").fetchall()
        ((rows,),) = connection.execute("select count(*) from clarity_daily_metrics").fetchall()
        connection.execute("checkpoint")
    if (lanes, rows) != (facts["lanes"], facts["rows"]):
        raise BackupDamaged(f"the warehouse has {rows} rows and had {facts['rows']}: take another back-up")
    return int(lanes), int(rows)


def _published(of_stage: Settings) -> tuple[str, ...]:
    """Publish before it is put in place: killed behind that, a home would stay unpublished that `restore` refuses as taken."""
    failures: tuple[str, ...] = ()
    stage = of_stage.home
    with open_home(of_stage) as home:
        try:
            publish_warehouse(home)
        except ClarityPipelineError as error:  # all else is restored; what is to be done is in its sentence
            failures = (f"not published: {error}",)
    (stage / f"{WAREHOUSE}.lock").unlink(missing_ok=True)
    shutil.rmtree(stage / "locks", ignore_errors=True)
    for beside in stage.glob(f"{STATE}-*"):
        beside.unlink()
    return failures


def _put(path: Path, target: Path) -> None:
    """Move into its place; what an interrupted restore has put there is the same and goes."""
    if target.is_dir():
        shutil.rmtree(target)
    path.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def document(done: Restored) -> dict[str, Any]:
    """For programs."""
    return {**asdict(done), "home": str(done.home), "notes": list(done.notes), "failures": list(done.failures)}
