"""The whole DuckDB file made anew from the vault, by today's parser and normaliser. Spends no call; called by `replay`.

Each lane is loaded as it was the first time, in the order of its loads: the answer (or the pair, for a recovered date) that was
superseded, then the one that took its place, each at the instant that its job's row in the state database has. So the new file
has the content of the old one, `loaded_at` and history included, unless the normaliser or a business's kept parameters have
changed since; then the past too is told by today's. What the vault cannot tell any more is taken over from the old file
(`warehouse.rebuild`).

The old file is in use until the new one is done: the work is done without its lock, then what came in meanwhile is done
again under the lock, and one rename ends it.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from clarity_pipeline.businesses.business import Business
from clarity_pipeline.businesses.sync_jobs import RECOVERED, SyncJob
from clarity_pipeline.clarity.dimensions import DAILY_SLICES, Slice
from clarity_pipeline.clarity.errors import AnswerMalformed
from clarity_pipeline.clarity.recoverable import DAYS_LATE
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.lane_answer import LaneAnswer, Told, first_well_formed, lane_answers, read
from clarity_pipeline.loading import pair_of, rows_of
from clarity_pipeline.publication import tables_beside
from clarity_pipeline.regimes import tell_regimes
from clarity_pipeline.rooms import Rooms
from clarity_pipeline.vault import VaultDamaged
from clarity_pipeline.warehouse import lane
from clarity_pipeline.warehouse.days import forget_day
from clarity_pipeline.warehouse.files import put_in_place, write_ahead_log
from clarity_pipeline.warehouse.marts import MARTS, sum_up
from clarity_pipeline.warehouse.publish import replace_beside
from clarity_pipeline.warehouse.rebuild import take_over
from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline.warehouse.transaction import transaction

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BusinessDay = tuple[date, str]
LaneKey = tuple[str, date, str]
"""Business, date, slice."""

Candidates = tuple[tuple[LaneAnswer, datetime | None], ...]
"""What may tell a lane, the one to prefer first, each with the instant at which it was loaded, if it was."""


_CHECKPOINT_AT = "128MB"
"""Nobody reads the unfinished file: with the 16 MB of DuckDB's own it writes the same pages again and again, a third slower."""


class TargetExists(ClarityPipelineError):
    """`--into` names a file that is there already."""

    reason = "target_exists"


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of it; `failures` are one line each, `unusable` counts lanes whose answers today's parser refuses."""

    path: Path
    lanes: int
    rows: int
    superseded_rows: int
    taken_over: int
    unusable: int
    failures: tuple[str, ...]
    seconds: float


@dataclass(slots=True)
class _Outcome:
    """What came of one lane."""

    rows: int | None = None
    failures: list[str] = field(default_factory=list)


def replay(rooms: Rooms, *, into: Path | None = None, progress: Callable[[str], None] = lambda _: None) -> Replayed:
    """Rebuild the warehouse, or with `into` write the rebuilt file there and leave the warehouse.

    `progress` is told each business-day of the vault that begins. Raises `TargetExists`, `WarehouseUnreadable`, `WarehouseTooNew`
    or `WarehouseBusy`; a damaged answer is a failure in the report, and the rest goes on.
    """
    started = time.perf_counter()
    target = into or rooms.warehouse.path
    if into is not None and into.exists():
        raise TargetExists(
            f"{into.name} exists already: give --into a name that is free, or leave it out to replace the warehouse"
        )
    if rooms.warehouse.path.exists():
        with rooms.warehouse.connect(what="replaying"):
            pass  # a file that cannot be read, and so not be taken over from, is said before the work
    unfinished = Warehouse(target.with_name(f"{target.name}.replay"))
    days = _Days(rooms)
    with _alone_and_empty(unfinished):
        with unfinished.connect() as connection:
            connection.execute(f"set checkpoint_threshold = '{_CHECKPOINT_AT}'")
            days.play(connection, progress=progress)
        with rooms.warehouse.hold(what="replaying"):
            with unfinished.connect() as connection:
                days.play(connection)
                taken_over = take_over(connection, rooms.warehouse)
                tell_regimes(rooms, connection)
                replace_beside(connection, tables_beside(rooms))
                ((superseded,),) = connection.execute("select count(*) from clarity_daily_metrics_history").fetchall()
                connection.execute("checkpoint")
            failpoint("replay_built")
            put_in_place(unfinished.path, target)
    loaded = [outcome.rows for outcome in days.outcomes.values() if outcome.rows is not None]
    return Replayed(
        path=target,
        lanes=len(loaded),
        rows=sum(loaded),
        superseded_rows=superseded,
        taken_over=taken_over,
        unusable=sum(outcome.rows is None and not outcome.failures for outcome in days.outcomes.values()),
        failures=tuple(days.failures()),
        seconds=time.perf_counter() - started,
    )


@contextmanager
def _alone_and_empty(unfinished: Warehouse) -> Iterator[None]:
    """Hold the unfinished file against a second replay; what is left of it, before and after, is of no use."""
    with unfinished.hold(what="replaying"):
        try:
            _remove(unfinished.path)
            yield
        finally:
            _remove(unfinished.path)


def _remove(path: Path) -> None:
    for each in (path, write_ahead_log(path)):
        each.unlink(missing_ok=True)


