"""What is compared, as data: each measure's column, its truth, the kind of its error and the bounds of the issue.

A new measure is one new line in `MEASURES`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from clarity_pipeline.simulator.site import EVENTS, Event
from clarity_pipeline.simulator.truth import Tally

Kind = Literal["count", "points", "time", "ratio"]
"""`points` is an absolute error (scroll depth is a percentage already); the others are relative to the truth."""

BOUNDS: dict[str, dict[Kind, float]] = {
    "aligned": {"count": 0.005, "points": 0.5, "time": 0.01},
    "recovered": {"count": 0.02, "points": 1.0, "time": 0.03},
}
"""To reach on a business-day that is not cut. The issue names none for a shifted date, which says by itself that it is one."""

COVERED_SHARE_BOUND = 0.03

PERCENTILE = 0.95
"""What "within" means, of days and of cut lanes."""


@dataclass(frozen=True, slots=True)
class Measure:
    """`name` is the column of `business_day` and `url_day`; `truth` is None where there is nobody to take an average of.

    `one_session` is what one session is worth in a count: 1, or for events as many as a session with any of them has.
    """

    name: str
    kind: Kind
    truth: Callable[[Tally], float | None]
    one_session: Callable[[Tally], float] = lambda _: 1.0


def _events(event: Event, tally: Tally) -> float:
    return tally.events[event]


def _events_a_session(event: Event, tally: Tally) -> float:
    return tally.events[event] / max(tally.event_sessions[event], 1)


def _affected(event: Event, tally: Tally) -> float:
    return tally.event_sessions[event]


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else 1000 * seconds


def _sessions_column(event: Event) -> str:
    return f"{'excessive_scroll' if event == 'excessive_scroll' else event.removesuffix('s')}_sessions"


MEASURES: tuple[Measure, ...] = (
    Measure("sessions", "count", lambda tally: tally.sessions),
    Measure("bot_sessions", "count", lambda tally: tally.bot_sessions),
    *(Measure(event, "count", partial(_events, event), partial(_events_a_session, event)) for event in EVENTS),
    *(Measure(_sessions_column(event), "count", partial(_affected, event)) for event in EVENTS),
    Measure("pages_per_session", "ratio", lambda tally: tally.pages_per_session),
    Measure("scroll_depth", "points", lambda tally: tally.scroll_depth),
    Measure("engagement_time_ms", "time", lambda tally: _milliseconds(tally.active_s_per_session)),
    Measure("total_time_ms", "time", lambda tally: _milliseconds(tally.total_s_per_session)),
)

SITE_MEASURES = ("sessions", "distinct_users")
"""What the no-dimension answer tells of the whole site (`site_day`), and what a sum over URLs is taken for."""


def error(measure: Measure, *, stored: float, true: float) -> float:
    """Absolute for points, else relative; a count that should be none is relative to one."""
    difference = abs(stored - true)
    if measure.kind == "points":
        return difference
    return difference / (max(true, 1) if measure.kind == "count" else true or 1)
