"""Is a lane's number wrong, and does anything say so? The one rule of the fault days, for our lanes and for anybody else's.

A number is wrong when it is off the truth of its UTC date by more than the issue's bound, which `allowed` widens where a single
session is worth more than that. Wrong numbers must be marked. An aligned row that is wrong only by the visitors of the few
minutes that its own window leaves out or takes in is `edge`: it says what it covers, and is exactly that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from benchmarks.accuracy.lanes import Lane
from benchmarks.accuracy.measures import BOUNDS, MEASURES, Kind, Measure, error
from benchmarks.accuracy.truths import DayTruth
from clarity_pipeline.clarity.dimensions import SLICES
from clarity_pipeline.clarity.window import ALIGNED_COVERAGE

Verdict = Literal["right", "edge", "marked", "silent"]

_ROUNDING = 1e-9

MISPLACED = Measure("sessions in a wrong tuple", "count", lambda tally: tally.sessions)
"""Totals can be right although every row is wrong: half the sum of |stored - true| over the lane's tuples."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict; `wrong` names the measures that are off and by how much, in the measure's own kind of error."""

    verdict: Verdict
    wrong: Mapping[str, float]
    marks: tuple[str, ...] = ()


def judge(lane: Lane, *, truth: DayTruth, of_window: Callable[[], DayTruth]) -> Finding:
    """Judge one loaded lane of ours; `of_window` gives the truth of the window that its rows declare."""
    bounds = BOUNDS["recovered" if lane.quality == "recovered" else "aligned"]
    wrong = _wrong(lane, truth, bounds)
    if not wrong:
        return Finding("right", {})
    if lane.marks:
        return Finding("marked", wrong, lane.marks)
    if lane.coverage < ALIGNED_COVERAGE:
        return Finding("silent", wrong)
    of_the_window_too = _wrong(lane, of_window(), bounds)
    return Finding("silent" if wrong.keys() & of_the_window_too.keys() else "edge", wrong)


def judge_sums(stored: Mapping[str, Any], truth: DayTruth) -> Finding:
    """Judge sums that carry no mark of any kind, such as the afternoon method's."""
    wrong = _wrong_sums(stored, truth, BOUNDS["aligned"])
    return Finding("silent" if wrong else "right", wrong)


def allowed(measure: Measure, truth: DayTruth, *, bounds: Mapping[Kind, float]) -> float:
    """The bound where one session is less than the bound on counts; on a site with fewer sessions it widens in proportion.

    0.5 % of 200 sessions is one of them: of 30, one is 3.3 %, and half a point of scroll depth becomes 3.3. A count of events may
    always be off by what one session with any of them has.
    """
    widened = max(1.0, 1 / (bounds["count"] * max(truth.visitors, 1)))
    bound = bounds["time" if measure.kind == "ratio" else measure.kind] * widened
    if measure.kind != "count":
        return bound
    tally = truth.of_site
    return max(bound, max(1.0, measure.one_session(tally)) / max(measure.truth(tally) or 0, 1))


def _wrong(lane: Lane, truth: DayTruth, bounds: Mapping[Kind, float]) -> dict[str, float]:
    wrong = _wrong_sums(lane.sums, truth, bounds)
    true = truth.by_tuple(SLICES[lane.slice_name].dimension_names)
    misplaced = sum(abs(lane.tuples.get(key, 0) - true.get(key, 0)) for key in lane.tuples.keys() | true.keys()) / 2
    share = misplaced / max(truth.of_site.sessions, 1)
    if share > allowed(MISPLACED, truth, bounds=bounds):
        wrong[MISPLACED.name] = share
    return wrong


def _wrong_sums(stored: Mapping[str, Any], truth: DayTruth, bounds: Mapping[Kind, float]) -> dict[str, float]:
    """Measures that are off by more than is allowed; what is NULL says nothing, and so nothing false."""
    found = {}
    for measure in MEASURES:
        true, value = measure.truth(truth.of_site), stored.get(measure.name)
        if true is None or value is None:
            continue
        off = error(measure, stored=float(value), true=true)
        if off > allowed(measure, truth, bounds=bounds) + _ROUNDING:
            found[measure.name] = off
    return found
