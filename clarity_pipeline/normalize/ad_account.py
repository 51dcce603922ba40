"""In whose money and by whose clock an ad account counts: an ISO 4217 code and an IANA time zone, as people write them.

Read from files, from options of `entities import`, and from a business's settings. Pure; the words of a `ValueError` follow the
name of what was read and do not repeat it.
"""

import re
from difflib import get_close_matches
from functools import cache
from zoneinfo import available_timezones

_CODE = re.compile(r"[A-Z]{3}")
_SIGNS = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY"}


def currency(text: str) -> str:
    """The three letters of a currency; raise ValueError."""
    code = text.strip().upper()
    if not _CODE.fullmatch(code):
        hint = f": {_SIGNS[code]}?" if code in _SIGNS else ""
        raise ValueError(f"is no currency; write its three letters, such as EUR or USD{hint}")
    return code


def is_currency(text: str) -> bool:
    """Whether it is written as a code is: three capital letters."""
    return _CODE.fullmatch(text) is not None


def time_zone(text: str) -> str:
    """The name of a time zone in today's spelling of its letters; raise ValueError naming the nearest."""
    asked = text.strip()
    known = _by_letters()
    found = known.get(asked.lower())
    if found is not None:
        return found
    places = _by_place()
    close = get_close_matches(asked.lower().replace(" ", "_"), places, n=1, cutoff=0.7)
    nearest = [places[each] for each in close]
    hint = f"did you mean {nearest[0]}?" if nearest else "write it as Pacific/Auckland, America/Los_Angeles or UTC"
    raise ValueError(f"is no time zone; {hint}")


@cache
def _by_place() -> dict[str, str]:
    """By name and by city; not Etc/GMT+3, which is three hours behind."""
    places = {letters: name for letters, name in _by_letters().items() if "/" in letters and not letters.startswith("etc/")}
    return {letters.rpartition("/")[2]: name for letters, name in places.items()} | places


@cache
def _by_letters() -> dict[str, str]:
    return {name.lower(): name for name in sorted(available_timezones())}
