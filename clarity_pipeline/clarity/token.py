"""The export token: its shape, and the hints that its claims give without spending a call (`docs/clarity-api.md#token`).

Clarity's tokens are JWTs of about 700 characters with `iss clarity`, `aud clarity.data-exporter`, `scope Data.Export`,
`sub` and `exp`. Nothing is verified here and no token is refused for its claims: they are hints, never proof.
"""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from clarity_pipeline.errors import ClarityPipelineError

_LETTERS = r"[A-Za-z0-9._~+/=-]"
_JWT = re.compile(r"[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{2,}\.[A-Za-z0-9_-]{2,}")
_OPAQUE = re.compile(_LETTERS + r"{20,}")
_LONGEST = 8192

_WITH_MORE: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.ASCII | re.IGNORECASE | re.DOTALL), what)
    for pattern, what in (
        (r".*\bcurl\s.*", "this is a whole command; paste only what stands behind Bearer in it"),
        (r"(?:-H\s+)?[\"']?authorization\s*[:=].*", "this is a whole Authorization header; paste only what stands behind Bearer"),
        (r"[\"']?bearer[\s:].*", "it begins with Bearer, which is added when it is sent; paste only what stands behind it"),
        (r"[{\[].*[}\]]", "this is a JSON document; paste only the token's own value, without quotes"),
        (
            r"(?:#[^\r\n]*[\r\n]+)*(?:export\s+)?[a-z_][a-z0-9_.-]*\s*=\s*[\"']?[a-z0-9._~+/-].*",
            "this is a whole line of a settings file (NAME=token); paste only what stands behind the =",
        ),
        (r"[\"'`\u2018-\u201f\u00ab].*[\"'`\u2018-\u201f\u00bb]", "it stands in quotes; paste it without them"),
        (r"\S{20,}\s*[\r\n].*", "it runs over several lines; paste it as one line, and nothing beside it"),
    )
)
"""What people paste around a token, from the outermost to the innermost: each has a sentence of its own."""


class InvalidToken(ClarityPipelineError):
    """The pasted text cannot be a token; nothing was sent."""

    reason = "invalid_token"
    field = "token"


class Token:
    """A secret that does not print, pickle or compare; `reveal()` is for the HTTP client, the seal and the fingerprint."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    @classmethod
    def parse(cls, text: str) -> "Token":
        """Strip and check the shape; raise `InvalidToken` before any call can be spent on it, which never repeats the text."""
        stripped = text.strip()
        if len(stripped) <= _LONGEST and not _JWT.fullmatch(stripped):
            for pattern, what in _WITH_MORE:
                if pattern.fullmatch(stripped):
                    raise InvalidToken(f"Invalid token: {what}")
        if len(stripped) > _LONGEST or not (_JWT.fullmatch(stripped) or _OPAQUE.fullmatch(stripped)):
            raise InvalidToken(
                "Invalid token: too short or malformed; copy it again from Clarity -> Settings -> Data Export -> Generate new API"
                " token"
            )
        return cls(stripped)

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        return "Token(***)"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a token is never pickled")


@dataclass(frozen=True, slots=True)
class Claims:
    """What a JWT says of itself, each None when it does not."""

    subject: str | None = None
    expires_at: datetime | None = None
    audiences: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()

    @property
    def is_decodable(self) -> bool:
        """Whether the token says anything of itself that we know."""
        return self != Claims()


def read_claims(token: Token) -> Claims:
    """Decode the claims of a JWT-shaped token; an undecodable one has none and is still tried."""
    parts = token.reveal().split(".")
    if len(parts) != 3:
        return Claims()
    try:
        payload = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return Claims()
    if not isinstance(payload, dict):
        return Claims()
    subject, expires = payload.get("sub"), payload.get("exp")
    return Claims(
        subject=str(subject) if isinstance(subject, str | int) and not isinstance(subject, bool) and subject != "" else None,
        expires_at=_instant(expires),
        audiences=_words(payload.get("aud")),
        scopes=_words(payload.get("scope")),
    )


def _words(claim: object) -> tuple[str, ...]:
    """A claim that is one text with blanks in it, or a list of texts."""
    listed = claim if isinstance(claim, list) else [claim]
    return tuple(word for each in listed if isinstance(each, str) for word in each.split())


def _instant(seconds: object) -> datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
