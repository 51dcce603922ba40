"""Which lost lanes of older dates are recovered behind the businesses' own day, and what came of it: for `sync` and schedules."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from clarity_pipeline.calls.day_plan import Plan
from clarity_pipeline.calls.sync_jobs import SyncJob
from clarity_pipeline.day.plan import give_up
from clarity_pipeline.home import Home
from clarity_pipeline.orchestration.sentences import one_line, shared

_SAID_EACH_DAY = {"budget", "cut_at_cap"}


def to_recover(home: Home, plan: Plan, *, grid_starts: date) -> dict[str, list[tuple[date, tuple[str, ...]]]]:
    """By business the dates with lost lanes and their slices, the oldest first: what the plan wants, and what was tried ahead."""
    wanted = {business_day: list(slices) for business_day, slices in plan.recoveries.items()}
    for business_id, day, name in home.fetched_ahead.lanes_before(home.yesterday()):
        slices = wanted.setdefault((business_id, day), [])
        if name not in slices:
            slices.append(name)
    found: dict[str, list[tuple[date, tuple[str, ...]]]] = {}
    for (business_id, day), slices in sorted(wanted.items(), key=lambda each: each[0][1]):
        if day >= grid_starts:
            found.setdefault(business_id, []).append((day, tuple(slices)))
    return found


class LostLanes:
    """What the plan recovers of these businesses."""

    def __init__(self, home: Home, plan: Plan, business_ids: Sequence[str], *, grid_starts: date) -> None:
        self._home = home
        self._plan = plan
        self._business_ids = set(business_ids)
        wanted = to_recover(home, plan, grid_starts=grid_starts)
        self._wanted = {whose: dates for whose, dates in wanted.items() if whose in self._business_ids}
        self.broken: list[str] = []
        give_up(home.jobs, self._plan, business_ids)

    def of(self, business_id: str) -> list[tuple[date, tuple[str, ...]]]:
        """Dates and their slices, the oldest first."""
        return self._wanted.get(business_id, [])

    def jobs(self) -> tuple[SyncJob, ...]:
        """The last attempt at each, by date."""
        lanes = [(day, whose, name) for whose, dates in self._wanted.items() for day, slices in dates for name in slices]
        by_date = sorted(lanes, key=lambda lane: lane[0])
        return latest_jobs(self._home, [(whose, day, name) for day, whose, name in by_date])

    def oldest(self) -> dict[str, date]:
        """By business the first date that has new rows: the windows of the dates behind it hold them too."""
        found: dict[str, date] = {}
        for job in self.jobs():
            if job.state == "ok":
                found[job.business_id] = min(job.date, found.get(job.business_id, job.date))
        return found

    def still_lost(self) -> Iterator[str]:
        """What was tried in vain, and what no call was planned for; what is lost for good is said once."""
        yield from shared([job for job in self.jobs() if job.state != "ok"])
        yield from map(one_line, self.broken)
        facts: dict[tuple[str, date, str, str], list[str]] = {}
        for each in (*self._plan.given_up, *(each for each in self._plan.left_out if each.why in _SAID_EACH_DAY)):
            if each.business_id in self._business_ids and each.date < self._home.yesterday():
                facts.setdefault((each.business_id, each.date, each.why, each.detail), []).append(each.slice_name)
        for (business_id, day, why, detail), slices in facts.items():
            yield f"{business_id} {day} {', '.join(slices)} not recovered ({why}): {one_line(detail)}"


def latest_jobs(home: Home, lanes: Iterable[tuple[str, date, str]]) -> tuple[SyncJob, ...]:
    """The last attempt at each lane that has one."""
    found = (home.jobs.latest(business_id, date=day, slice_name=name) for business_id, day, name in lanes)
    return tuple(job for job in found if job is not None)
