"""Numbers that are long enough for a phone, a customer or an order. Called by `mask`, after `tokens`. Pure.

Two mistakes are possible, and the line is drawn where ordinary paths end:

- 7 digits in a row go, which no year, size, postcode or short number of an article has. A date (`20261122`, `2026-11-22`) stays.
  So do up to 6 digits, and with them the local phone number `555-0134`;
- digits with separators between them go from 9 on, or from 7 on behind `+` or `0`, as phones and cards are written;
- `RE-2026-000123`: capital letters, a year and five digits are the number of an order or an invoice (a CVE is none);
- letters that are glued to such a number go with it, unless they are a word: `order12345678` keeps its `order`.
"""

import re

from clarity_pipeline.normalize.masks.tokens import is_word

DIGITS_IN_A_ROW = 7
"""Six digits are prices, postcodes, months (`202611`) and most article numbers; a subscriber's number has seven and more."""

SEPARATED_DIGITS = 9
"""`140-200-20` is a mattress and `2025-2026` a season; `555-123-4567`, `123-45-6789` and cards have nine and more."""

_NUMBER = re.compile(r"[+(]{0,2}[0-9](?:[ .()/+_-]{0,3}[0-9])*")
_DATE = re.compile(
    r"(?<![0-9])(?:(?:19|20)[0-9]{2}([-_./]?)(?:0[1-9]|1[0-2])(?:\1(?:0[1-9]|[12][0-9]|3[01]))?"
    r"|(?:0?[1-9]|[12][0-9]|3[01])([-_./])(?:0?[1-9]|1[0-2])\2(?:19|20)[0-9]{2}|(?:19|20)[0-9]{2})(?![0-9])"
)
_ROW = re.compile(f"[0-9]{{{DIGITS_IN_A_ROW},}}")
_WRITTEN = re.compile(r"\(?[2-9][0-9]{2}\)?[ ._-]{1,2}[0-9]{3}[ ._-][0-9]{4}|(?:[0-9]{4}[ ._-]){3}[0-9]{4}")
"""An American phone number or a card, of which four digits may look like a year."""

_ORDER = re.compile(
    r"(?<![A-Za-z0-9])(?!CVE|CWE|CNVD|JVN|RFC|ISO|DIN|IEC|IEEE)[A-Z]{1,5}[-_]?20[0-9]{2}[-_]?[0-9]{5,}(?![A-Za-z0-9])"
)
_PIECE = re.compile(r"[A-Za-z0-9]+")
_LETTERS_THEN_DIGITS = re.compile(r"([A-Za-z]+)([0-9]+)")
_NO_DIGIT = re.compile(r"[^0-9]")
_SEVEN = re.compile(r"(?:[0-9][^0-9]{0,3}){7}")


def without_numbers(text: str, mask: str) -> str:
    """The text with `mask` for each of them."""
    if not _SEVEN.search(text):
        return text
    text = _PIECE.sub(lambda found: _glued(found[0], mask), _ORDER.sub(mask, text))
    return _NUMBER.sub(lambda found: mask if _names(found[0]) else found[0], text)


def _glued(text: str, mask: str) -> str:
    """A word of letters and a long number: the number alone goes where the letters are a word or the digits a date."""
    if text.isdigit() or not _ROW.search(text):
        return text
    parts = _LETTERS_THEN_DIGITS.fullmatch(text)
    if parts and _DATE.fullmatch(parts[2]):
        return text
    return f"{parts[1]}{mask}" if parts and is_word(parts[1]) else mask


def _names(found: str) -> bool:
    rest = _DATE.sub("", found)
    digits = len(_NO_DIGIT.sub("", rest))
    is_long = digits >= DIGITS_IN_A_ROW or (digits > 2 and len(_NO_DIGIT.sub("", found)) >= SEPARATED_DIGITS)
    is_dialled = (found.lstrip("(")[0] in "+0" and is_long) or _WRITTEN.fullmatch(found) is not None
    return _ROW.search(rest) is not None or digits >= SEPARATED_DIGITS or is_dialled
