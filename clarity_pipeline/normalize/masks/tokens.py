"""Where in a text a token is that a machine drew: a key of a session, a reset link, an id.

Called by `mask`. A piece of letters and digits is told by two costs: what it costs somebody who writes words and numbers
(`letter_pairs`), and what it costs a machine that draws each letter from its alphabet. A token is where the difference adds
up, over pieces that `-`, `_`, `+` and `/` part, since base64 has these; it is taken whole, with what is glued to it. Hex of 16
letters is always one. Shorter ones are what sites give to what they show (videos 11, articles 10, commits 7 to 12) and stay.

The bounds are measured on random tokens of every alphabet, and on a million ordinary pieces of paths: see `docs/masks.md`.
"""

import re
from dataclasses import dataclass
from functools import lru_cache, partial
from math import log2

from clarity_pipeline.normalize.masks.acronyms import KNOWN, WRITTEN
from clarity_pipeline.normalize.masks.letter_pairs import word_bits

SHORTEST = 16
"""64 bits in hex; 16 letters of base64 are what the shortest reset links have."""

BITS_A_CHANGE = {1: 6.5, 2: 5.0, 3: 2.5}
"""What it costs a writer to have another word or number beside one of one, two, three and more letters, with nothing between."""

BITS_OF_A_LETTER = 7.0
"""A letter alone (`m8x40`, `b2b`), of which pairs of letters know nothing."""

BITS_OF_AN_ACRONYM = 10.0
"""One of a thousand names that somebody may write."""

BITS_A_SEPARATOR = {True: -4.0, False: -2.0}
"""Words are parted every sixth letter, base64url every thirty-second: beside a word each `-` speaks for a writer."""

BITS_TO_TELL_MIXED, BITS_TO_TELL_DIGITS, BITS_TO_TELL_LETTERS = 7.0, 14.0, 18.0
"""How far apart the two costs must be: letters of both cases; of one case with digits; of one case alone."""

BITS_TO_TELL_GROUPS, LETTERS_IN_GROUPS = 20.0, 17
"""Of one case with digits in groups: licence keys, where article numbers must stay. Counted are groups of four with a digit."""

LETTERS_MIXED, LETTERS_MIXED_SURELY, BITS_TO_BE_SURE = 8, 4, 25.0
"""Letters in pieces of both cases, of base64 that is broken up; with so many bits four are enough."""

SHORTEST_CORE = 8
"""Of a token that base64 has broken up, what gives it away; `IPv6` and `SOCKSv5` beside short words are no token."""

SHORTEST_BESIDE_MIXED = 5
"""Letters of a word that stays beside a token in which cases are mixed."""

_RUN = re.compile(rf"[A-Za-z0-9_~+/=-]{{{SHORTEST},}}")
_PIECE = re.compile(r"[A-Za-z0-9]+")
_GROUP = re.compile(r"(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{4,}")
_HEX = re.compile(rf"(?=[a-fA-F]*[0-9])(?=[0-9]*[A-Fa-f])(?:[0-9a-f]{{{SHORTEST},}}|[0-9A-F]{{{SHORTEST},}})")
_UUID = re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}(?![0-9A-Za-z])")
_PLAIN = re.compile(r"[A-Z]?[a-z]{3,}|[A-Z]{4,}")
_SURE = 100.0
_BITS_OF_DIGIT = log2(10)


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    bits: float
    is_word: bool


def without_tokens(text: str, mask: str) -> str:
    """The text with `mask` for each of them."""
    return mask.join(map(partial(_masked_between, mask=mask), text.split(mask)))


def _masked_between(text: str, mask: str) -> str:
    shown = ""
    while (token := first_token(text)) is not None:
        shown, text = shown + text[: token[0]] + mask, text[token[1] :]
    return shown + text


def without_uuids(text: str, mask: str) -> str:
    """Those alone, which go before anything else: their pieces can look like an account or a number."""
    return _UUID.sub(mask, text)


def first_token(text: str) -> tuple[int, int] | None:
    """Where the first token begins and ends, what is glued to it included; None without one."""
    for run in _RUN.finditer(text):
        if not run[0].startswith("xn--") and (span := _token_in(run[0])) is not None:  # a host's name, in letters of DNS
            return run.start() + span[0], run.start() + span[1]
    return None


def is_word(text: str) -> bool:
    """Whether these letters are one word that somebody wrote, of four letters or more."""
    return _PLAIN.fullmatch(text) is not None and word_bits(text) - len(text) * log2(26) < (0 if len(text) == 4 else 6)


