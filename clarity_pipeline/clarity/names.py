"""Names from outside, fit for a log. For `answer` and what it is made of."""

import re
from collections.abc import Iterable, Sequence

_UNSHOWN = re.compile(r"[^A-Za-z0-9_ ./-]")
_PERSONAL = re.compile(
    r"\S*(?:[@\uff20]|%(?:25)*40)\S*|(?<![A-Za-z0-9])\+?[0-9](?:[ ()./-]{0,2}[0-9]){6,}"
    r"|(?=(?:[A-Za-z_-]*[0-9]){4})[A-Za-z0-9_-]{16,}",
    re.IGNORECASE,
)
"""An address of mail, a long number, a token. Labels have a finer masker (`normalize.mask`); this room knows no other."""

_NAMES_KEPT = 20
_NAME_LENGTH = 40
_LONGEST = 4000
"""Nobody names a metric so; what is behind is not looked at."""


def shown(name: str) -> str:
    """A name from outside, fit for a log: `?` for what could be a visitor's or carry an address, and not long."""
    return _UNSHOWN.sub("?", _PERSONAL.sub("?", name[:_LONGEST])[:_NAME_LENGTH])


def named(names: Iterable[str]) -> str:
    """The first few of them, fit for a line."""
    return ", ".join(shown(name) for name in list(names)[:4])[: 2 * _NAME_LENGTH]


def some_of(words: Sequence[str], *, at_most: int = 3) -> str:
    """So many of them and how many more there are: a sentence that stays one however many there are."""
    more = len(words) - at_most
    return ", ".join(words[:at_most]) + (f" and {more} more" if more > 0 else "")


def first_few(names: Iterable[str]) -> tuple[str, ...]:
    """Each once, and not more than a person reads."""
    return tuple(dict.fromkeys(names))[:_NAMES_KEPT]
