"""What may happen to the files of a home in a night: each fault does it to a real one, by chance. Drawn by `trial`."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

from clarity_pipeline_tests.torture.night import Fault, Night

KILL = "killed"
"""The one that happens in the night and not before it: at a moment drawn by chance, up to three times."""


def warehouse_gone(night: Night) -> None:
    night.world.settings.warehouse_file.unlink()


def warehouse_empty(night: Night) -> None:
    night.world.settings.warehouse_file.write_bytes(b"")


def warehouse_cut(night: Night) -> None:
    file = night.world.settings.warehouse_file
    file.write_bytes(file.read_bytes()[: int(file.stat().st_size * night.chance.uniform(0.05, 0.6))])


def warehouse_turned_over(night: Night) -> None:
    turn_over(night.world.settings.warehouse_file, night, places=200)


def warehouse_of_the_night_before(night: Night) -> None:
    shutil.copyfile(night.before / "warehouse.duckdb", night.world.settings.warehouse_file)


def dagster_half_made(night: Night) -> None:
    file = night.world.settings.dagster_folder / "events" / "event_log.db"
    for beside in file.parent.glob(f"{file.name}*"):
        beside.unlink()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("create table event_logs (id integer primary key)")


def dagster_turned_over(night: Night) -> None:
    files = sorted(night.world.settings.dagster_folder.glob("*/*.db"))
    file = night.chance.choice(files)
    content = file.read_bytes()
    file.write_bytes(b"\0" * 100 + content[100:])


def turn_over(path: Path, night: Night, *, places: int) -> None:
    """Turn bytes of a file over, wherever chance will have it."""
    content = bytearray(path.read_bytes())
    for _ in range(places):
        content[night.chance.randrange(len(content))] ^= 1 + night.chance.randrange(255)
    path.write_bytes(content)


def one_of(pattern: str) -> Callable[[Night], Path]:
    """A file of that kind, drawn by chance."""
    return lambda night: night.chance.choice(sorted(night.world.folder.glob(pattern)))


def _bits_flipped(pattern: str, night: Night) -> None:
    file = one_of(pattern)(night)
    content = bytearray(file.read_bytes())
    for _ in range(night.chance.choice((1, 1, 2, 8, 64))):
        content[night.chance.randrange(len(content))] ^= 1 << night.chance.randrange(8)
    file.write_bytes(content)


def _deleted(pattern: str, night: Night) -> None:
    one_of(pattern)(night).unlink()


def _given_back(pattern: str, night: Night) -> None:
    """Out of the back-up of the evening, as it was."""
    for file in night.evening.glob(pattern):
        target = night.world.folder / file.relative_to(night.evening)
        for beside in target.parent.glob(f"{target.name}-*"):  # a journal belongs to the file that goes
            beside.unlink()
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, target)


KINDS = {
    "answer": "vault/*/*/*/*.json.zst",
    "answer's sidecar": "vault/*/*/*/*.meta.json",
    "warehouse": "warehouse.duckdb",
    "published file": "published/clarity.duckdb",
    "state": "state.db",
    "key": "secret.key",
    "fingerprint's key": "fingerprint.key",
    "Dagster's file": "dagster/*/*.db",
    "Dagster's settings": "dagster/dagster.yaml",
}
_MADE_AGAIN = {"published file", "Dagster's file", "Dagster's settings", "fingerprint's key"}
"""By the night itself, so nobody needs to hear of it; what a lost fingerprint's key costs is said in `connections.secrets`."""
_GIVEN_BACK = KINDS.keys() - _MADE_AGAIN - {"warehouse"}
"""What a person puts back; the warehouse is made anew by `replay`, which `sync` tells them."""


def _of(act: Callable[[str, Night], None], kind: str) -> Fault:
    undo = partial(_given_back, KINDS[kind]) if kind in _GIVEN_BACK else None
    return Fault(partial(act, KINDS[kind]), undo, must_be_told=kind not in _MADE_AGAIN)


FAULTS: dict[str, Fault] = {
    "warehouse empty": Fault(warehouse_empty),
    "warehouse cut": Fault(warehouse_cut),
    "warehouse turned over": Fault(warehouse_turned_over),
    "warehouse of the night before": Fault(warehouse_of_the_night_before),
    "dagster half made": Fault(dagster_half_made, must_be_told=False),  # it holds nothing, and is made
    "dagster turned over": Fault(dagster_turned_over, must_be_told=False),  # set aside, and a note of the doctor
    **{f"{kind} gone": _of(_deleted, kind) for kind in KINDS},
    **{f"bits of the {kind} flipped": _of(_bits_flipped, kind) for kind in KINDS},
    "bits of the fingerprint's key flipped": Fault(  # told where it is no key any more; another one is as if gone
        partial(_bits_flipped, KINDS["fingerprint's key"]), partial(_given_back, KINDS["fingerprint's key"]), must_be_told=False
    ),
}
