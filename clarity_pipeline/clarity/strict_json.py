"""Bytes to a JSON value that every later room can store: the grammar, nothing about Clarity.

`json.loads` alone takes NaN, Infinity, `1e999` and duplicate keys, and guesses UTF-16; each would become silent wrong data or
an error three rooms later. A number beyond 64 bits becomes a `Beyond64`, so that it costs its cell and not its
answer. Called by `answer` and `unknowns.rows`. A refusal names the place in the text, never the text.

What the strictness costs over bare `json.loads`: 8 ms for the 2.8 MB of a full lane.
"""

import json
import re
from typing import Any, NoReturn

DEEPEST = 64
"""An answer is four deep; what nests beyond this is an attack on a recursive reader downstream."""

_DIGITS_KEPT = 40
_TOO_DEEP = f"is nested beyond {DEEPEST} levels"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_UNSTORABLE_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")


LARGEST = 500_000
"""Objects, arrays and members together, counted before anything is built of them: 32 MiB of tiny ones took 3.4 GB of memory
(measured). An honest answer has some 100,000."""


class JsonRefused(ValueError):
    """The bytes are not one strict JSON value; `str()` goes on where "the answer" leaves off.

    `is_json` is False of what no reader will ever make an answer of: nothing, a page, or the first part of something.
    """

    def __init__(self, what: str, *, is_json: bool = True) -> None:
        super().__init__(what)
        self.is_json = is_json


class Beyond64(str):
    """The digits of a number that no column holds, clipped: who reads numbers takes it for none."""

    __slots__ = ()


def decode(body: bytes) -> Any:
    """The one JSON value in `body`, or `JsonRefused`.

    Two things are mended, not refused, since a stranger can put them into a campaign link and one visit must not cost a
    business its day: NUL and half surrogate pairs in strings, which not every database stores, become U+FFFD. A byte order
    mark is skipped, as RFC 8259 allows.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise JsonRefused(f"is not UTF-8 (byte {error.start})") from None
    if not text.strip():
        raise JsonRefused("is empty", is_json=False)
    if sum(body.count(sign) for sign in b"{[,") > LARGEST:
        raise JsonRefused(f"holds more than {LARGEST:,} values")
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        what = "goes on after its JSON" if error.msg == "Extra data" else "is not JSON"
        raise JsonRefused(f"{what} (character {error.pos})", is_json=_could_be_json(text, error)) from None
    except RecursionError:
        raise JsonRefused(_TOO_DEEP) from None
    if _deeper_than(DEEPEST, value):
        raise JsonRefused(_TOO_DEEP)
    return _mended(value) if _UNSTORABLE_ESCAPE.search(text) else value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise JsonRefused("holds an object with a duplicate key")
    return found


def _could_be_json(text: str, error: json.JSONDecodeError) -> bool:
    """Whether it begins like an answer, and does not end in the middle of one."""
    is_cut = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
    return text.lstrip()[:1] in ("[", "{") and not is_cut


def _integer(digits: str) -> int | Beyond64:
    number = int(digits) if len(digits) <= 20 else None  # Python itself gives up beyond 4,300 digits, with another error
    if number is None or not -(2**63) <= number < 2**63:
        return Beyond64(digits[:_DIGITS_KEPT])
    return number


def _real(digits: str) -> float | Beyond64:
    number = float(digits)
    return number if abs(number) < 2.0**63 else Beyond64(digits[:_DIGITS_KEPT])


def _constant(name: str) -> NoReturn:
    raise JsonRefused(f"holds {name}, which is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=_real, parse_constant=_constant)


def _deeper_than(limit: int, value: Any) -> bool:
    """Level by level, so that the question itself needs no recursion."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(limit):
        level = [
            child
            for node in level
            for child in (node.values() if type(node) is dict else node)
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return False
    return True


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_mended(child) for child in value]
    if isinstance(value, dict):
        return {_mended(key): _mended(child) for key, child in value.items()}
    return value
