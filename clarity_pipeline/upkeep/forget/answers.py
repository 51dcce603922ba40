"""Answers of the vault in which something stands, and their being written without it.

Numbers stay: a tuple keeps its sessions under FORGOTTEN, so that no total of a date changes. An answer is the only thing in the
vault that is ever written anew; its digest follows in the jobs that it told. What was loaded
is known by the old one until the replay that comes after, so that the warehouse is known as this home's.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

import sqlalchemy as sa

from clarity_pipeline.clarity.dimensions import DIMENSIONS, SLICES
from clarity_pipeline.clarity.wire import folded
from clarity_pipeline.connections.business import UnknownBusiness
from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.home import Home
from clarity_pipeline.normalize.page_identity import PageIdentity
from clarity_pipeline.state.schema.calls import sync_jobs
from clarity_pipeline.upkeep.forget.sought import Sought
from clarity_pipeline.vault.stored_answer import StoredAnswer, VaultDamaged

_NAMES = {folded(spelling) for each in DIMENSIONS.values() for spelling in each.spellings} | {"name", "url"}
"""Keys whose values are names whatever they look like: a campaign may be a number."""

_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"(\s*:)?', re.DOTALL)
_NUMBER = re.compile(r"\s*-?[\d.,]+%?\s*")


@dataclass(frozen=True, slots=True)
class InAnswer:
    """An answer and how often it has what is sought, or the one line that says why it cannot be read."""

    stored: StoredAnswer
    times: int
    damage: str | None = None


def answers_with(home: Home, sought: Sought, day: date, business_id: str) -> Iterator[InAnswer]:
    """The answers of a business-day that have it, and those that cannot be read."""
    pages = _pages_of(home, business_id)
    for slice_name in SLICES:
        for stored in home.vault.answers(business_id, date=day, slice_name=slice_name):
            try:
                times = without(home.vault.read(stored), sought, pages)[1]
            except VaultDamaged as damage:
                yield InAnswer(stored, 0, str(damage))
                continue
            if times:
                yield InAnswer(stored, times)


def lanes_of(home: Home, day: date, business_id: str) -> set[str]:
    """The slices that a business-day has an answer of."""
    return {path.parent.name for path in home.vault.files(business_id, date=day)}


def write_without(home: Home, found: InAnswer, sought: Sought) -> None:
    """Put an answer without it in its place. A crash leaves both, and the next time removes the older one."""
    body, _ = without(home.vault.read(found.stored), sought, _pages_of(home, found.stored.business_id))
    old, digest = found.stored, hashlib.sha256(body).hexdigest()
    of_lane = home.vault.answers(old.business_id, date=old.date, slice_name=old.slice_name)
    kept = (each for each in of_lane if (each.sha256, each.fetched_at) == (digest, old.fetched_at))
    anew = next(kept, None) or home.vault.keep_in_place_of(old, body)
    with home.state.write() as connection:
        told_by_it = sync_jobs.c.answer_sha256 == found.stored.sha256
        connection.execute(sa.update(sync_jobs).where(told_by_it).values(answer_sha256=anew.sha256))
    failpoint("answer_forgotten")
    home.vault.drop(found.stored)


def _pages_of(home: Home, business_id: str) -> PageIdentity:
    """What it means by a page; the plain meaning where it is connected no more."""
    try:
        return home.connections.get(business_id).pages
    except UnknownBusiness:
        return PageIdentity()


def without(body: bytes, sought: Sought, pages: PageIdentity) -> tuple[bytes, int]:
    """An answer as it was received, and the same letters but for the names in which something stood; how many these are."""
    text = body.decode("utf-8", "surrogateescape")
    if not sought.may_be_in(text):
        return body, 0
    try:
        json.loads(body)
    except ValueError:
        anew, times = sought.taken_out(text)
        return anew.encode("utf-8", "surrogateescape"), times
    is_page = cache(sought.of_page(pages))
    parts, end, key, times = [], 0, "", 0
    for token in _TOKEN.finditer(text):
        if token[2]:
            key = token[1]
            continue
        if _NUMBER.fullmatch(token[1]) and folded(key) not in _NAMES:
            continue
        anew, here = sought.taken_out(token[1])
        if not here and token[1][:4].casefold() == "http" and is_page(token[1].replace("\\/", "/")):
            anew, here = sought.without_path(token[1]), 1
        if here:
            parts += [text[end : token.start(1)], anew]
            end, times = token.end(1), times + here
    return "".join([*parts, text[end:]]).encode("utf-8", "surrogateescape"), times
