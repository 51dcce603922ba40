"""Secrets at rest: sealed with Fernet, bound to their owner, under keys that nobody else on the machine can read.

Tokens and the addresses of channels are sealed here, by nobody else. There is no default key and no plain-text mode: those are
how Superset and Airflow leaked (`docs/design.md#secrets`). Keys come from `CLARITY_ENCRYPTION_KEYS`
(newest first: the first seals, all open), else from `secret.key` under `CLARITY_HOME`, made once.

Fingerprints have a key of their own, `fingerprint.key` beside it, because they must outlive every encryption key: they name a
project's ledger of ten calls, and a ledger that is forgotten at a rotation is ten calls too many. It opens nothing; a lost one
costs only that a project which is reconnected on that very day starts a new ledger.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Literal

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from clarity_pipeline.clarity.token import Token
from clarity_pipeline.connections.key_files import BadEncryptionKey, KeyFile, check_key, read_or_make
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.settings.settings import Settings

Field = Literal["token", "channel", "second_factor"]
"""What is sealed; a ciphertext opens only as the field it was sealed as. A channel's owner is the channel itself, a second
factor's the number of its user."""

_REPAIRS: Mapping[Field, str] = {
    "token": "The stored token of {0} does not open with the present key: reconnect with `clarity-pipeline connect {0}`",
    "channel": (
        "The stored address of channel {0} does not open with the present key: `clarity-pipeline channels remove {0}` and add it"
        " again"
    ),
    "second_factor": (
        "The stored second factor of user {0} does not open with the present key:"
        " `clarity-pipeline panel reset-second-factor EMAIL` and set it up again"
    ),
}

_WITHOUT_THE_FINGERPRINT_KEY = (
    ", or move it away: a new one is made, under which recovery codes and known browsers of the panel are no longer recognised"
)

_VERSION = 1


class SecretUnreadable(ClarityPipelineError):
    """A stored secret does not open: another key sealed it, or somebody moved, cut or changed it."""

    reason = "secret_unreadable"


class SecretBox:
    """Seals and opens secrets (27 and 29 microseconds; an 820-byte token becomes 1,252), and fingerprints them.

    `keys` are Fernet keys, newest first, at least one. Where they lie in files, `look_again` gives them as they are now: a
    process that lives for weeks must not seal with a key that was rotated away meanwhile.
    """

    __slots__ = ("_fernet", "_fingerprint_key", "_keys", "_look_again")

    def __init__(
        self, keys: tuple[str, ...], *, fingerprint_key: str, look_again: Callable[[], tuple[str, ...]] | None = None
    ) -> None:
        self._keys = keys
        self._fernet = _fernet(keys)
        self._fingerprint_key = fingerprint_key.encode()
        self._look_again = look_again

    def with_newest_key_alone(self) -> "SecretBox":
        """A box that opens only what is sealed with the newest key: what proves a rotation."""
        self._refresh()
        return SecretBox(self._keys[:1], fingerprint_key=self._fingerprint_key.decode())

    def seal(self, secret: Token, *, business_id: str, field: Field) -> str:
        """Encrypt with the newest key, inside the transaction that stores it: a rotation then comes wholly before or after.

        Fernet binds no context of its own, so the plaintext says whose secret it is.
        """
        self._refresh()
        plaintext = {"v": _VERSION, "business_id": business_id, "field": field, "secret": secret.reveal()}
        return self._fernet.encrypt(json.dumps(plaintext).encode()).decode()

    def open(self, ciphertext: str, *, business_id: str, field: Field) -> Token:
        """Decrypt with any key; raise `SecretUnreadable` unless it was sealed for this owner and field."""
        self._refresh()
        try:
            plaintext = json.loads(self._fernet.decrypt(ciphertext.encode()))
        except (InvalidToken, ValueError):
            plaintext = {}
        secret = plaintext.pop("secret", None)
        if secret is None or plaintext != {"v": _VERSION, "business_id": business_id, "field": field}:
            raise SecretUnreadable(
                f"{_REPAIRS[field].format(business_id)}, or give back its key (CLARITY_ENCRYPTION_KEYS=new,old)"
            )
        return Token(secret)

    def fingerprint(self, text: str) -> str:
        """HMAC-SHA256 in hex: equal for equal texts, the same whatever encryption keys come and go, telling nothing."""
        return hmac.digest(self._fingerprint_key, text.encode(), hashlib.sha256).hex()

    def _refresh(self) -> None:
        if self._look_again is not None and (keys := self._look_again()) != self._keys:
            self._keys, self._fernet = keys, _fernet(keys)


def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def load_secret_box(settings: Settings) -> SecretBox:
    """The box of this installation; its key files are made on first use. `CLARITY_HOME` must exist (`open_state` makes it)."""
    file = KeyFile(settings.key_file)
    keys = settings.encryption_keys
    for place, key in enumerate(keys, start=1):
        check_key(key, where=f"key {place} of {len(keys)} in CLARITY_ENCRYPTION_KEYS")
    fingerprint_key = read_or_make(settings.fingerprint_key_file, or_else=_WITHOUT_THE_FINGERPRINT_KEY)
    if not keys:
        read_or_make(file.path)
        return SecretBox(file.keys(), fingerprint_key=fingerprint_key, look_again=file.keys)
    if not set(file.keys()) <= set(keys):
        raise BadEncryptionKey(
            f"CLARITY_ENCRYPTION_KEYS does not hold the key of {file.path}, and tokens sealed with that one would be lost:"
            " append it (new,old), unset the variable, or move the file away if nothing was sealed with it"
        )
    return SecretBox(keys, fingerprint_key=fingerprint_key)
