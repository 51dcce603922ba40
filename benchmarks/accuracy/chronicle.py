"""Sixty nights of one site, lived by both methods: what each says of every date and page, beside the truth.

Called by `__main__` for each site in a process of its own. It measures and judges nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pandas as pd

from benchmarks.accuracy.afternoon import Afternoon, by_page
from benchmarks.accuracy.cut_lanes import CutLane, cut_lanes, site_day_of
from benchmarks.accuracy.measures import MEASURES, SITE_MEASURES
from benchmarks.accuracy.nights import Night, nights
from benchmarks.accuracy.ours import Hand, Ours, open_ours
from benchmarks.accuracy.sites import Measured
from benchmarks.accuracy.truths import DayTruth, canonical
from clarity_pipeline.clarity.window import ALIGNED_COVERAGE
from clarity_pipeline.simulator.server import FakeClarity
from clarity_pipeline.simulator.truth import Tally
from clarity_pipeline.simulator.window import SessionLog

FIRST = date(2026, 8, 31)
"""A Monday."""

NOTHING = "nothing stored"
_EVERY_SIXTH = 6
_DAY = timedelta(days=1)

Level = Literal["business-day", "URL-day", "site-day"]
Numbers = Mapping[str, Any]
Stored = tuple[Numbers | None, ...]
"""By ours, by the afternoon method, and by it as read back."""


class Said(NamedTuple):
    """What the methods say of one measure of one date, and of one page when the level is URL-day; None: nothing is said.

    `visitors` are the human sessions of the date, of the whole site; `one_session` is what one of them is worth in this measure.
    `true_of_window` is the truth of the 24 hours that our row declares, on business-days. `afternoon` is what is stored under the
    date; `afternoon_read_back` what is stored under the next one, for a reader who knows that a call soon after midnight tells
    of the day before.
    """

    site: str
    date: date
    situation: str
    level: Level
    page: int
    measure: str
    true: float
    visitors: int
    one_session: float
    true_of_window: float | None
    ours: float | None
    afternoon: float | None
    afternoon_read_back: float | None


@dataclass(frozen=True, slots=True)
class Chronicle:
    """Everything that was said (a row each, columns as in `Said`), what seeing one page under two addresses adds, and cut lanes.

    `twice_counted` holds, for every sixth date, the share by which page-sessions exceed visits to pages; `raw_urls` their number.
    """

    site: str
    said: pd.DataFrame
    twice_counted: tuple[float, ...]
    raw_urls: tuple[int, ...]
    cut_lanes: tuple[CutLane, ...]


def live(measured: Measured, *, home: Path, count: int, seed: int, progress: Callable[[str], None]) -> Chronicle:
    """Live `count` nights of a story that `seed` and the site decide, then ask both methods about every date."""
    site = measured.site
    hand = Hand(datetime.combine(FIRST, time(), UTC))
    story = list(nights(FIRST, count=count, seed=f"{seed} {site.project_id}"))
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


def situation(row: Numbers) -> str:
    """What a row of a mart says of itself: its situation in the report."""
    if row["truncated"]:
        return "cut"
    late = (row["fetched_at"].date() - row["date"]).days - 1
    if row["quality"] == "recovered":
        on_time = row["coverage"] >= ALIGNED_COVERAGE
        return f"recovered {late} day{'s' * (late > 1)} late" if on_time else "recovered, hours after midnight"
    if row["quality"] == "aligned":
        return "aligned"
    hours = row["fetched_at"].hour + row["fetched_at"].minute / 60
    return next(f"shifted, up to {edge} h late" for edge in (1, 3, 6) if hours <= edge)


def _compare(measured: Measured, story: list[Night], *, ours: Ours, their: Afternoon, log: SessionLog) -> Chronicle:
    days = {row["date"]: row for row in ours.rows("from business_day where business_id = $business_id")}
    said: list[Said] = []
    twice: list[float] = []
    raw_urls: list[int] = []
    for place, night in enumerate(story):
        truth = DayTruth(log.day(night.date))
        if place % _EVERY_SIXTH == 0:
            twice.append(truth.of_site.sessions / sum(truth.visits_by_page.values()) - 1)
            raw_urls.append(truth.raw_urls)
        said += _of_date(measured.name, night.date, days.get(night.date), truth=truth, ours=ours, their=their, log=log)
    frame = pd.DataFrame(said, columns=list(Said._fields))
    return Chronicle(measured.name, frame, tuple(twice), tuple(raw_urls), tuple(cut_lanes(ours, log)))


def _of_date(
    site: str, day: date, row: Numbers | None, *, truth: DayTruth, ours: Ours, their: Afternoon, log: SessionLog
) -> Iterator[Said]:
    """One date: the whole business, then each page that a human saw."""
    next_day = day + timedelta(days=1)
    in_situation = situation(row) if row else NOTHING
    of_window = None
    if row and not row["truncated"] and row["window_end"] - row["window_start"] == _DAY:
        of_window = DayTruth(log.window(row["window_end"], 1)).of_site
    stored: Stored = (row, their.site(day), their.site(next_day))
    yield from _said(site, day, in_situation, "business-day", 0, truth, truth.of_site, of_window, stored)
    site_day = site_day_of(ours, day)
    for name, true in zip(SITE_MEASURES, (truth.visitors, truth.users), strict=True):
        told = (None if each is None else each[name] for each in (site_day, *stored[1:]))
        yield Said(site, day, in_situation, "site-day", 0, name, true, truth.visitors, 1.0, None, *told)
    ours_by_page = {
        page["url"]: page for page in ours.rows("from url_day where business_id = $business_id and date = $day", day=day)
    }
    theirs_by_page = [by_page(their.days.get(each, {}), canonical=canonical) for each in (day, next_day)]
    for number, (page, tally) in enumerate(truth.by_page.items()):
        if page is not None and tally.sessions:
            stored = (ours_by_page.get(page), *(rows.get(page) for rows in theirs_by_page))
            yield from _said(site, day, in_situation, "URL-day", number, truth, tally, None, stored)


def _said(
    site: str,
    day: date,
    in_situation: str,
    level: Level,
    page: int,
    truth: DayTruth,
    tally: Tally,
    of_window: Tally | None,
    stored: Stored,
) -> Iterator[Said]:
    for measure in MEASURES:
        true = measure.truth(tally)
        if true is not None:
            window = None if of_window is None else measure.truth(of_window)
            values = (None if row is None or row.get(measure.name) is None else float(row[measure.name]) for row in stored)
            one = true / max(truth.visitors, 1) if measure.name == "sessions" else measure.one_session(tally)
            yield Said(site, day, in_situation, level, page, measure.name, true, truth.visitors, one, window, *values)
