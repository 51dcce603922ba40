"""What should be true of a date's lanes, alone and beside each other: statements as data, each with the function that judges it.

Called by `record` with what `lane_sums` read. Pure. Where a statement cannot be decided (the other lane is not loaded, one is
cut, a metric is missing) its finding has no verdict and says why.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import sqrt

from clarity_pipeline.clarity.dimensions import DAILY_SLICES, TOTALS
from clarity_pipeline.trust import tolerances
from clarity_pipeline.trust.covered_share import expected_visits, seconds_apart, visits_from_totals
from clarity_pipeline.trust.finding import Finding
from clarity_pipeline.trust.lane_sums import REFERENCE, DaySums, LaneSums, UrlsApart


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence that can be false. `slices` are the lanes it is about: as its subject, or as what that is held against."""

    name: str
    description: str
    slices: tuple[str, ...]
    find: Callable[[DaySums], Iterator[Finding]]


def _pairs(day: DaySums, other_name: str) -> Iterator[tuple[Finding, LaneSums, LaneSums | None]]:
    """Each of the four lanes that is loaded beside the one that it is held against; the finding says why where it cannot be."""
    other = day.lanes.get(other_name)
    for name in DAILY_SLICES:
        lane = day.lanes.get(name)
        if lane is None or lane is other:
            continue
        about = Finding(slice_name=name, other_slice=other_name)
        if other is None:
            yield replace(about, reason="other_lane_not_loaded"), lane, None
        elif not lane.tells_urls or (other_name == REFERENCE and not other.tells_urls):
            yield replace(about, reason="asked_without_url"), lane, None
        elif lane.truncated or other.truncated:
            yield replace(about, reason="cut_at_cap"), lane, None
        else:
            yield about, lane, other


def _allowed(count: float | None, lane: LaneSums, other: LaneSums, *, share: float) -> float:
    """What two counts of the same may differ by: a share of them, one visitor, and what came and went between the calls."""
    count = count or 0
    passing = count * min(1.0, tolerances.BUSIEST_HOUR * seconds_apart(lane, other) / 86_400)
    return max(tolerances.EDGE_VISITS, share * count) + passing + 3 * sqrt(passing)


def _same_window(day: DaySums) -> Iterator[Finding]:
    reference = day.lanes.get(REFERENCE)
    for name, lane in day.lanes.items():
        if name == REFERENCE:
            continue
        about = Finding(slice_name=name, other_slice=REFERENCE)
        if reference is None:
            yield replace(about, reason="other_lane_not_loaded")
        else:
            yield about.judged(seen=seconds_apart(lane, reference), expected=0, tolerance=tolerances.APART_SECONDS)


def _same_visits(day: DaySums) -> Iterator[Finding]:
    for about, lane, other in _pairs(day, REFERENCE):
        if other is None:
            yield about
        else:
            tolerance = _allowed(other.visits, lane, other, share=tolerances.SAME_VISITS)
            yield about.judged(seen=lane.visits, expected=other.visits, tolerance=tolerance)


def _same_events(day: DaySums, other_name: str = REFERENCE) -> Iterator[Finding]:
    for about, lane, other in _pairs(day, other_name):
        if other is None:
            yield about
        else:
            tolerance = _allowed(other.all_events, lane, other, share=tolerances.EVENTS_APART)
            yield about.judged(seen=lane.all_events, expected=other.all_events, tolerance=tolerance)


def _same_bot_share(day: DaySums) -> Iterator[Finding]:
    for about, lane, other in _pairs(day, REFERENCE):
        if other is None:
            yield about
        elif lane.bot_share is None and other.bot_share is None:
            yield replace(about, reason="no_sessions")
        else:
            visits = (other.sessions or 0) + (other.bot_sessions or 0)
            edges = _allowed(visits, lane, other, share=0) / max(1, visits)
            yield about.judged(
                seen=lane.bot_share, expected=other.bot_share, tolerance=max(tolerances.BOT_SHARE_APART, min(1.0, edges))
            )


def _same_urls(day: DaySums) -> Iterator[Finding]:
    for about, lane, other in _pairs(day, REFERENCE):
        if other is None:
            yield about
            continue
        for mine, theirs in ((lane, other), (other, lane)):
            apart = day.apart.get((mine.slice_name, theirs.slice_name), UrlsApart())
            yield replace(
                about, slice_name=mine.slice_name, other_slice=theirs.slice_name, offenders=apart.hashes
            ).judged(
                seen=apart.visits, expected=0, tolerance=2 * _allowed(mine.visits, mine, theirs, share=tolerances.SAME_VISITS)
            )  # fmt: skip


