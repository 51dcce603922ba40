"""Answers sealed at rest: AES-256-GCM, under a key of the installation and bound to the place where each lies.

GCM and not Fernet, which seals the tokens: an answer is bound to its lane as associated data, so that one which somebody moved
into another business's folder does not open; and no third of the file is spent on base64. Each key of `CLARITY_VAULT_KEYS` is
stretched into one that encrypts and a name of eight letters, which stands in front of what it sealed: which files need an older
key is known without opening one.
"""

import base64
import os
from collections.abc import Sequence
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from clarity_pipeline.errors import ClarityPipelineError

_MARK = b"CLSEAL1\n"
"""What a sealed file begins with; one that is not sealed begins with zstd's own mark."""

_NAME_BYTES, _NONCE_BYTES = 4, 12
HEADER_BYTES = len(_MARK) + _NAME_BYTES + _NONCE_BYTES


class VaultLocked(ClarityPipelineError):
    """Answers are sealed with a key that is not there; nothing is damaged, and nothing is fetched until it is given back."""

    reason = "vault_locked"

    def __init__(self, names: Sequence[str]) -> None:
        many = len(names) > 1
        super().__init__(
            f"the vault is sealed with the key{'s' * many} {', '.join(names)}, which CLARITY_VAULT_KEYS does not hold: give"
            f" {'them' if many else 'it'} back there (new,old) and run this again; until then no call is made"
        )


def name_of(key: str) -> str:
    """Eight letters by which people and files know a key; they tell nothing of it."""
    return _made_of(key)[0].hex()


def sealed_with(start: bytes) -> str | None:
    """The name of the key that sealed what starts like this (`HEADER_BYTES` are enough); None where nobody sealed it."""
    if not start.startswith(_MARK):
        return None
    return start[len(_MARK) : len(_MARK) + _NAME_BYTES].hex()


def seal(content: bytes, *, key: str, place: str) -> bytes:
    """Encrypt for one place: business, date, slice and file name."""
    name, cipher = _made_of(key)
    nonce = os.urandom(_NONCE_BYTES)
    return _MARK + name + nonce + cipher.encrypt(nonce, content, place.encode())


def opened(content: bytes, *, keys: Sequence[str], place: str) -> bytes | None:
    """What was sealed for this place, or what nobody sealed; None when it was changed or moved. Raises `VaultLocked`."""
    name = sealed_with(content)
    if name is None:
        return content
    key = next((each for each in keys if name_of(each) == name), None)
    if key is None:
        raise VaultLocked([name])
    nonce = content[HEADER_BYTES - _NONCE_BYTES : HEADER_BYTES]
    try:
        return _made_of(key)[1].decrypt(nonce, content[HEADER_BYTES:], place.encode())
    except (InvalidTag, ValueError):
        return None


@lru_cache(maxsize=16)
def _made_of(key: str) -> tuple[bytes, AESGCM]:
    """The name and the cipher of a key."""
    source = base64.urlsafe_b64decode(key)
    stretched = HKDF(algorithm=SHA256(), length=32 + _NAME_BYTES, salt=None, info=b"clarity-pipeline vault").derive(source)
    return stretched[32:], AESGCM(stretched[:32])
