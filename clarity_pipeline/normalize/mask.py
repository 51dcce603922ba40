"""What could name a visitor outside of queries: parts of a path, values that are kept, free text. Each becomes `:id`.

Called by `urls` for paths and kept parameters, by `tuples` and `raw_payload` for campaigns, sources, titles. Pure and idempotent;
never raises, whatever a stranger typed. Two mistakes are possible. A false positive folds two pages into one, a false negative
keeps somebody's data, so the line is drawn where ordinary paths end (measured on `clarity_pipeline_tests/normalize/slugs.py`):

- an e-mail address, a JWT and an IBAN (its check digits right) always go;
- 7 digits in a row go, which no year, size, postcode or short number of an article has, but a phone, customer or order number.
  A date (`20261122`, `2026-11-22`) stays. So do up to 6 digits, and with them the local phone number `555-0134`;
- digits with separators between them go from 9 on, or from 7 on behind `+` or `0`, as phones and cards are written;
- a UUID goes, and a word of 16 letters and digits that nobody would write: hardly a piece of it can be spoken, or it changes
  between letters and digits all the time. Eleven letters of a video, ten of an article number, `iPhone15ProMax256GB` stay;
- a name, a street, a birthday in plain words stays: nothing tells `/team/anna-berg` from `/products/oak-table`.

A business whose numbers tell pages apart (`/p/12345678`) keeps them with `update --keep-path-ids`; what always goes, goes.
"""

import re
from functools import lru_cache
from urllib.parse import quote, unquote

MASK = ":id"

DIGITS_IN_A_ROW = 7
"""Six digits are prices, postcodes, months (`202611`) and most article numbers; a subscriber's number has seven and more."""

SEPARATED_DIGITS = 9
"""`140-200-20` is a mattress and `2025-2026` a season; `555-123-4567`, `123-45-6789` and cards have nine and more."""

TOKEN_LETTERS = 16
"""64 bits in hex. Below it are the numbers that sites give to what they show: videos (11), articles (10), commits (7 to 12)."""

JOINED_LETTERS = 20
"""A base64url token can be broken by `-` and `_` into short words; 22 letters are a UUID, and so this is looked at as a whole."""

NATURAL_SHARE = 0.57
"""Of `iPhone15ProMax256GB` 58 % of the letters are in pieces that can be spoken, of random letters and digits 15 to 40 %."""

NATURAL_SHARE_OF_LETTERS = 0.75
"""Without a digit: CamelCase is made of words, and random letters of both cases still hold many a syllable."""

LETTERS_A_CHANGE = 3.2
"""Letters of one case and digits at random change every 2.5 letters, hex every 2.1; `windows11homeedition` every 7."""

LETTERS_OF_A_WORD = 6.0
"""Long words whose consonants pile up (`Lebensmittelzusatzstoffe`, `bestpracticesforremoteteams2026`) still change seldom."""

DECODINGS = 8
"""A value that is encoded more often than this hides something, and goes as a whole."""

_AT = "[@\uff20]"
_EMAIL = re.compile(
    rf"[^\s@/\\:;,<>()\[\]\"'=&?#|*]{{1,64}}{_AT}(?:[^\W_](?:[\w-]{{0,61}}[^\W_])?\.){{1,8}}(?:[^\W\d_]{{2,24}}|xn--[a-z0-9-]{{2,59}})",
    re.IGNORECASE,
)
_JWT = re.compile(r"eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,4}")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?:[ ._+-]?[A-Za-z0-9]){11,30}(?![A-Za-z0-9])")
_ABROAD = re.compile(r"\+[ ]?[0-9](?:[ .()/_-]{0,2}[0-9]){6,14}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")
_DIGITS = re.compile(r"[+(]{0,2}[0-9](?:[ .()/+_-]{0,3}[0-9])*")
_DATE = re.compile(
    r"(?<![0-9])(?:(?:19|20)[0-9]{2}([-_.]?)(?:0[1-9]|1[0-2])(?:\1(?:0[1-9]|[12][0-9]|3[01]))?"
    r"|(?:0?[1-9]|[12][0-9]|3[01])([-_.])(?:0?[1-9]|1[0-2])\2(?:19|20)[0-9]{2}|(?:19|20)[0-9]{2})(?![0-9])"
)
_ROW = re.compile(f"[0-9]{{{DIGITS_IN_A_ROW},}}")
_WRITTEN = re.compile(r"\(?[2-9][0-9]{2}\)?[ ._-]{1,2}[0-9]{3}[ ._-][0-9]{4}|(?:[0-9]{4}[ ._-]){3}[0-9]{4}")
"""An American phone number or a card, of which four digits may look like a year."""

_NO_DIGIT = re.compile(r"[^0-9]")
_WORD = re.compile(r"[A-Za-z0-9]+")
_JOINED = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_-]{{{JOINED_LETTERS - 1},}}")
_KINDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_HEX = re.compile(rf"(?:[0-9a-f]{{{TOKEN_LETTERS},}}|[0-9A-F]{{{TOKEN_LETTERS},}})")
_SPOKEN = re.compile(r"[A-Za-z]{3}")
_UNSPOKEN = re.compile(r"[^aeiouyAEIOUY]{4}|^[^aeiouyAEIOUY]+$")
_NATURAL = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]{1,4}")
_GLUE = "-_~.="