def _adds_up_to_totals(day: DaySums) -> Iterator[Finding]:
    """A lane's visits to pages over the totals' sessions: how many pages a session saw."""
    for about, lane, totals in _pairs(day, TOTALS.name):
        if totals is None or not totals.sessions:
            yield about if totals is None else replace(about, reason="no_sessions")
            continue
        expected = visits_from_totals(totals, day.lanes)
        if isinstance(expected, str) or lane.visits is None:
            yield replace(about, reason="metric_missing")
            continue
        about = replace(about, method=expected.method)
        seen, factor = lane.visits / totals.sessions, expected.count / totals.sessions
        rounding = tolerances.TIME_ROUNDING_MS * totals.sessions / totals.time_ms if totals.time_ms else 0.0
        apart = tolerances.FACTOR_APART + (rounding if expected.method == "time_on_pages" else 0.0)
        edges = _allowed(expected.count, lane, totals, share=apart) / totals.sessions
        found = about.judged(seen=seen, expected=factor, tolerance=edges)
        is_above_bound = expected.method == "pages_per_session" and 1 - apart <= seen <= factor
        yield replace(found, tolerance=factor - 1 + apart, passed=True) if is_above_bound else found


def _tells_all_visits(day: DaySums) -> Iterator[Finding]:
    """The covered share is `ratio`: 1 for a lane that is not cut."""
    for name in DAILY_SLICES:
        lane = day.lanes.get(name)
        if lane is None:
            continue
        about = Finding(slice_name=name, seen=lane.visits)
        if not lane.truncated:
            yield about.judged(seen=lane.visits, expected=lane.visits, tolerance=0.0)
            continue
        expected = expected_visits(lane, day.lanes) if lane.tells_urls else "asked_without_url"
        if isinstance(expected, str) or lane.visits is None:
            yield replace(about, reason=expected if isinstance(expected, str) else "metric_missing")
            continue
        most = max(expected.count, lane.visits)
        yield replace(about, other_slice=expected.told_by, method=expected.method).judged(
            seen=lane.visits, expected=most, tolerance=tolerances.SAME_VISITS * most
        )


def _bots_are_few(day: DaySums) -> Iterator[Finding]:
    for name in (REFERENCE, TOTALS.name):
        lane = day.lanes.get(name)
        if lane is None:
            continue
        about = Finding(slice_name=name)
        if lane.bot_share is None:
            yield replace(about, reason="no_sessions")
        else:
            yield about.judged(seen=lane.bot_share, expected=0, tolerance=tolerances.MOST_BOTS)


def _users_fit(day: DaySums) -> Iterator[Finding]:
    for name, lane in day.lanes.items():
        tolerance = max(tolerances.EDGE_VISITS, tolerances.USERS_ABOVE * (lane.visits or 0))
        yield Finding(slice_name=name, offenders=lane.rows_above).judged(seen=lane.users_above, expected=0, tolerance=tolerance)


COVERED_SHARE = "lane_tells_all_visits"
"""The statement whose ratio is the share of its date that a lane tells."""

USERS_FIT = "users_fit_the_sessions"

_FOUR = tuple(DAILY_SLICES)
_ALL = (*_FOUR, TOTALS.name)

STATEMENTS: tuple[Statement, ...] = (
    Statement(
        COVERED_SHARE,
        "The share of the date's visits to pages that its rows tell; below 1 where Clarity cut the lane at 1,000 rows.",
        _FOUR,
        _tells_all_visits,
    ),
    Statement(
        "lanes_share_a_window",
        "Asked for within ten minutes of the url_device lane, so that both tell of the same visits; in seconds.",
        _ALL,
        _same_window,
    ),
    Statement(
        "lanes_tell_the_same_visits",
        "Sessions, added over URLs, are those of the url_device lane: the same visits in another breakdown.",
        _FOUR,
        _same_visits,
    ),
    Statement(
        "lanes_tell_the_same_events",
        "Clicks, scrolls, quick backs and errors add up to those of the url_device lane.",
        _FOUR,
        _same_events,
    ),
    Statement(
        "lanes_tell_the_same_bot_share",
        "Bots are the same share of all sessions as in the url_device lane.",
        _FOUR,
        _same_bot_share,
    ),
    Statement(
        "lanes_tell_the_same_urls",
        "No URL with a human visit is in one of the two lanes and absent in the other; in visits to such URLs.",
        _FOUR,
        _same_urls,
    ),
    Statement(
        "visits_fit_the_totals",
        "Visits to pages over the site's sessions: as many pages a session as the time on them, or the totals, tell.",
        _ALL,
        _adds_up_to_totals,
    ),
    Statement(
        "events_fit_the_totals",
        "Clicks, scrolls, quick backs and errors add up to those of the whole site: each happens on one page.",
        _ALL,
        lambda day: _same_events(day, TOTALS.name),
    ),
    Statement(
        "bots_are_the_smaller_part",
        "Fewer than half of all sessions are bots; they are in no other number.",
        (REFERENCE, TOTALS.name),
        _bots_are_few,
    ),
    Statement(
        USERS_FIT,
        "No more users than sessions of humans and bots; in users beyond them.",
        _ALL,
        _users_fit,
    ),
)
"""In the order in which they are shown. A new one is one entry here and its function above."""
