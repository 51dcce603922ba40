"""Names from outside, fit for a log. For `answer` and what it is made of."""

import re
from collections.abc import Iterable

_UNSHOWN = re.compile(r"[^A-Za-z0-9_ ./-]")
_NAMES_KEPT = 20
_NAME_LENGTH = 40


def shown(name: str) -> str:
    """A name from outside, fit for a log: no letter that could carry an address, and not long."""
    return _UNSHOWN.sub("?", name[:_NAME_LENGTH])


def named(names: Iterable[str]) -> str:
    """The first few of them, fit for a line."""
    return ", ".join(shown(name) for name in list(names)[:4])[: 2 * _NAME_LENGTH]


def first_few(names: Iterable[str]) -> tuple[str, ...]:
    """Each once, and not more than a person reads."""
    return tuple(dict.fromkeys(names))[:_NAMES_KEPT]
