"""Made-up personal data of many kinds, as it was seen in URLs: for tests that none of it is kept."""

import base64
import random
import uuid
from string import ascii_letters, ascii_lowercase, digits, hexdigits

KINDS = (
    "mail", "phone", "national", "us", "uuid", "hex", "hex16", "hex40", "hex64", "jwt", "iban", "card", "customer", "base64url",
    "packed_mail", "ipv4", "ipv6", "place", "key",
)  # fmt: skip
"""Those that have a form, or so many letters that none looks like words."""

_BASE62 = ascii_letters + digits
_BASE64URL = f"{_BASE62}-_"

DRAWN = {
    **{f"base62_{length}": (_BASE62, length) for length in (16, 20, 22, 27, 32, 44)},
    **{f"base64url_{length}": (_BASE64URL, length) for length in (16, 22, 32, 43)},
    "nanoid": (_BASE64URL, 21),
    "ulid": ("0123456789ABCDEFGHJKMNPQRSTVWXYZ", 26),
    "base36_24": (ascii_lowercase + digits, 24),
    "hex_20": (hexdigits[:16], 20),
    "hex_24": (hexdigits[:16], 24),
}
"""What a machine drew: alphabet and length."""


def personal(kind: str, draw: random.Random) -> str:
    """One made-up value; no two are alike in practice."""
    return _MAKERS[kind](draw)


def drawn(kind: str, draw: random.Random) -> str:
    """One made-up token of `DRAWN`."""
    alphabet, length = DRAWN[kind]
    return "".join(draw.choices(alphabet, k=length))


def _digits(draw: random.Random, count: int) -> str:
    return "".join(draw.choices("123456789", k=count))


def _word(draw: random.Random) -> str:
    return "".join(draw.choices(ascii_lowercase, k=7))


def _iban(draw: random.Random) -> str:
    account = _digits(draw, 18)
    return f"DE{98 - int(f'{account}131400') % 97:02}{account}"


def _jwt(draw: random.Random) -> str:
    part = base64.urlsafe_b64encode(f'{{"sub":"{_digits(draw, 6)}"}}'.encode()).decode().rstrip("=")
    return f"eyJhbGciOiJIUzI1NiJ9.{part}.{base64.urlsafe_b64encode(draw.randbytes(32)).decode().rstrip('=')}"


_MAKERS = {
    "mail": lambda draw: f"{_word(draw)}.{_word(draw)}@{_word(draw)}.example.com",
    "phone": lambda draw: f"+49 {_digits(draw, 3)} {_digits(draw, 7)}",
    "national": lambda draw: f"0{_digits(draw, 3)}-{_digits(draw, 7)}",
    "us": lambda draw: f"{draw.randint(200, 999)}-{_digits(draw, 3)}-{_digits(draw, 4)}",
    "uuid": lambda draw: str(uuid.UUID(int=draw.getrandbits(128), version=4)),
    "hex16": lambda draw: f"{draw.getrandbits(64):016x}",
    "hex40": lambda draw: f"{draw.getrandbits(160):040x}",
    "hex64": lambda draw: f"{draw.getrandbits(256):064x}",
    "packed_mail": lambda draw: (
        base64.urlsafe_b64encode(f"{_word(draw)}@{_word(draw)}.example.com".encode()).decode().rstrip("=")
    ),
    "ipv4": lambda draw: ".".join(str(draw.randint(1, 254)) for _ in range(4)),
    "ipv6": lambda draw: ":".join(f"{draw.randint(1, 0xFFFF):x}" for _ in range(8)),
    "place": lambda draw: f"{draw.uniform(-85, 85):.6f},{draw.uniform(-179, 179):.6f}",
    "key": lambda draw: f"shpat_{draw.getrandbits(128):032x}",
    "hex": lambda draw: f"{draw.getrandbits(128):032x}",
    "jwt": _jwt,
    "iban": _iban,
    "card": lambda draw: " ".join(_digits(draw, 4) for _ in range(4)),
    "customer": lambda draw: f"kd-{_digits(draw, 9)}",
    "base64url": lambda draw: "Z9" + base64.urlsafe_b64encode(draw.randbytes(30)).decode(),
}
