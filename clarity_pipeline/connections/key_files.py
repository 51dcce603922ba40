"""The key files of an installation: made once, private to its user, and replaced so that a kill leaves the old key or the new.

Called by `secrets`, which seals with what is here, and by `rotation`. While a rotation is under way there are two: `secret.key`,
and the one that will take its place beside it, which seals from the moment it exists. Nothing here shows a key.
"""

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from cryptography.fernet import Fernet

from clarity_pipeline.errors import ClarityPipelineError

_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")


class BadEncryptionKey(ClarityPipelineError):
    """A key is missing, unreadable, readable by others, or no key; its message never shows one."""

    reason = "bad_encryption_key"


@dataclass(frozen=True, slots=True)
class KeyFile:
    """`secret.key` and, during a rotation, `secret.key.next`."""

    path: Path

    @property
    def next(self) -> Path:
        """Where the new key waits until every secret opens with it alone."""
        return self.path.with_name(f"{self.path.name}.next")

    def keys(self) -> tuple[str, ...]:
        """Those that are there, newest first; none where there is no file.

        The next one is looked for first: between two looks a rotation can only have moved it to the place that is looked at last.
        """
        return tuple(read_key(path) for path in (self.next, self.path) if path.exists())

    def begin_rotation(self) -> None:
        """Make the next key, unless an interrupted rotation has left one."""
        read_or_make(self.next)

    def finish_rotation(self) -> None:
        """Put the next key in the place of the old one, which is gone then."""
        self.next.replace(self.path)
        _sync_folder(self.path)

    def drop_all_but(self, key: str) -> bool:
        """Remove what holds another key, which is of no use any more; whether there was such a file."""
        useless = [path for path in (self.path, self.next) if path.exists() and read_key(path) != key]
        for path in useless:
            path.unlink()
        _sync_folder(self.path)
        return bool(useless)


def read_or_make(path: Path, *, or_else: str = "") -> str:
    """The key of the file, made where there is none. `or_else` is what a person may do who has no backup of a damaged one."""
    if not path.exists():
        try:
            _make(path)
        except OSError as error:
            raise BadEncryptionKey(f"The key file {path} cannot be made: {error.strerror}; check CLARITY_HOME") from None
    return read_key(path, or_else=or_else)


def _make(path: Path) -> None:
    """Write a new key (0600) aside and link it to its name, which fails where another process was first: never half a key."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.") as draft:
        draft.write(Fernet.generate_key() + b"\n")
        draft.flush()
        os.fsync(draft.fileno())
        try:
            os.link(draft.name, path)
        except FileExistsError:
            return
    _sync_folder(path)


def _sync_folder(path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def read_key(path: Path, *, or_else: str = "") -> str:
    """The key of the file; raise `BadEncryptionKey` unless it is one whole key that nobody else may read."""
    try:
        with path.open() as file:
            mode = os.fstat(file.fileno()).st_mode
            key = file.read().strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise BadEncryptionKey(f"The key file {path} cannot be read: {why}; restore it from your backup{or_else}") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise BadEncryptionKey(f"The key file {path} is open to other users of this machine: run `chmod 600 {path}`")
    check_key(key, where=f"the content of the key file {path}", or_else=or_else)
    return key


def check_key(key: str, *, where: str, or_else: str = "") -> None:
    """Raise `BadEncryptionKey`, naming the place and not the key."""
    # Not left to Fernet, which takes two keys in a row for one: Python's base64 ends at the first padding.
    if not _KEY.fullmatch(key):
        raise BadEncryptionKey(
            f"No Fernet key (44 characters of URL-safe base64) is {where}: restore it from your backup{or_else}"
        )
