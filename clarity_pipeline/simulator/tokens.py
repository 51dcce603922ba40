"""Export tokens shaped like Clarity's: a JWT of about 700 characters (`docs/clarity-api.md#token`).

The server mints one a project and recognises it again by comparing text; nothing is signed and nothing is verified.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime

FAR_AWAY = datetime(2099, 12, 31, tzinfo=UTC)
_SIGNATURE_BYTES = 256


def mint(project_id: str, *, seed: int, serial: int = 0, expires_at: datetime | None = None) -> str:
    """The project's token number `serial`: always the same text, so that a restarted server knows it again."""
    sub = int.from_bytes(hashlib.sha256(f"{seed} {project_id}".encode()).digest()[:8]) % (9 * 10**15) + 10**15
    header = {"alg": "RS256", "kid": _noise(f"kid {seed}", 20).hex().upper(), "typ": "JWT"}
    claims = {
        "jti": _noise(f"jti {seed} {project_id} {serial}", 16).hex(),
        "sub": str(sub),
        "scope": "Data.Export",
        "exp": int((expires_at or FAR_AWAY).timestamp()),
        "iss": "clarity",
        "aud": "clarity.data-exporter",
    }
    signature = _noise(f"signature {seed} {project_id} {serial}", _SIGNATURE_BYTES)
    return ".".join(_base64(part) for part in (_json(header), _json(claims), signature))


def looks_like_clarity(token: str) -> bool:
    """Whether it is a JWT that claims to be Clarity's; what is not gets 403, not 401 (`docs/clarity-api.md#errors`)."""
    parts = token.split(".")
    if len(parts) != 3:
        return False
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return False
    return isinstance(claims, dict) and claims.get("iss") == "clarity"


def _noise(text: str, length: int) -> bytes:
    return hashlib.shake_256(text.encode()).digest(length)


def _json(content: Mapping[str, object]) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
