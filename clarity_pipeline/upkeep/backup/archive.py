"""A back-up as a folder, a .tar or a .tar.zst: written once under another name, read member by member. Knows no contents.

The last member, `seal.json`, holds a digest over all that stand before it: without it, or where it does not fit, the back-up is
half made or damaged, and is not used. Called by `back_up` and `restore`.
"""

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, Literal, Protocol

import zstandard

from clarity_pipeline.errors import ClarityPipelineError

Kind = Literal["folder", "tar", "tar.zst"]

CONTENTS, SEAL = "contents.json", "seal.json"
_PIECE = 1 << 20
_UNREADABLE = (tarfile.TarError, zstandard.ZstdError, EOFError, ValueError)


class BackupDamaged(ClarityPipelineError):
    """The back-up is unfinished, damaged, or none of ours."""

    reason = "backup_damaged"


class TargetTaken(ClarityPipelineError):
    """Something is in the place that is to be written, and nothing is ever overwritten."""

    reason = "target_exists"


def kind_of(path: Path) -> Kind:
    """By its name."""
    if path.name.endswith(".tar.zst"):
        return "tar.zst"
    return "tar" if path.name.endswith(".tar") else "folder"


class Readable(Protocol):
    """All that is asked of a member's content."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""


class Writer:
    """Adds members and counts them into the digest."""

    def __init__(self, add: Callable[[str, Readable, int], None]) -> None:
        self._add = add
        self._digest = hashlib.sha256()
        self.members = 0

    def file(self, name: str, path: Path) -> None:
        """Add a file as it is now."""
        with path.open("rb") as content:
            self.content(name, content, os.fstat(content.fileno()).st_size)

    def document(self, name: str, document: Any) -> None:
        """Add a JSON document."""
        text = json.dumps(document, indent=1).encode()
        self.content(name, io.BytesIO(text), len(text))

    def content(self, name: str, content: Readable, size: int) -> None:
        """Add so many bytes."""
        counted = _Counted(content)
        self._add(name, counted, size)
        _into(self._digest, name, counted.digest.hexdigest())
        self.members += 1

    def seal(self) -> None:
        """End it; nothing can be added behind."""
        self.document(SEAL, {"members": self.members, "sha256": self._digest.hexdigest()})


@contextmanager
def writing(target: Path) -> Iterator[Writer]:
    """A back-up that is at `target` when the block has ended well and all of it was read again; nowhere when not.

    `TargetTaken` if something is there.
    """
    if os.path.lexists(target):
        raise TargetTaken(f"{target} exists already, and no back-up is overwritten: give a name that is free")
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.unfinished")
    _remove(unfinished)  # of one that was killed
    kind = kind_of(target)
    try:
        if kind == "folder":
            unfinished.mkdir(mode=0o700)
            yield Writer(_into_folder(unfinished))
        else:
            with ExitStack() as stack:
                yield Writer(_into_tar(stack, unfinished, compressed=kind == "tar.zst"))
        for _ in members(unfinished, kind=kind):
            pass
        if os.path.lexists(target):
            raise TargetTaken(f"{target} was made meanwhile: give a name that is free")
        unfinished.replace(target)
        _sync(target.parent)
    finally:
        _remove(unfinished)


def members(source: Path, *, kind: Kind | None = None) -> Iterator[tuple[str, Readable]]:
    """Every member in its order, to be read before the next; then the seal is held against them. Raises `BackupDamaged`."""
    digest, count, sealed = hashlib.sha256(), 0, None
    kind = kind or kind_of(source)
    opened = _of_folder(source) if kind == "folder" else _of_tar(source, compressed=kind == "tar.zst")
    try:
        for name, content in opened:
            counted = _Counted(content)
            if name == SEAL:
                sealed = json.loads(counted.read())
                break
            _checked(name)
            yield name, counted
            while counted.read(_PIECE):
                pass
            _into(digest, name, counted.digest.hexdigest())
            count += 1
    except _UNREADABLE as error:
        raise BackupDamaged(f"{source} cannot be read as a back-up ({type(error).__name__}): take another one") from None
    if sealed != {"members": count, "sha256": digest.hexdigest()}:
        why = "was never finished" if sealed is None else "is not as it was written"
        raise BackupDamaged(f"{source} {why}: take another back-up")


def contents(source: Path) -> dict[str, Any]:
    """What the back-up says of itself, without reading it through."""
    if not source.exists():
        raise BackupDamaged(f"{source} does not exist: name a back-up that `clarity-pipeline backup` made")
    if source.is_dir() != (kind_of(source) == "folder"):
        raise BackupDamaged(f"{source} is no back-up of clarity-pipeline: those are a folder, a .tar or a .tar.zst file")
    for name, content in members(source):
        if name == CONTENTS:
            found: dict[str, Any] = json.loads(content.read())
            return found
        break
    raise BackupDamaged(f"{source} is no back-up of clarity-pipeline")


class _Counted(io.RawIOBase):
    """A stream that knows the digest of what was read of it."""

    def __init__(self, content: Readable) -> None:
        self._content = content
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        try:
            piece = self._content.read(size)
        except _UNREADABLE as error:
            raise BackupDamaged(f"the back-up cannot be read ({type(error).__name__}): take another one") from None
        self.digest.update(piece)
        return piece


def _into(digest: Any, name: str, sha256: str) -> None:
    digest.update(f"{name} {sha256}\n".encode())


def _into_folder(folder: Path) -> Callable[[str, Readable, int], None]:
    def add(name: str, content: Readable, _size: int) -> None:
        path = folder / name
        write_private(path, content, below=folder)

    return add


def write_private(path: Path, content: Readable, *, below: Path) -> None:
    """Write a new file, synced, for its owner alone; so are the folders between it and `below`."""
    for folder in reversed(path.relative_to(below).parents[:-1]):
        (below / folder).mkdir(mode=0o700, exist_ok=True)  # `parents=True` would make all but the last for everybody
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        shutil.copyfileobj(content, file, _PIECE)
        file.flush()
        os.fsync(file.fileno())


def _into_tar(stack: ExitStack, file: Path, *, compressed: bool) -> Callable[[str, Readable, int], None]:
    raw = stack.enter_context(os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"))
    stack.callback(_sync, file)
    stack.callback(raw.flush)
    out: Any = raw
    if compressed:
        out = stack.enter_context(zstandard.ZstdCompressor(level=3, write_checksum=True).stream_writer(raw, closefd=False))
    tar = stack.enter_context(tarfile.TarFile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT))

    def add(name: str, content: Readable, size: int) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o600
        tar.addfile(member, content)

    return add


def _of_folder(folder: Path) -> Iterator[tuple[str, Readable]]:
    top = [CONTENTS, *sorted(path.name for path in folder.iterdir() if path.is_file() and path.name not in {CONTENTS, SEAL})]
    for name in (*top, *files_below(folder, "vault"), SEAL):
        path = folder / name
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as content:
                yield name, content


def files_below(folder: Path, name: str) -> Iterator[str]:
    """Names of all files below a folder, in an order that their names alone decide; never all of them in memory."""
    place = folder / name
    for entry in sorted(place.iterdir() if place.is_dir() else (), key=lambda each: each.name):
        below = f"{name}/{entry.name}"
        if entry.is_dir():
            yield from files_below(folder, below)
        else:
            yield below


def _of_tar(file: Path, *, compressed: bool) -> Iterator[tuple[str, Readable]]:
    with ExitStack() as stack:
        source: Any = stack.enter_context(file.open("rb"))
        if compressed:
            source = stack.enter_context(zstandard.ZstdDecompressor().stream_reader(source))
        tar = stack.enter_context(tarfile.TarFile.open(fileobj=source, mode="r|"))
        for member in tar:
            content = tar.extractfile(member) if member.isfile() else None
            if content is None:
                raise ValueError(member.name)
            yield member.name, content


def _checked(name: str) -> None:
    """No member may lead out of the folder that it is unpacked in."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise ValueError(name)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