@lru_cache(2048)
def _token_in(run: str) -> tuple[int, int] | None:
    pieces = [_Piece(found.start(), found.end(), _bits(found[0]), is_word(found[0])) for found in _PIECE.finditer(run)]
    if not pieces:
        return None
    first, last, bits = _best(pieces)
    core = run[pieces[first].start : pieces[last].end]
    least = LETTERS_MIXED if bits < BITS_TO_BE_SURE else LETTERS_MIXED_SURELY
    is_mixed = _letters_mixed(run, pieces[first : last + 1]) >= least
    start, end = _with_glue(run, pieces, first=first, last=last, is_mixed=is_mixed)
    if _tells(core, bits, length=end - start if is_mixed else len(core), is_mixed=is_mixed):
        return start, end
    for place, piece in enumerate(pieces):
        alone = run[piece.start : piece.end]
        if _tells(alone, piece.bits, length=len(alone), is_mixed=_is_mixed(alone)):
            return _with_glue(run, pieces, first=place, last=place, is_mixed=_is_mixed(alone))
    return None


def _bits(piece: str) -> float:
    """By how many bits a machine is the likelier author."""
    if _HEX.fullmatch(piece):
        return _SURE
    cases = (piece != piece.lower()) + (piece != piece.upper())
    if not cases:
        return -1.0
    parts = WRITTEN.findall(piece)
    written = sum(map(_bits_of_part, parts))
    if len(parts) > 1:
        changes = sum(BITS_A_CHANGE[min(len(part), 3)] for part in parts)
        written += changes - changes / len(parts)
    return written - len(piece) * log2(26 * cases + 10 * any(map(str.isdigit, parts)))


def _bits_of_part(part: str) -> float:
    if part in KNOWN:
        return BITS_OF_AN_ACRONYM
    if part.isdigit():
        return 1 + _BITS_OF_DIGIT * len(part)
    return word_bits(part) if len(part) > 1 else BITS_OF_A_LETTER


def _letters_mixed(run: str, pieces: list[_Piece]) -> int:
    """Of pieces in which cases are mixed as nobody does; `SaaS` and `iOS` are short."""
    return sum(piece.end - piece.start for piece in pieces if piece.bits > 0 and _is_mixed(run[piece.start : piece.end]))


def _is_mixed(piece: str) -> bool:
    """Of both cases, and no word with a capital."""
    return not (piece.islower() or piece.isupper() or piece.isdigit() or piece.istitle())


def _best(pieces: list[_Piece]) -> tuple[int, int, float]:
    """The neighbours whose bits add up to most (Kadane's way): the first, the last, their bits."""
    separator = BITS_A_SEPARATOR[any(piece.is_word for piece in pieces)]
    best = (0, 0, pieces[0].bits)
    first, so_far = 0, 0.0
    for place, piece in enumerate(pieces):
        if so_far + separator > 0:
            so_far += separator + piece.bits
        else:
            first, so_far = place, piece.bits
        if so_far > best[2]:
            best = (first, place, so_far)
    return best


def _tells(text: str, bits: float, *, length: int, is_mixed: bool) -> bool:
    if length < SHORTEST or len(text) < SHORTEST_CORE:
        return False
    if is_mixed:
        return bits >= BITS_TO_TELL_MIXED
    if not any(map(str.isdigit, text)):
        return bits >= BITS_TO_TELL_LETTERS and text.isalnum()
    if text.isalnum():
        return bits >= BITS_TO_TELL_DIGITS
    return bits >= BITS_TO_TELL_GROUPS and sum(len(group) for group in _GROUP.findall(text)) >= LETTERS_IN_GROUPS


def _with_glue(run: str, pieces: list[_Piece], *, first: int, last: int, is_mixed: bool) -> tuple[int, int]:
    """With everything before and behind, up to a plain word; four letters of base64 look like one too often."""

    def stays(piece: _Piece) -> bool:
        text = run[piece.start : piece.end]
        is_sure = len(text) > SHORTEST_BESIDE_MIXED or (len(text) == SHORTEST_BESIDE_MIXED and piece.bits < 0)
        return piece.is_word and (not is_mixed or (is_sure and not text.isupper()))

    while first > 0 and not stays(pieces[first - 1]):
        first -= 1
    while last + 1 < len(pieces) and not stays(pieces[last + 1]):
        last += 1
    return pieces[first].start if first > 0 else 0, pieces[last].end if last + 1 < len(pieces) else len(run)
