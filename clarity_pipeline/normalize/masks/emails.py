"""E-mail addresses, however somebody wrote or encoded them. Called by `formats`.

`@` as it is, in full width, as an entity of HTML, as an escape of JavaScript, as `(at)`; the whole address in base64, as
newsletters put it into links to unsubscribe. Percent-encoding is taken off before (`mask`), hex is a token (`tokens`).
"""

import binascii
import re
from base64 import b64decode

_AT = "[@\uff20\ufe6b]"
_ADDRESS = re.compile(
    rf"[^\s@/\\:;,<>()\[\]\"'=&?#|*]{{1,64}}{_AT}(?![1-4]x\.(?:png|jpe?g|gif|webp|svg|avif)\b)"
    r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}(?:[^\W\d_]{2,24}|xn--[a-z0-9-]{2,59})",
    re.IGNORECASE,
)
"""Not `logo@2x.png`, nor `lodash@4.17.21`, whose end is no domain."""

_WRITTEN_AT = re.compile(
    r"%u0040|&#0{0,4}64;|&#x0{0,4}40;|&commat;|\\u0040|\\x40|[ _-]?[(\[{]at[)\]}][ _-]?| at (?=[\w-]{2,60} dot [a-z]{2,24}\b)",
    re.IGNORECASE,
)
_WRITTEN_DOT = re.compile(r"[ _-]?[(\[{]dot[)\]}][ _-]?|(?<=[^\W_]) dot (?=[a-z]{2,24}\b)", re.IGNORECASE)

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_GLUED = re.compile(r"([_./+-])")
_URL_SAFE = str.maketrans("-_", "+/")
_DIALLED = re.compile(r"\+?[0-9][0-9 ()./-]{6,20}")


def without_emails(text: str, mask: str) -> str:
    """The text with `mask` for each address."""
    if _WRITTEN_AT.search(text):
        spelt = _WRITTEN_DOT.sub(".", _WRITTEN_AT.sub("@", text))
        if _ADDRESS.search(spelt):
            text = spelt
    if "@" in text or "\uff20" in text or "\ufe6b" in text:
        text = _ADDRESS.sub(mask, text)
    return _BASE64.sub(lambda found: _unpacked(found[0], mask), text)


def _unpacked(text: str, mask: str) -> str:
    """As it is, unless all of it, or a piece that is glued to others, is an address or a phone number in base64."""
    if _is_packed(text):
        return mask
    return "".join(mask if _is_packed(piece) else piece for piece in _GLUED.split(text))


def _is_packed(text: str) -> bool:
    bare = text.rstrip("=")
    if len(bare) < 8 or len(bare) % 4 == 1 or bare.islower() or bare.isdigit():
        return False
    try:
        raw = b64decode(bare.translate(_URL_SAFE) + "=" * (-len(bare) % 4), validate=True)
    except binascii.Error:
        return False
    if not raw.isascii():
        return False
    plain = raw.decode("ascii")
    return _ADDRESS.search(plain) is not None or _DIALLED.fullmatch(plain) is not None
