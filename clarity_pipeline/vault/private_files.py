"""Files and folders of the vault, for their owner alone: written aside, synced and renamed; a kill leaves all or nothing."""

import os
import stat
from pathlib import Path
from threading import get_ident


def write(path: Path, content: bytes) -> None:
    """Write it to a temporary name beside it, sync that and rename it. It takes the place of what had the name."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{get_ident()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make sure that names in it outlive a power cut."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def make_private(folder: Path, lane: Path) -> None:
    """The folder of a lane and those above it, up to the vault's: `parents=True` gives a mode to the last one only.

    An earlier release made the upper ones for all to look into; they are closed once, the vault's own last.
    """
    if folder.is_dir() and stat.S_IMODE(folder.stat().st_mode) & 0o077:
        for each in (*folder.glob("*/*"), *folder.glob("*"), folder):
            if each.is_dir():
                each.chmod(0o700)
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for each in (folder, lane.parent.parent, lane.parent, lane):
        each.mkdir(exist_ok=True, mode=0o700)
