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
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from clarity_pipeline.calls.held_back import held_back
from clarity_pipeline.clarity.dimensions import SLICES, Slice
from clarity_pipeline.clarity.errors import AnswerMalformed
from clarity_pipeline.connections.business import Business
from clarity_pipeline.day.load import pair_of, rows_of, what_follows
from clarity_pipeline.day.publish import tables_beside
from clarity_pipeline.day.regimes import tell_regimes
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.home import Home
from clarity_pipeline.imports.load_files import renew_delivered
from clarity_pipeline.trust.record import reconcile
from clarity_pipeline.upkeep.past_loads import BusinessDay, Candidates, LaneKey, PastLoads, in_order, told_in, without_others
from clarity_pipeline.vault.vault import VaultDamaged
from clarity_pipeline.warehouse import lane
from clarity_pipeline.warehouse.days import forget_day
from clarity_pipeline.warehouse.files import put_in_place, write_ahead_log
from clarity_pipeline.warehouse.marts import MARTS, sum_up
from clarity_pipeline.warehouse.published.file import replace_beside
from clarity_pipeline.warehouse.rebuild import take_over
from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline.warehouse.transaction import transaction

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

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


def replay(home: Home, *, into: Path | None = None, progress: Callable[[str], None] = lambda _: None) -> Replayed:
    """Rebuild the warehouse, or with `into` write the rebuilt file there and leave the warehouse.

    `progress` is told each business-day of the vault that begins. Raises `TargetExists`, `WarehouseUnreadable`, `WarehouseTooNew`
    or `WarehouseBusy`; a damaged answer is a failure in the report, and the rest goes on.
    """
    started = time.perf_counter()
    target = into or home.warehouse.path
    if into is not None and into.exists():
        raise TargetExists(
            f"{into.name} exists already: give --into a name that is free, or leave it out to replace the warehouse"
        )
    if home.warehouse.path.exists():
        with home.warehouse.connect(what="replaying"):
            pass  # a file that cannot be read, and so not be taken over from, is said before the work
    unfinished = Warehouse(target.with_name(f"{target.name}.replay"))
    days = _Days(home)
    with _alone_and_empty(unfinished):
        with unfinished.connect() as connection:
            connection.execute(f"set checkpoint_threshold = '{_CHECKPOINT_AT}'")
            days.play(connection, progress=progress)
        with home.warehouse.hold(what="replaying"):
            with unfinished.connect() as connection:
                days.play(connection)
                taken_over = _take_over(connection, home.warehouse)
                tell_regimes(home, connection)
                renew_delivered(home, connection)
                replace_beside(connection, tables_beside(home))
                ((superseded,),) = connection.execute("select count(*) from clarity_daily_metrics_history").fetchall()
                connection.execute("checkpoint")
            failpoint("replay_built")
            put_in_place(unfinished.path, target)
            if into is None:
                days.note_released()
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

    def __init__(self, home: Home) -> None:
        self._home = home
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
        loads = PastLoads(self._home.jobs.list())
        businesses = {each.business_id: each for each in self._home.connections.all()}
        in_the_vault = self._home.vault.business_days()
        for day, business_id in told_in(in_the_vault):
            if (day, business_id) in in_the_vault:
                progress(f"{business_id} {day}")
            if business_id not in businesses:
                self._strangers.add(business_id)
                continue
            plan = self._plan(businesses[business_id], day, loads)
            known = self._played.get((day, business_id))
            if plan == known or not (known or any(plan.values())):
                continue
            with transaction(connection):
                if known is not None:
                    forget_day(connection, business_id=business_id, date=day)
                self._day(connection, businesses[business_id], day, plan=plan)
            self._played[day, business_id] = plan

    def note_released(self) -> None:
        """Write to their jobs that lanes which were held back are loaded now, because a person has said that it is meant."""
        for job in held_back(self._home.state):
            candidates = self._played.get((job.date, job.business_id), {}).get(job.slice_name)
            outcome = self.outcomes.get((job.business_id, job.date, job.slice_name))
            if candidates and not isinstance(candidates, str) and outcome is not None and outcome.rows is not None:
                by, at = candidates[0]
                self._home.jobs.loaded(
                    job.business_id, date=job.date, slice_name=job.slice_name, rows=outcome.rows, loaded_at=at or by.known_at
                )

    def _plan(self, business: Business, day: date, loads: PastLoads) -> dict[str, Candidates | str]:
        """What may tell each lane, without what is held back as of another site; or the one line that says why nobody knows."""
        plan: dict[str, Candidates | str] = {}
        beside_others = False
        for name, asked in SLICES.items():
            lane_key = (business.business_id, day, name)
            try:
                known = loads.candidates(self._home.vault, lane_key)
                own = without_others(self._home.vault, known, asked, site=business.site, beside_others=beside_others)
            except VaultDamaged as damage:
                plan[name] = f"{' '.join(map(str, lane_key))}: {damage}"
                continue
            plan[name] = own
            beside_others = beside_others or (bool(known) and not own)
        return plan

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
                self._lane(connection, candidates, outcome=outcome, asked=SLICES[name], business=business)
            if outcome.rows is not None:
                loaded.add(name)
        marts = [mart for mart in MARTS.values() if mart.slice_name in loaded]
        sum_up(connection, marts, business_id=business.business_id, date=day)
        if loaded:
            reconcile(connection, business_id=business.business_id, date=day)

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
        for told, loaded_at in in_order(self._home.vault, candidates, asked, failures=outcome.failures):
            try:
                made = rows_of(told, business=business, loaded_at=loaded_at)
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
                dimensions=told.answer.asked.dimension_names,
                pair=pair_of(told.by),
            ).rows
            what_follows(connection, told, business=business)


def _take_over(connection: "DuckDBPyConnection", old: Warehouse) -> int:
    """Take over lanes, and judge the business-days anew that they stand in; how many they are."""
    lanes = "select business_id, date, slice from clarity_lane_loads"
    played = set(connection.execute(lanes).fetchall())
    count = take_over(connection, old)
    for business_id, day in sorted({(business, day) for business, day, _ in set(connection.execute(lanes).fetchall()) - played}):
        with transaction(connection):
            reconcile(connection, business_id=business_id, date=day)
    return count
