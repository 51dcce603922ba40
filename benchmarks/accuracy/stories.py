"""What can happen on a fault day, drawn from one seed: a story is data, and the same seed always tells the same one.

`fault_days.py` lives them. Nothing here calls anybody.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from benchmarks.accuracy.sites import SITES
from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.simulator.faults import FAULTS
from clarity_pipeline.simulator.site import Site

NIGHTS = 3
"""A date can be recovered until two nights after its own."""

LARGEST = 5_000
"""Sessions a day of the largest site that fault days are about."""

HANGING = ("no_answer", "drip_body", "drip_headers")
_HEAVY = ("huge_body", "gzip_bomb")
_CALLS_A_NIGHT = 14
_WEIGHTS = (8, 8, 0.6, 0.6)
"""Of the sites of 30, 400 and twice 5,000 sessions a day: faults are the same at any size, and big ones take a second each."""

What = Literal["sync", "die", "test", "refetch", "spend", "revoke", "reconnect", "disable", "enable", "faults"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something happens at an instant; `detail` is a slice, a number of calls or lanes, or the names of faults."""

    at: datetime
    what: What
    detail: tuple[str | int | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """All that happens, by seed: events of each night, and outages."""

    seed: int
    site: Site
    first: date
    nights: tuple[tuple[Event, ...], ...]
    outages: tuple[tuple[datetime, datetime, str], ...]


def draw(seed: int, *, largest: int = LARGEST) -> Story:
    """The story of a seed; `largest` leaves bigger sites out, and so makes it another story."""
    dice = random.Random(seed)
    sites = [measured.site for measured in SITES if measured.site.sessions_a_day <= min(largest, LARGEST)]
    site = replace(dice.choices(sites, _WEIGHTS[: len(sites)])[0], project_id=f"fault{seed % 10**9:09}")
    first = date(2026, 8, 31) + timedelta(days=dice.randrange(60))
    midnights = [datetime.combine(first + timedelta(days=place), time(), UTC) for place in range(1, NIGHTS + 1)]
    nights = tuple(tuple(sorted(_night(midnight, dice), key=lambda event: event.at)) for midnight in midnights)
    return Story(seed, site, first, nights, tuple(_outages(midnights, dice)))


def _night(midnight: datetime, dice: random.Random) -> Iterator[Event]:
    def after(low: float, high: float) -> datetime:
        return midnight + timedelta(hours=dice.uniform(low, high))

    if dice.random() < 0.15:
        yield Event(midnight, "spend", (dice.choice((0, 0, 1, 3, 4, 6)),))
    if dice.random() < 0.5:
        rate = dice.choice((0.15, 0.4, 0.9))
        yield Event(midnight, "faults", tuple(_fault(dice) if dice.random() < rate else None for _ in range(_CALLS_A_NIGHT)))
    five_past = midnight + timedelta(minutes=5)
    runs = dice.choices([[five_past], [after(0.08, 0.47)], [after(0.5, 6.2)], []], [75, 8, 10, 7])[0]
    if dice.random() < 0.3:
        runs = [*runs, after(0.5, 7)]
    dies = dice.random() < 0.05
    for run in runs:
        yield Event(run, "die" if dies and run is runs[0] else "sync", (dice.randrange(4),) if dies and run is runs[0] else ())
    if dice.random() < 0.1:
        yield Event(after(0, 14), "test")
    if dice.random() < 0.06:
        yield Event(after(0.2, 6.5), "refetch", (dice.choice(list(DAILY_SLICES)),))
    if dice.random() < 0.03:
        yield from (Event(after(0, 0.06), "revoke"), Event(after(0.1, 10), "reconnect"))
    if dice.random() < 0.02:
        yield from (Event(midnight, "disable"), Event(after(0.1, 12), "enable"))


def _fault(dice: random.Random) -> str:
    """Any of the simulator's; those that hang or weigh 33 MiB less often, since each costs a second."""
    names = list(FAULTS)
    return dice.choices(names, [0.15 if name in HANGING else 0.3 if name in _HEAVY else 1 for name in names])[0]


def _outages(midnights: list[datetime], dice: random.Random) -> Iterator[tuple[datetime, datetime, str]]:
    for midnight in midnights:
        if dice.random() < 0.12:
            start = midnight + timedelta(hours=dice.uniform(-2, 2))
            hours = dice.choice((0.3, 1, 4, 12, 30))
            yield start, start + timedelta(hours=hours), dice.choice(("server_error", "service_unavailable"))


def told(story: Story) -> Iterator[str]:
    """The story in lines."""
    yield f"seed {story.seed}: {story.site.sessions_a_day:g} sessions a day, from {story.first}"
    for event in (event for night in story.nights for event in night):
        yield f"  {event.at:%Y-%m-%d %H:%M} {event.what} {' '.join(map(str, event.detail))}".rstrip()
    for start, end, name in story.outages:
        yield f"  {start:%Y-%m-%d %H:%M} until {end:%Y-%m-%d %H:%M} {name}"
