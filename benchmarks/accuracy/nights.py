"""What sixty nights do to a machine and to Clarity: when somebody runs, when Clarity is down, when others spend the calls.

A night belongs to the UTC date that has just ended. Both methods live through the same nights, on the same machine.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

Kind = Literal["fine", "late", "outage", "lost", "two_lost", "others", "off"]

SHARES: dict[Kind, int] = {"fine": 22, "late": 15, "outage": 3, "lost": 6, "two_lost": 3, "others": 5, "off": 3}
"""Nights of each kind in sixty; `two_lost` takes two."""

LATE_HOURS = (0.58, 0.75, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.4, 5.8)
"""A cron job that was set to local time, a queue, a machine that slept: from the first minute that is not aligned to 05:48."""

_FIVE_PAST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Night:
    """`runs`: when the machine runs its job. `outage`: when Clarity answers 500. `spent`: others have used up the day's calls."""

    date: date
    kind: Kind
    runs: tuple[datetime, ...]
    outage: tuple[datetime, datetime] | None = None
    spent: bool = False


def nights(first: date, *, count: int, seed: str) -> Iterator[Night]:
    """`count` nights in a row, kinds shuffled by `seed`; the first two are fine, so that all has begun well."""
    draw = random.Random(seed)
    kinds = _kinds(count, draw)
    for place, kind in enumerate(kinds):
        day = first + timedelta(days=place)
        midnight = datetime.combine(day + timedelta(days=1), time(), UTC)
        yield _night(day, kind, midnight, late_hours=draw.choice(LATE_HOURS))


def _kinds(count: int, draw: random.Random) -> list[Kind]:
    blocks: list[list[Kind]] = []
    for kind, share in SHARES.items():
        blocks += [["lost", "lost"] if kind == "two_lost" else [kind]] * max(1, round(share * count / 60))
    draw.shuffle(blocks)
    kinds: list[Kind] = ["fine", "fine", *(kind for block in blocks for kind in block)]
    return (kinds + ["fine"] * count)[:count]


def _night(day: date, kind: Kind, midnight: datetime, *, late_hours: float) -> Night:
    on_time = midnight + _FIVE_PAST
    if kind == "late":
        return Night(day, kind, (midnight + timedelta(hours=late_hours),))
    if kind == "outage":  # the job fails, and somebody runs it again when Clarity is back
        return Night(day, kind, (on_time, midnight + timedelta(hours=4.5)), outage=(midnight, midnight + timedelta(hours=4)))
    if kind in ("lost", "two_lost"):
        return Night(day, kind, (on_time,), outage=(midnight, midnight + timedelta(hours=20)))
    if kind == "others":
        return Night(day, kind, (on_time,), spent=True)
    if kind == "off":
        return Night(day, kind, (midnight + timedelta(hours=14),))
    return Night(day, kind, (on_time,))
