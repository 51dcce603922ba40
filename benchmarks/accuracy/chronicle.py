"""Sixty nights of one site, lived by both methods: what each says of every date and page, beside the truth.

Called by `__main__` for each site in a process of its own. It measures and judges nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal

from benchmarks.accuracy.afternoon import Afternoon, Row, of_page
from benchmarks.accuracy.measures import MEASURES
from benchmarks.accuracy.nights import Night, nights
from benchmarks.accuracy.ours import Hand, Ours, open_ours
from benchmarks.accuracy.sites import Measured
from benchmarks.accuracy.truths import DayTruth, canonical
from clarity_pipeline.simulator.server import FakeClarity
from clarity_pipeline.simulator.window import SessionLog

FIRST = date(2026, 8, 31)
"""A Monday."""

Level = Literal["business-day", "URL-day"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the methods say of one measure of one date, and of one page when the level is URL-day; None: nothing is said.

    `afternoon` is what is stored under the date; `afternoon_read_back` what is stored under the next one, for a reader who knows
    that a call soon after midnight tells of the day before.
    """

    site: str
    date: date
    situation: str
    level: Level
    page: int
    measure: str
    true: float
    ours: float | None
    afternoon: float | None
    afternoon_read_back: float | None


@dataclass(frozen=True, slots=True)
class Chronicle:
    """Everything that was said, and by date the share of page-sessions that seeing one page under two addresses adds."""

    said: tuple[Said, ...]
    twice_counted: tuple[float, ...]


def live(measured: Measured, *, home: Path, count: int, seed: int, progress: Callable[[str], None]) -> Chronicle:
    """Live `count` nights, then ask both methods about every date."""
    hand, site = Hand(), measured.site
    story = list(nights(FIRST, count=count, seed=seed))
    with FakeClarity([site], clock=hand, seed=seed) as ours_fake, FakeClarity([site], clock=hand, seed=seed) as their_fake:
        their = Afternoon(their_fake.base_url, their_fake.token(site.project_id), sleep=lambda _: None)
        with open_ours(home, fake=ours_fake, site=site, hand=hand) as ours:
            for place, night in enumerate(story):
                _live_night(night, ours=ours, their=their, fakes=(ours_fake, their_fake), hand=hand)
                if place % 10 == 9:
                    progress(f"{measured.name}: {place + 1} of {count} nights")
            return _compare(measured, story, ours=ours, their=their, log=SessionLog(site, seed))


def _live_night(night: Night, *, ours: Ours, their: Afternoon, fakes: tuple[FakeClarity, ...], hand: Hand) -> None:
    for fake in fakes:
        if night.outage:
            fake.outage(ours.project_id, *night.outage)
        if night.spent:
            hand.now = datetime.combine(night.runs[0].date(), time(), night.runs[0].tzinfo)
            fake.spend_day(ours.project_id)
    for hand.now in night.runs:
        ours.sync(night.date)
        their.run(hand.now)


def situation(row: dict[str, Any]) -> str:
    """What a row of a mart says of itself: its situation in the report."""
    if row["truncated"]:
        return "cut"
    late = (row["fetched_at"].date() - row["date"]).days
    if row["quality"] == "recovered":
        return f"recovered {late - 1} day{'s' * (late > 2)} late"
    if row["quality"] == "aligned":
        return "aligned"
    hours = row["fetched_at"].hour + row["fetched_at"].minute / 60
    return next(f"shifted, up to {edge} h late" for edge in (1, 3, 6) if hours <= edge)


def _compare(measured: Measured, story: list[Night], *, ours: Ours, their: Afternoon, log: SessionLog) -> Chronicle:
    days = {row["date"]: row for row in ours.rows("from business_day where business_id = $business_id")}
    said: list[Said] = []
    twice: list[float] = []
    for night in story:
        truth = DayTruth(log.day(night.date))
        visits = sum(truth.visits_by_page.values())
        if visits:
            twice.append(truth.of_site.sessions / visits - 1)
        day = days.get(night.date)
        in_situation = situation(day) if day else "nothing"
        next_day = night.date + timedelta(days=1)
        pages = {
            row["url"]: row
            for row in ours.rows("from url_day where business_id = $business_id and date = $day", day=night.date)
        }
        levels = [("business-day", 0, truth.of_site, day, their.site(night.date), their.site(next_day))]
        for number, (page, tally) in enumerate(truth.by_page.items()):
            if page is not None and tally.sessions:
                theirs = (of_page(their.days.get(each, {}), page, canonical=canonical) for each in (night.date, next_day))
                levels.append(("URL-day", number, tally, pages.get(page), *theirs))
        for level, number, tally, *stored in levels:
            for measure in MEASURES:
                true = measure.truth(tally)
                if true is not None:
                    said.append(
                        Said(
                            site=measured.name, date=night.date, situation=in_situation, level=level, page=number,
                            measure=measure.name, true=true, ours=_of(stored[0], measure.name),
                            afternoon=_of(stored[1], measure.name), afternoon_read_back=_of(stored[2], measure.name),
                        )
                    )  # fmt: skip
    return Chronicle(tuple(said), tuple(twice))


def _of(row: dict[str, Any] | Row | None, name: str) -> float | None:
    value = None if row is None else row.get(name)
    return None if value is None else float(value)

