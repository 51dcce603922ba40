"""What became of a business's lanes lately: which were cut, and whether to ask for less. Read by `capture`, plan and `status`.

It puts together what `cut_lanes` and the jobs know, since a lane that came whole has only its job, and lets `back_off` decide.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from clarity_pipeline.calls.back_off import FEWER, REMEMBERS_DAYS, Asked, asks_for_less, cut_days
from clarity_pipeline.calls.cut_lanes import CutLane, CutLanes
from clarity_pipeline.calls.sync_jobs import SyncJobs
from clarity_pipeline.clarity.dimensions import DAILY_SLICES, Slice
from clarity_pipeline.connections.business import Business


@dataclass(frozen=True, slots=True)
class RecentlyCut:
    """A lane that was cut: on how many of the last seven dates, the last time, and whether less should be asked for."""

    slice_name: str
    cut_days: int
    last: CutLane
    asks_for_less: bool


def recently_cut(cut_lanes: CutLanes, jobs: SyncJobs, *, business_id: str, day: date) -> list[RecentlyCut]:
    """Lanes that were cut on one of the seven dates before `day`, or are asked for with less since; none is the rule."""
    rows = cut_lanes.since(business_id, day - timedelta(days=REMEMBERS_DAYS))
    found = []
    for name in DAILY_SLICES:
        last = next((each for each in rows if each.slice_name == name and each.cut and each.date < day), None)
        if last is None:
            continue
        history = _history(rows, jobs, business_id=business_id, slice_name=name, day=day)
        lane = RecentlyCut(name, cut_days(history, day=day), last, asks_for_less(history, day=day))
        if lane.cut_days or lane.asks_for_less:
            found.append(lane)
    return found


def question(cut_lanes: CutLanes, jobs: SyncJobs, *, business: Business, asked: Slice, day: date) -> Slice:
    """The slice in full, or with fewer dimensions where it keeps being cut and the business allows that."""
    if not business.back_off or asked.name not in FEWER:
        return asked
    less = _asks_for_less(cut_lanes, jobs, business_id=business.business_id, slice_name=asked.name, day=day)
    return FEWER[asked.name] if less else asked


def _asks_for_less(cut_lanes: CutLanes, jobs: SyncJobs, *, business_id: str, slice_name: str, day: date) -> bool:
    rows = cut_lanes.since(business_id, day - timedelta(days=REMEMBERS_DAYS))
    if not any(each.slice_name == slice_name for each in rows):
        return False
    return asks_for_less(_history(rows, jobs, business_id=business_id, slice_name=slice_name, day=day), day=day)


def _history(rows: list[CutLane], jobs: SyncJobs, *, business_id: str, slice_name: str, day: date) -> dict[date, Asked]:
    since = day - timedelta(days=REMEMBERS_DAYS)
    history = {
        each: Asked(in_full=True, cut=False) for each in jobs.loaded_dates(business_id, slice_name=slice_name, since=since)
    }
    full = DAILY_SLICES[slice_name].dimension_names
    return history | {
        each.date: Asked(in_full=each.asked == full, cut=each.cut) for each in rows if each.slice_name == slice_name
    }