_SUSPECT = re.compile(rf"[@\uff20%]|(?:[0-9][^0-9/]{{0,3}}){{{DIGITS_IN_A_ROW}}}|[A-Za-z0-9_-]{{{TOKEN_LETTERS}}}")
_MAY_NAME = re.compile(r"[@\uff20]|%(?:25)*(?:40|EF)|eyJ", re.IGNORECASE)


@lru_cache(8192)
def masked_path(path: str, keep_ids: bool = False) -> str:
    """A path with `:id` for what could name a visitor in each segment; a segment without such stays letter by letter."""
    if not _SUSPECT.search(path):
        return path
    return "/".join(masked_part(segment, keep_ids) for segment in path.split("/"))


def masked_part(part: str, keep_ids: bool = False) -> str:
    """A segment or a parameter's value, percent-encoded any number of times; what is changed comes back encoded once."""
    if not _SUSPECT.search(part):
        return part
    seen = _decoded(part)
    if seen is None:
        return MASK
    masked = _masked(seen, keep_ids)
    return part if masked == seen else quote(masked, safe=":@!$'()*,;", errors="replace")


@lru_cache(8192)
def masked_text(text: str) -> str:
    """Free text (a campaign, a title) with `:id` in place of each e-mail address and JWT; anything else is not touched."""
    if not _MAY_NAME.search(text):
        return text
    masked = _JWT.sub(MASK, _EMAIL.sub(MASK, text))
    seen = _decoded(masked)
    if seen is None:
        return MASK
    hidden = _JWT.sub(MASK, _EMAIL.sub(MASK, seen))
    return masked if hidden == seen else hidden


def _decoded(text: str) -> str | None:
    """The text as it was before anybody encoded it; None when that is too far away to tell."""
    for _ in range(DECODINGS):
        if "%" not in text or (before := unquote(text)) == text:
            return text
        text = before
    return None


def _masked(text: str, keep_ids: bool) -> str:
    """Until nothing is found: each replacement is shorter than what it replaces."""
    before = None
    while text != before:
        before = text
        text = _IBAN.sub(_account, _JWT.sub(MASK, _EMAIL.sub(MASK, text)))
        text = _ABROAD.sub(MASK, text) if keep_ids else _tokens(_DIGITS.sub(_number, _UUID.sub(MASK, text)))
    return text


def _account(found: re.Match[str]) -> str:
    """By its check digits (ISO 7064): one in 97 of what only looks like an IBAN is taken for one."""
    text = "".join(_WORD.findall(found[0]))
    return MASK if int("".join(str(int(letter, 36)) for letter in text[4:] + text[:4])) % 97 == 1 else found[0]


def _number(found: re.Match[str]) -> str:
    rest = _DATE.sub("", found[0])
    digits = len(_NO_DIGIT.sub("", rest))
    is_dialled = (found[0].lstrip("(")[0] in "+0" and digits >= DIGITS_IN_A_ROW) or _WRITTEN.fullmatch(found[0])
    return MASK if _ROW.search(rest) or digits >= SEPARATED_DIGITS or is_dialled else found[0]


def _tokens(text: str) -> str:
    """The first word that nobody would write, with the pieces that are glued to it; `_masked` comes back for the next."""
    found = next((run for run in _JOINED.finditer(text) if _is_random(run[0], JOINED_LETTERS, joined=True)), None)
    found = found or next((word for word in _WORD.finditer(text) if _is_random(word[0], TOKEN_LETTERS)), None)
    return text if found is None else text[: _before(text, found.start())] + MASK + text[_after(text, found.end()) :]


def _is_random(text: str, least: int, *, joined: bool = False) -> bool:
    """Whether nobody wrote these words: hardly a piece can be spoken, or letters and digits change all the time."""
    kinds = _KINDS.findall(text)
    letters = sum(map(len, kinds))
    if letters < least:
        return False
    if _HEX.fullmatch(text):
        return True
    numbers = sum(kind.isdigit() for kind in kinds)
    is_mixed = text != text.lower() and text != text.upper()
    if not (numbers or is_mixed) or (joined and not (numbers and is_mixed)) or letters / len(kinds) >= LETTERS_OF_A_WORD:
        return False  # plain words, with hyphens or without any: the ordinary slug
    spoken = sum(len(kind) for kind in kinds if _SPOKEN.search(kind) and not _UNSPOKEN.search(kind))
    changes = not is_mixed and numbers > 2 and letters / len(kinds) < LETTERS_A_CHANGE
    return changes or spoken < letters * (NATURAL_SHARE if numbers else NATURAL_SHARE_OF_LETTERS)


def _before(text: str, start: int) -> int:
    """Where a token begins, with unnatural words that are glued in front of it."""
    while start >= 2 and text[start - 1] in _GLUE and (words := list(_WORD.finditer(text, 0, start - 1))):
        if words[-1].end() != start - 1 or _NATURAL.fullmatch(words[-1][0]):
            break
        start = words[-1].start()
    return start


def _after(text: str, end: int) -> int:
    while end < len(text) and text[end] in _GLUE:
        word = _WORD.match(text, end + 1)
        if word is None:
            return end + 1 if text[end] in "=~" else end  # padding
        if _NATURAL.fullmatch(word[0]):
            break
        end = word.end()
    return end
