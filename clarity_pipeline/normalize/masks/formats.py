"""What names a person or opens a door whatever a business keeps: forms that are told by themselves. Called by `mask`.

Addresses of mail and of machines, JWTs, keys of services, IBANs and cards (their check digits right), phone numbers behind `+`,
places on a map. Each is a form with a length, a prefix or a check, so that words and ordinary numbers are not taken for one.
"""

import re
from ipaddress import AddressValueError, IPv6Address

from clarity_pipeline.normalize.masks.emails import without_emails

_JWT = re.compile(r"(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,4}")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?:[ ._+-]?[A-Za-z0-9]){11,30}(?![A-Za-z0-9])")
_ABROAD = re.compile(r"\+[ ]?[0-9](?:[ .()/_-]{0,3}[0-9]){6,14}")
_CARD = re.compile(
    r"(?<![0-9A-Za-z.])[3-6][0-9]{3}(?:([ ._-]?)[0-9]{4}\1[0-9]{4}\1[0-9]{3,4}|([ ._-])[0-9]{6}\2[0-9]{5})(?![0-9A-Za-z])"
)
_IPV4 = re.compile(
    r"(?<![A-Za-z0-9.])(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})\.){3}(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})(?::[0-9]{1,5})?(?![\w.]*[0-9])"
)
_IPV6 = re.compile(
    r"\[?(?<![A-Za-z0-9:.])(?:[0-9a-f]{0,4}:){2,7}(?:[0-9a-f]{1,4}|[0-9.]{7,15}|:)?(?:%\w{1,15})?(?![A-Za-z0-9:])\]?",
    re.IGNORECASE,
)
_MAC = re.compile(r"(?<![A-Za-z0-9:-])[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}(?![\w:-])", re.IGNORECASE)
_DEGREES = r"[-+\u2212]?[0-9]{1,3}\.[0-9]"
_PLACE = re.compile(
    rf"@?(?:{_DEGREES}{{4,}}[ ]?[,;_|/ ][ ]?{_DEGREES}+|{_DEGREES}+[ ]?[,;_|/ ][ ]?{_DEGREES}{{4,}})(?:,[0-9.]+[zma])?"
    rf"|(?<![\w.-])(?!10\.[0-9]{{4,5}}(?![0-9]))-?[0-9]{{2,3}}\.[0-9]{{5,}}(?![\w.])"
)
"""Two numbers with four decimals (eleven metres), or one with five; the exception is how a DOI begins."""

_KEY = re.compile(
    r"(?<![A-Za-z0-9])(?:[spr]k_(?:live|test)_|gh[pousr]_|github_pat_|glpat-|npm_|pypi-|whsec_|shp(?:at|ca|pa|ss)_|hf_|dop_v1_"
    r"|xox[a-z]-|xapp-|xkeysib-|rzp_(?:live|test)_|sq0[a-z]{3}-|ya29\.|lin_api_|AKIA|ASIA|AIza|SG\.)"
    r"(?=[A-Za-z_.-]{0,30}[0-9])[A-Za-z0-9_.-]{15,}[A-Za-z0-9_]"
)
"""Prefixes that services document, so that a key which is found in the open can be told."""

_PLAIN_WORDS = re.compile(r"[a-z]{1,15}(?:[-_. ][a-z]{1,15})*")
_ALNUM = re.compile(r"[A-Za-z0-9]+")


def is_plain(text: str) -> bool:
    """Whether it is words in small letters, none of 16: most segments of most paths, of which nothing has to be asked."""
    return _PLAIN_WORDS.fullmatch(text) is not None


def without_keys(text: str, mask: str) -> str:
    """The text with `mask` for each key of a service, its prefix included."""
    return _KEY.sub(mask, text)


def without_formats(text: str, mask: str) -> str:
    """The text with `mask` for each of them."""
    text = without_emails(_JWT.sub(mask, text), mask)
    text = _IBAN.sub(lambda found: mask if _is_account(found[0]) else found[0], text)
    if ":" in text:
        text = _IPV6.sub(lambda found: mask if _is_address(found[0]) else found[0], text)
    text = _IPV4.sub(mask, _MAC.sub(mask, text))
    if "." in text:
        text = _PLACE.sub(mask, text)
    text = _ABROAD.sub(mask, text)
    return _CARD.sub(lambda found: mask if _is_card(found[0]) else found[0], text)


def _is_account(text: str) -> bool:
    """By its check digits (ISO 7064): one in 97 of what only looks like an IBAN is taken for one."""
    letters = "".join(_ALNUM.findall(text))
    return int("".join(str(int(letter, 36)) for letter in letters[4:] + letters[:4])) % 97 == 1


def _is_card(text: str) -> bool:
    """By its check digit (Luhn)."""
    digits = [int(letter) for letter in text if letter.isdigit()][::-1]
    return sum(sum(divmod(2 * digit, 10)) if place % 2 else digit for place, digit in enumerate(digits)) % 10 == 0


def _is_address(text: str) -> bool:
    """Not a time of day, a score or `::` of a programming language."""
    bare = text.strip("[]").partition("%")[0]
    if sum(letter.isalnum() for letter in bare) < 3:
        return False
    try:
        IPv6Address(bare)
    except AddressValueError:
        return False
    return True
