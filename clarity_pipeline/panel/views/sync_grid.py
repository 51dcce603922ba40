"""The sync jobs of the last 30 days as a grid of lanes by days, and what did not come through as sentences. Pure.

A cell is what became of a lane of a day in the end, and a lost day that was recovered says so. Each cell has a sign and words, so
that it can be read without colour; whoever cannot point at it finds the failures in a list.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Literal

from clarity_pipeline.calls.sync_jobs import SyncJob
from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.panel.views.wording import capitalised, lane, plural, reason, short_day

DAYS_SHOWN = 30

Outcome = Literal["ok", "recovered", "failed", "skipped", "running", "none"]

SIGNS: Mapping[Outcome, str] = MappingProxyType(
    {"ok": "✓", "recovered": "R", "failed": "×", "skipped": "–", "running": "…", "none": "·"}
)
WORDS: Mapping[Outcome, str] = MappingProxyType(
    {
        "ok": "loaded",
        "recovered": "recovered later",
        "failed": "failed",
        "skipped": "skipped, no call made",
        "running": "running",
        "none": "no job",
    }
)

_LONGEST_DAY = timedelta(hours=25)


@dataclass(frozen=True, slots=True)
class Cell:
    """A lane of a day."""

    date: date
    outcome: Outcome
    words: str

    @property
    def sign(self) -> str:
        """What stands in it."""
        return SIGNS[self.outcome]


@dataclass(frozen=True, slots=True)
class Lost:
    """A lane of a day that did not come through, for the list below the grid."""

    date: date
    lanes: str
    words: str


@dataclass(frozen=True, slots=True)
class SyncGrid:
    """Rows are lanes, columns are `dates`, oldest first; `lost` is newest first and `key` says what the signs mean."""

    dates: tuple[date, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    lost: tuple[Lost, ...]
    key: tuple[tuple[Outcome, str, str], ...]


def sync_grid(jobs: Iterable[SyncJob], *, yesterday: date) -> SyncGrid:
    """The grid up to `yesterday`, out of the jobs of a business."""
    dates = tuple(yesterday - timedelta(days=back) for back in reversed(range(DAYS_SHOWN)))
    decisive: dict[tuple[str, date], SyncJob] = {}
    for job in sorted(jobs, key=lambda each: (_is_loaded(each), each.attempt)):
        decisive[job.slice_name, job.date] = job
    names = [*DAILY_SLICES, *sorted({name for name, day in decisive if day in dates} - DAILY_SLICES.keys())]
    rows = tuple((capitalised(lane(name)), tuple(_cell(name, day, decisive.get((name, day))) for day in dates)) for name in names)
    seen = {cell.outcome for _, cells in rows for cell in cells}
    return SyncGrid(
        dates=dates,
        rows=rows,
        lost=tuple(_lost([decisive[name, day] for day in reversed(dates) for name in names if (name, day) in decisive])),
        key=tuple((outcome, SIGNS[outcome], words) for outcome, words in WORDS.items() if outcome in seen),
    )


def _is_loaded(job: SyncJob) -> bool:
    return job.state == "ok" and job.loaded_at is not None


def _outcome(job: SyncJob) -> Outcome:
    if job.state != "ok":
        return job.state
    is_long = job.window_start is not None and job.window_end is not None and job.window_end - job.window_start > _LONGEST_DAY
    return "recovered" if is_long or job.reason == "recovered" else "ok"


def _cell(name: str, day: date, job: SyncJob | None) -> Cell:
    about = f"{short_day(day)}, {lane(name)}"
    if job is None:
        return Cell(day, "none", f"{about}: {WORDS['none']}")
    outcome = _outcome(job)
    why = f" ({reason(job.reason)})" if job.reason else ""
    rows = f", {plural(job.rows, 'row')}" if job.rows is not None and outcome in {"ok", "recovered"} else ""
    return Cell(day, outcome, f"{about}: {WORDS[outcome]}{rows}{why}")


def _lost(jobs: Sequence[SyncJob]) -> list[Lost]:
    """One entry for the lanes of a day that share an outcome and a reason."""
    found: dict[tuple[date, Outcome, str | None], list[str]] = {}
    for job in jobs:
        if (outcome := _outcome(job)) in {"failed", "skipped"}:
            found.setdefault((job.date, outcome, job.reason), []).append(lane(job.slice_name))
    return [
        Lost(day, "all four lanes" if len(lanes) == len(DAILY_SLICES) else ", ".join(lanes), f"{WORDS[outcome]}: {reason(code)}")
        for (day, outcome, code), lanes in found.items()
    ]