class _Days:
    """Business-days played so far: from which answers, and with what outcome."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._played: dict[BusinessDay, dict[str, Candidates | str]] = {}
        self._strangers: set[str] = set()
        self.outcomes: dict[LaneKey, _Outcome] = {}

    def failures(self) -> Iterator[str]:
        """One line each."""
        for business_id in sorted(self._strangers):
            yield (
                f"{business_id} has answers in the vault and is not connected, so nobody knows which query parameters its"
                f" URLs keep: `clarity-pipeline connect {business_id}`, then replay again"
            )
        for outcome in self.outcomes.values():
            yield from outcome.failures

    def play(self, connection: "DuckDBPyConnection", *, progress: Callable[[str], None] = lambda _: None) -> None:
        """Play every business-day whose answers are not those that it was played from."""
        loads = _Loads(self._rooms.jobs.list())
        businesses = {each.business_id: each for each in self._rooms.connections.all()}
        in_the_vault = self._rooms.vault.business_days()
        for day, business_id in _told_in(in_the_vault):
            if (day, business_id) in in_the_vault:
                progress(f"{business_id} {day}")
            if business_id not in businesses:
                self._strangers.add(business_id)
                continue
            plan = {asked.name: self._candidates(business_id, day, asked, loads) for asked in DAILY_SLICES.values()}
            known = self._played.get((day, business_id))
            if plan == known or not (known or any(plan.values())):
                continue
            with transaction(connection):
                if known is not None:
                    forget_day(connection, business_id=business_id, date=day)
                self._day(connection, businesses[business_id], day, plan=plan)
            self._played[day, business_id] = plan

    def _candidates(self, business_id: str, day: date, asked: Slice, loads: "_Loads") -> Candidates | str:
        """What may tell the lane; or, if that cannot be told, the one line that says why.

        Where the date's own answer was loaded and is gone (pruned), a pair does not stand in for it: the old file's rows do.
        """
        key = (business_id, day, asked.name)
        try:
            found = list(lane_answers(self._rooms.vault, business_id=business_id, date=day, slice_name=asked.name))
        except VaultDamaged as damage:
            return f"{business_id} {day} {asked.name}: {damage}"
        if key in loads.own and all(by.shorter for by in found):
            return ()
        return tuple((by, loads.at(key, by)) for by in found)

    def _day(
        self,
        connection: "DuckDBPyConnection",
        business: Business,
        day: date,
        *,
        plan: Mapping[str, Candidates | str],
    ) -> None:
        loaded = set()
        for name, candidates in plan.items():
            key = (business.business_id, day, name)
            self.outcomes.pop(key, None)
            if not candidates:
                continue
            outcome = self.outcomes[key] = _Outcome()
            if isinstance(candidates, str):
                outcome.failures.append(candidates)
            else:
                self._lane(connection, candidates, outcome=outcome, asked=DAILY_SLICES[name], business=business)
            if outcome.rows is not None:
                loaded.add(name)
        marts = [mart for mart in MARTS.values() if mart.slice_name in loaded]
        sum_up(connection, marts, business_id=business.business_id, date=day)

    def _lane(
        self,
        connection: "DuckDBPyConnection",
        candidates: Candidates,
        *,
        outcome: _Outcome,
        asked: Slice,
        business: Business,
    ) -> None:
        """Load the lane's answers in their order; its outcome has the rows of the last one."""
        for told, loaded_at in self._in_order(candidates, asked, outcome):
            try:
                made = rows_of(told, asked=asked, business=business, loaded_at=loaded_at)
            except AnswerMalformed:
                continue
            window_start, window_end = told.by.window
            outcome.rows = lane.replace(
                connection,
                made.rows,
                business_id=told.by.stored.business_id,
                date=told.by.date,
                slice_name=asked.name,
                window_start=window_start,
                window_end=window_end,
                answer_sha256=told.by.stored.sha256,
                loaded_at=loaded_at,
                pair=pair_of(told.by),
            ).rows

    def _in_order(self, candidates: Candidates, asked: Slice, outcome: _Outcome) -> Iterator[tuple[Told, datetime]]:
        """What was superseded, oldest first, then what stands now.

        Nobody knows when an answer without a job was loaded: it counts as known since it was fetched. An answer that was loaded
        later than the one that stands now (a parser refused that one then) has no place in the order and is left out.
        """
        vault = self._rooms.vault
        try:
            current = first_well_formed(vault, (by for by, _ in candidates), asked)
        except VaultDamaged as damage:
            outcome.failures.append(str(damage))
            return
        if current is None:
            return
        stands_since = dict(candidates)[current.by] or current.by.known_at
        earlier = sorted(((at, by) for by, at in candidates if at and at < stands_since), key=lambda load: load[0])
        for at, by in earlier:
            try:
                yield read(vault, by, asked), at
            except AnswerMalformed:
                continue
            except VaultDamaged as damage:
                outcome.failures.append(str(damage))
        yield current, stands_since


class _Loads:
    """When each answer or pair was first loaded, by its lane, its window and its (longer) answer's hash."""

    def __init__(self, jobs: Sequence[SyncJob]) -> None:
        self._first: dict[tuple[LaneKey, datetime, datetime, str], datetime] = {}
        self.own: set[LaneKey] = set()
        for job in jobs:
            if job.loaded_at is None or job.window_start is None or job.window_end is None or job.answer_sha256 is None:
                continue
            lane = (job.business_id, job.date, job.slice_name)
            load = (lane, job.window_start, job.window_end, job.answer_sha256)
            self._first[load] = min(job.loaded_at, self._first.get(load, job.loaded_at))
            if job.reason != RECOVERED:
                self.own.add(lane)

    def at(self, lane: LaneKey, by: LaneAnswer) -> datetime | None:
        """The instant; None for what no job has loaded."""
        return self._first.get((lane, *by.window, by.stored.sha256))


def _told_in(in_the_vault: Sequence[BusinessDay]) -> list[BusinessDay]:
    """The business-days of the vault, and those before them that its longer answers may tell, oldest first."""
    before = {(day - timedelta(days=late), business_id) for day, business_id in in_the_vault for late in DAYS_LATE}
    return sorted({*in_the_vault, *before})
