"""What the warehouse says of a lane, and everything that the pipeline itself says against it. Called by the fault days.

Sums are those of the marts (`generate.mart_measures.mart_measures`), over whatever lane is asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from benchmarks.accuracy.ours import BUSINESS, Ours
from clarity_pipeline.clarity.dimensions import SLICES
from clarity_pipeline.warehouse.proof import LANE_PROOFS
from generate.mart_measures import mart_measures

Tuple = tuple[str | None, ...]

LOADS = "from clarity_lane_loads where business_id = $business_id and slice <> 'totals'"
NEW_LINE = "\n"
_SUMS = f"""
select date, slice, {NEW_LINE.join(mart_measures())}
from clarity_daily_metrics where business_id = $business_id group by date, slice
"""
_SESSIONS = """
select {dimensions}, sessions from clarity_daily_metrics
where business_id = $business_id and date = $day and slice = $slice_name
"""
_RECONCILED = """
select distinct statement from clarity_reconciliation
where business_id = $business_id and date = $day and passed = false and $slice_name in (slice, other_slice)
order by statement
"""
_COUNTS_OF_NOBODY = ("sessions", "bot_sessions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A loaded lane: its sums by column, sessions by tuple, and `marks`: whatever says of it that it is not the whole truth."""

    date: date
    slice_name: str
    sums: Mapping[str, Any]
    tuples: Mapping[Tuple, int]
    quality: str
    coverage: float
    window: tuple[datetime, datetime]
    marks: tuple[str, ...]


def loaded_lanes(ours: Ours) -> dict[tuple[date, str], Lane]:
    """The daily lanes of the business that are loaded, also those without a row; the totals have no tuple to be judged by."""
    sums = {(row["date"], row["slice"]): row for row in ours.rows(_SUMS)}
    lanes = {}
    for load in ours.rows(LOADS):
        day, slice_name = load["date"], load["slice"]
        summed = sums.get((day, slice_name)) or dict.fromkeys(_COUNTS_OF_NOBODY, 0)
        names = SLICES[slice_name].dimension_names
        tuples = ours.rows(_SESSIONS.format(dimensions=", ".join(names)), day=day, slice_name=slice_name)
        lanes[day, slice_name] = Lane(
            date=day,
            slice_name=slice_name,
            sums=summed,
            tuples={tuple(row[name] for name in names): row["sessions"] or 0 for row in tuples},
            quality=summed.get("quality", "aligned"),
            coverage=load["coverage"],
            window=(load["window_start"], load["window_end"]),
            marks=(*_marks_of_rows(summed), *_failed_checks(ours, day, slice_name), *job_reasons(ours, day, slice_name)),
        )
    return lanes


def job_reasons(ours: Ours, day: date, slice_name: str) -> tuple[str, ...]:
    """The reason that the lane's last job gives, unless it is that the answer was there already."""
    job = ours.home.jobs.latest(BUSINESS, date=day, slice_name=slice_name)
    reason = job.reason if job else None
    return (f"job: {reason}",) if reason and reason != "already_in_vault" else ()


def _marks_of_rows(summed: Mapping[str, Any]) -> tuple[str, ...]:
    marks = {
        f"quality: {summed.get('quality')}": summed.get("quality", "aligned") != "aligned",
        "truncated": bool(summed.get("truncated")),
    }
    return tuple(mark for mark, holds in marks.items() if holds)


def _failed_checks(ours: Ours, day: date, slice_name: str) -> tuple[str, ...]:
    """Of the lane alone, and of the lane beside the date's others."""
    with ours.home.warehouse.connect() as connection:
        failed = [
            proof.name
            for proof in LANE_PROOFS
            if not proof.find(connection, business_id=BUSINESS, date=day, slice_name=slice_name).passed
        ]
    if ours.has("clarity_reconciliation"):
        failed += [row["statement"] for row in ours.rows(_RECONCILED, day=day, slice_name=slice_name)]
    return tuple(f"check: {name}" for name in failed)
