"""What a cut lane says of itself, against what it really still tells; and what the totals say of the whole site.

Both come from tables that the warehouse has since lanes are held against each other; without them there is nothing to report.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from benchmarks.accuracy.measures import PERCENTILE
from benchmarks.accuracy.ours import Ours
from benchmarks.accuracy.truths import DayTruth
from clarity_pipeline.clarity.window import ALIGNED_COVERAGE
from clarity_pipeline.simulator.window import SessionLog

_CUT = """
select told.date, told.slice, told.ratio, told.method, lanes.sessions
from clarity_reconciliation as told
join (
    select date, slice, sum(sessions)::bigint as sessions, bool_or(truncated) as truncated, min(coverage) as coverage
    from clarity_daily_metrics where business_id = $business_id group by date, slice
) as lanes using (date, slice)
where told.business_id = $business_id and told.statement = 'lane_tells_all_visits'
    and lanes.truncated and lanes.coverage >= $aligned
order by told.date, told.slice
"""
_SITE_DAY = "from site_day where business_id = $business_id and date = $day"


@dataclass(frozen=True, slots=True)
class CutLane:
    """One cut lane of a date that its window covers: the share of visits that it is said to tell (None: not said), and does."""

    date: date
    slice_name: str
    method: str | None
    said: float | None
    true: float


def cut_lanes(ours: Ours, log: SessionLog) -> Iterator[CutLane]:
    """Every cut lane, with its true share of the visits to pages of the UTC date."""
    if not ours.has("clarity_reconciliation"):
        return
    visits: dict[date, int] = {}
    for row in ours.rows(_CUT, aligned=ALIGNED_COVERAGE):
        day = row["date"]
        if day not in visits:
            visits[day] = DayTruth(log.day(day)).of_site.sessions
        said = row["ratio"] if row["method"] else None
        yield CutLane(day, row["slice"], row["method"], said, row["sessions"] / visits[day])


def shares_apart(lanes: Sequence[CutLane]) -> float | None:
    """The 95th percentile of how far the share that is said lies from the true one, 0..1; None where none is said."""
    apart = [abs(lane.said - lane.true) for lane in lanes if lane.said is not None]
    return float(np.quantile(apart, PERCENTILE)) if apart else None


def site_day_of(ours: Ours, day: date) -> dict[str, Any] | None:
    """The date's row of `site_day`, where the totals were asked for."""
    return next(iter(ours.rows(_SITE_DAY, day=day)), None) if ours.has("site_day") else None
