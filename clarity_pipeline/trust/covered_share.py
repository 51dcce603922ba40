"""How much of a date's visits the rows of a cut lane still tell. Called by `statements`; pure.

A cut lane is an arbitrary choice of 1,000 tuples (`docs/clarity-api.md#cap`), so what is missing must be told from elsewhere.
All lanes by URL hold the same visits: an uncut one says how many there are. Without one, the totals do, by way of time: each
second of a session is spent on one page, so the site's time divided by the time of a visit is the number of visits. The
time of a visit is an average over kept rows, which an arbitrary choice leaves nearly as it is: over all cut lanes of a day,
this came within 2.5 points of the truth where pages a session, which count a page seen twice as two, were up to 14 off.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Literal

from clarity_pipeline.clarity.dimensions import DAILY_SLICES, TOTALS
from clarity_pipeline.trust.lane_sums import LaneSums
from clarity_pipeline.trust.tolerances import COMPARABLE_SECONDS, FACTOR_APART

Method = Literal["uncut_lane", "time_on_pages", "pages_per_session"]
"""What told the number of visits. The last one overstates it, so that the share is at least what is said."""

Unknown = Literal["nothing_to_compare_with", "metric_missing", "no_sessions"]


@dataclass(frozen=True, slots=True)
class Visits:
    """How many visits to pages a date had, by which other slice and method."""

    count: float
    told_by: str
    method: Method


def expected_visits(lane: LaneSums, lanes: Mapping[str, LaneSums]) -> Visits | Unknown:
    """All visits that an uncut answer to the lane's question would have told."""
    comparable = {name: other for name, other in lanes.items() if seconds_apart(lane, other) <= COMPARABLE_SECONDS}
    for name in DAILY_SLICES:
        other = comparable.get(name)
        if other is not None and other is not lane and other.tells_urls and not other.truncated and other.visits:
            return Visits(other.visits, name, "uncut_lane")
    totals = comparable.get(TOTALS.name)
    if totals is None:
        return "nothing_to_compare_with"
    return visits_from_totals(totals, comparable)


def visits_from_totals(totals: LaneSums, lanes: Mapping[str, LaneSums]) -> Visits | Unknown:
    """Visits to pages, from the site's sessions and what the rows by URL say of a visit.

    By time, unless that contradicts the pages a session: then the wire does not tell time by page as we read it.
    """
    if not totals.sessions:
        return "metric_missing" if totals.sessions is None else "no_sessions"
    if totals.pages_per_session is None:
        return "metric_missing"
    most = totals.sessions * totals.pages_per_session
    by_time = _by_time(totals, lanes)
    if by_time is not None and totals.sessions * (1 - FACTOR_APART) <= by_time <= most * (1 + FACTOR_APART):
        return Visits(by_time, TOTALS.name, "time_on_pages")
    return Visits(most, TOTALS.name, "pages_per_session")


def seconds_apart(lane: LaneSums, other: LaneSums) -> float:
    """Between the ends of their windows."""
    return abs((lane.window_end - other.window_end).total_seconds())


def _by_time(totals: LaneSums, lanes: Mapping[str, LaneSums]) -> float | None:
    """The median of what whole lanes tell, or cut ones without any: a lane that is wrong does not move it."""
    timed = [lane for lane in lanes.values() if lane.tells_urls and lane.time_ms and lane.timed_sessions]
    best = [lane for lane in timed if not lane.truncated] or timed
    if not best or not totals.time_ms:
        return None
    return totals.time_ms * median((lane.timed_sessions or 0) / (lane.time_ms or 1) for lane in best)
