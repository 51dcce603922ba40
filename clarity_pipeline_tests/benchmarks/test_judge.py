"""The judge of the fault days: what is wrong, and what may be wrong only with a mark."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

import pytest

from benchmarks.accuracy.judge import MISPLACED, judge
from benchmarks.accuracy.lanes import Lane
from benchmarks.accuracy.measures import MEASURES
from benchmarks.accuracy.truths import DayTruth
from clarity_pipeline.simulator.presets import mid_size
from clarity_pipeline.simulator.window import SessionLog

DAY = date(2026, 9, 11)
LOG = SessionLog(mid_size(), 7)


@cache
def truth_until(end: datetime) -> DayTruth:
    return DayTruth(LOG.window(end, 1))


def midnight(**later: float) -> datetime:
    return datetime.combine(DAY + timedelta(days=1), time(), UTC) + timedelta(**later)


def lane(end: datetime, **changes: object) -> Lane:
    """What a perfect pipeline stores of the 24 hours before `end`."""
    told = truth_until(end)
    exact = Lane(
        date=DAY,
        slice_name="url_device",
        sums={measure.name: measure.truth(told.of_site) for measure in MEASURES},
        tuples=told.by_tuple(("url", "device")),
        quality="aligned",
        coverage=1 - (end - midnight()) / timedelta(days=1),
        window=(end - timedelta(days=1), end),
        marks=(),
    )
    return replace(exact, **changes)  # type: ignore[arg-type]


def verdict_of(given: Lane) -> str:
    return judge(given, truth=truth_until(midnight()), of_window=lambda: truth_until(given.window[1])).verdict


def test_the_truth_itself_is_right() -> None:
    assert verdict_of(lane(midnight())) == "right"


def test_a_window_that_starts_with_somebody_elses_visitors_is_edge_only_as_far_as_it_says_so() -> None:
    late = lane(midnight(minutes=25))
    assert judge(late, truth=truth_until(midnight()), of_window=lambda: truth_until(late.window[1])).wrong
    assert verdict_of(late) == "edge"
    assert verdict_of(replace(late, window=lane(midnight()).window)) == "silent", "it claims the date and tells another window"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda sums: sums | {"sessions": sums["sessions"] * 1.02},
        lambda sums: sums | {"dead_clicks": sums["dead_clicks"] * 2},
        lambda sums: sums | {"scroll_depth": sums["scroll_depth"] + 0.6},
        lambda sums: sums | {"engagement_time_ms": sums["engagement_time_ms"] * 1.02},
        lambda sums: sums | {"sessions": 0},
    ],
)
def test_a_wrong_number_is_silent_until_something_marks_it(spoil: Callable[[dict[str, float]], dict[str, float]]) -> None:
    honest = lane(midnight())
    wrong = replace(honest, sums=spoil(dict(honest.sums)))
    assert verdict_of(wrong) == "silent"
    assert verdict_of(replace(wrong, marks=("truncated",))) == "marked"


def test_a_number_that_is_null_says_nothing_false() -> None:
    honest = lane(midnight())
    assert verdict_of(replace(honest, sums=honest.sums | {"sessions": None, "scroll_depth": None})) == "right"


def test_right_totals_over_wrong_rows_are_found() -> None:
    honest = lane(midnight())
    keys, sessions = list(honest.tuples), list(honest.tuples.values())
    turned = replace(honest, tuples=dict(zip(keys, sessions[1:] + sessions[:1], strict=True)))
    found = judge(turned, truth=truth_until(midnight()), of_window=lambda: truth_until(midnight()))
    assert (found.verdict, set(found.wrong)) == ("silent", {MISPLACED.name})


def test_a_shifted_window_is_no_excuse_without_its_mark() -> None:
    late = lane(midnight(hours=5))
    assert verdict_of(late) == "silent"
    assert verdict_of(replace(late, quality="shifted", marks=("quality: shifted",))) == "marked"
