"""Made-up personal data of many kinds, as it was seen in URLs: for tests that none of it is kept."""

import base64
import random
import string
import uuid

KINDS = ("mail", "phone", "national", "us", "uuid", "hex", "jwt", "iban", "card", "customer", "base64url")


def personal(kind: str, draw: random.Random) -> str:
    """One made-up value; no two are alike in practice."""
    return _MAKERS[kind](draw)


def _digits(draw: random.Random, count: int) -> str:
    return "".join(draw.choices("123456789", k=count))


def _word(draw: random.Random) -> str:
    return "".join(draw.choices(string.ascii_lowercase, k=7))


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
    "hex": lambda draw: f"{draw.getrandbits(128):032x}",
    "jwt": _jwt,
    "iban": _iban,
    "card": lambda draw: " ".join(_digits(draw, 4) for _ in range(4)),
    "customer": lambda draw: f"kd-{_digits(draw, 9)}",
    "base64url": lambda draw: "Z9" + base64.urlsafe_b64encode(draw.randbytes(30)).decode(),
}
