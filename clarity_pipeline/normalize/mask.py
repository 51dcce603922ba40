"""What could name a visitor, or open a door in their name, in any text that Clarity sends: each becomes `:id`.

One masker for all: `urls` calls it for paths and kept parameters, `labels` for sources, media, campaigns, channels, titles, names
of fields and of ads. Pure and idempotent; never raises, whatever a stranger typed. A false positive folds two pages into one, a
false negative keeps somebody's data; which side each kind is on, with what was measured, is in `docs/masks.md`.

The order matters: what has a form of its own goes first (`formats`), then what a machine drew (`tokens`), each as a whole, and
only what is left is searched for long numbers (`numbers`), so that no rule about digits cuts a token in two. A name, a street,
a birthday in plain words stays: nothing tells `/team/anna-berg` from `/products/oak-table`.

A business whose numbers tell pages apart (`/p/12345678`) keeps them, and its tokens, with `update --keep-path-ids`; what has a
form goes all the same.
"""

import re
from functools import lru_cache
from urllib.parse import quote, unquote

from clarity_pipeline.normalize.masks.formats import is_plain, without_formats, without_keys
from clarity_pipeline.normalize.masks.home_folders import address_without_homes, without_homes
from clarity_pipeline.normalize.masks.numbers import without_numbers
from clarity_pipeline.normalize.masks.tokens import without_tokens, without_uuids

MASK = ":id"

DECODINGS = 8
"""A value that is encoded more often than this hides something, and goes as a whole."""

ROUNDS = 16
"""So often is a text looked through; each round takes something away, and what still has more than this goes as a whole."""

_SIDE_BY_SIDE = re.compile(rf":*{MASK}(?:[-_.~:=+,;/ ]{{0,2}}{MASK})*")
_DRIVE = re.compile(r"(?:^|/)[A-Z](?:[:|]|%(?:25)*(?:3A|7C))(?:[/\\]|%(?:25)*(?:2F|5C))", re.IGNORECASE)
_NUMBER_OF_AN_AD = re.compile(r"[1-9][0-9]{16,18}")
"""Ids of campaigns at Meta and TikTok. No phone number has more than 15 digits (E.164), no card in use more than 16."""


@lru_cache(8192)
def masked_path(path: str, keep_ids: bool = False) -> str:
    """A path with `:id` for what could name a visitor in each segment; a segment without such stays letter by letter."""
    if _DRIVE.search(path):
        path = address_without_homes(path, MASK)
    return "/".join([masked_part(segment, keep_ids) for segment in path.split("/")])


@lru_cache(8192)
def masked_part(part: str, keep_ids: bool = False) -> str:
    """A segment or a parameter's value, percent-encoded any number of times; what is changed comes back encoded once."""
    if not part or is_plain(part):
        return part
    seen = _decoded(part)
    if seen is None:
        return MASK
    masked = _masked(seen, keep_ids)
    return part if masked == seen else quote(masked, safe=":@!$'()*,;=", errors="replace")


@lru_cache(8192)
def masked_text(text: str, keep_ids: bool = False) -> str:
    """A label (a campaign, a title, the name of a field), masked as a segment is; what is changed comes back decoded.

    A label that is nothing but 17 to 19 digits stays: it is the id that an ad platform put there.
    """
    if is_plain(text) or _NUMBER_OF_AN_AD.fullmatch(text.strip()):
        return text
    seen = _decoded(text)
    if seen is None:
        return MASK
    masked = _masked(seen, keep_ids)
    return text if masked == seen else masked


def _decoded(text: str) -> str | None:
    """The text as it was before anybody encoded it; None when that is too far away to tell."""
    for _ in range(DECODINGS):
        if "%" not in text or (before := unquote(text)) == text:
            return text
        text = before
    return None


def _masked(text: str, keep_ids: bool) -> str:
    """Until nothing is found."""
    for _ in range(ROUNDS):
        before = text
        text = without_keys(text, MASK)
        text = text if keep_ids else without_uuids(text, MASK)
        text = without_homes(without_formats(text, MASK), MASK)
        text = text if keep_ids else without_numbers(without_tokens(text, MASK), MASK)
        if text == before:
            return text
        text = _SIDE_BY_SIDE.sub(MASK, text)
    return MASK
