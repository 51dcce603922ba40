"""Random secrets that people carry, in a cookie or a link; the database holds their SHA-256 alone.

256 random bits need no slow hash: there is nothing to guess.
"""

import hashlib
import secrets

_BYTES = 32


def new_secret() -> str:
    """32 random bytes as 43 characters that are safe in a cookie and a link."""
    return secrets.token_urlsafe(_BYTES)


def digest(secret: str) -> str:
    """What is stored of it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
