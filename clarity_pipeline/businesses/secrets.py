"""Tokens at rest: sealed with Fernet, bound to their business, under keys that nobody else on the machine can read.

Called by `connections`, which alone seals and opens. There is no default key and no plain-text mode: those are how Superset and
Airflow leaked (`ops.md` section 2). Keys come from `CLARITY_ENCRYPTION_KEYS` (newest first: the first seals, all open), else from
`secret.key` under `CLARITY_HOME`, made once.

Fingerprints have a key of their own, `fingerprint.key` beside it, because they must outlive every encryption key: they name a
project's ledger of ten calls, and a ledger that is forgotten at a rotation is ten calls too many. It opens nothing; a lost one
costs only that a project which is reconnected on that very day starts a new ledger.
"""

import hashlib
import hmac
import json
import os
import re
import stat
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Literal

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from clarity_pipeline.clarity.token import Token
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.settings import Settings

Field = Literal["token"]
"""What is sealed; a ciphertext opens only as the field it was sealed as."""

_VERSION = 1
_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")


class BadEncryptionKey(ClarityPipelineError):
    """A key is missing, unreadable, readable by others, or no key; its message never shows one."""

    reason = "bad_encryption_key"


class SecretUnreadable(ClarityPipelineError):
    """A stored secret does not open: another key sealed it, or somebody moved, cut or changed it."""

    reason = "secret_unreadable"


class SecretBox:
    """Seals and opens secrets (27 and 29 microseconds; an 820-byte token becomes 1,252), and fingerprints them.

    `keys` are Fernet keys, newest first, at least one.
    """

    __slots__ = ("_fernet", "_fingerprint_key")

    def __init__(self, keys: tuple[str, ...], *, fingerprint_key: str) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._fingerprint_key = fingerprint_key.encode()

    def seal(self, secret: Token, *, business_id: str, field: Field) -> str:
        """Encrypt with the newest key. Fernet binds no context of its own, so the plaintext says whose secret it is."""
        plaintext = {"v": _VERSION, "business_id": business_id, "field": field, "secret": secret.reveal()}
        return self._fernet.encrypt(json.dumps(plaintext).encode()).decode()

    def open(self, ciphertext: str, *, business_id: str, field: Field) -> Token:
        """Decrypt with any key; raise `SecretUnreadable` unless it was sealed for this business and field."""
        try:
            plaintext = json.loads(self._fernet.decrypt(ciphertext.encode()))
        except (InvalidToken, ValueError):
            plaintext = {}
        secret = plaintext.pop("secret", None)
        if secret is None or plaintext != {"v": _VERSION, "business_id": business_id, "field": field}:
            raise SecretUnreadable(
                f"The stored {field} of {business_id} does not open with the present key: reconnect with"
                f" `clarity-pipeline connect {business_id}`, or give back its key (CLARITY_ENCRYPTION_KEYS=new,old)"
            )
        return Token(secret)

    def fingerprint(self, text: str) -> str:
        """HMAC-SHA256 in hex: equal for equal texts, the same whatever encryption keys come and go, telling nothing."""
        return hmac.digest(self._fingerprint_key, text.encode(), hashlib.sha256).hex()


def load_secret_box(settings: Settings) -> SecretBox:
    """The box of this installation; its key files are made on first use. `CLARITY_HOME` must exist (`open_state` makes it)."""
    key_file = settings.key_file
    keys = settings.encryption_keys
    for place, key in enumerate(keys, start=1):
        _check(key, where=f"key {place} of {len(keys)} in CLARITY_ENCRYPTION_KEYS")
    if not keys:
        keys = (_read_or_make(key_file),)
    elif key_file.exists() and _read(key_file) not in keys:
        raise BadEncryptionKey(
            f"CLARITY_ENCRYPTION_KEYS does not hold the key of {key_file}, and tokens sealed with that one would be lost:"
            " append it (new,old), unset the variable, or move the file away if nothing was sealed with it"
        )
    return SecretBox(keys, fingerprint_key=_read_or_make(key_file.with_name("fingerprint.key")))


def _read_or_make(path: Path) -> str:
    if not path.exists():
        try:
            _make(path)
        except OSError as error:
            raise BadEncryptionKey(f"The key file {path} cannot be made: {error.strerror}; check CLARITY_HOME") from None
    return _read(path)


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
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def _read(path: Path) -> str:
    try:
        with path.open() as file:
            mode = os.fstat(file.fileno()).st_mode
            key = file.read().strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise BadEncryptionKey(f"The key file {path} cannot be read: {why}; restore it from your backup") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise BadEncryptionKey(f"The key file {path} is open to other users of this machine: run `chmod 600 {path}`")
    _check(key, where=f"the content of the key file {path}")
    return key


def _check(key: str, *, where: str) -> None:
    # Not left to Fernet, which takes two keys in a row for one: Python's base64 ends at the first padding.
    if not _KEY.fullmatch(key):
        raise BadEncryptionKey(f"No Fernet key (44 characters of URL-safe base64) is {where}: restore it from your backup")
