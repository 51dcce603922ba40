"""Business-days of the vault, played into an unfinished warehouse; again where their answers changed meanwhile.

Used by `replay`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from clarity_pipeline.calls.held_back import held_back
from clarity_pipeline.clarity.dimensions import SLICES, Slice
from clarity_pipeline.clarity.errors import AnswerMalformed
from clarity_pipeline.connections.business import Business
from clarity_pipeline.day.lane_rows import neighbours_of, rows_of, write
from clarity_pipeline.home import Home
from clarity_pipeline.normalize.plausible import ImplausibleDifference
from clarity_pipeline.trust.record import reconcile
from clarity_pipeline.upkeep.past_loads import BusinessDay, Candidates, LaneKey, PastLoads, in_order, told_in, without_others
from clarity_pipeline.vault.vault import VaultDamaged
from clarity_pipeline.warehouse.days import forget_day
from clarity_pipeline.warehouse.marts import MARTS, sum_up
from clarity_pipeline.warehouse.transaction import transaction

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(slots=True)
class Outcome:
    """What came of one lane."""

    rows: int | None = None
    failures: list[str] = field(default_factory=list)


class ReplayedDays:
    """Business-days played so far: from which answers, and with what outcome."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._played: dict[BusinessDay, dict[str, Candidates | str]] = {}
        self._strangers: set[str] = set()
        self.outcomes: dict[LaneKey, Outcome] = {}

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
                if by.stored.sha256 != job.answer_sha256:
                    continue  # another answer tells the lane now, and this one stays held back
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
            outcome = self.outcomes[key] = Outcome()
            if isinstance(candidates, str):
                outcome.failures.append(candidates)
            else:
                self._lane(connection, candidates, outcome=outcome, asked=SLICES[name], business=business)
            if outcome.rows is not None:
                loaded.add(name)
        marts = [mart for mart in MARTS.values() if mart.slice_name in loaded]  # each date is made once, from all its lanes
        sum_up(connection, marts, business_id=business.business_id, date=day)
        if loaded:
            reconcile(connection, business_id=business.business_id, date=day)

    def _lane(
        self,
        connection: "DuckDBPyConnection",
        candidates: Candidates,
        *,
        outcome: Outcome,
        asked: Slice,
        business: Business,
    ) -> None:
        """Load the lane's answers in their order; its outcome has the rows of the last one."""
        for told, loaded_at in in_order(self._home.vault, candidates, asked, failures=outcome.failures):
            try:
                neighbours = neighbours_of(connection, told)
                made = rows_of(told, business=business, loaded_at=loaded_at, neighbours=neighbours)
            except (AnswerMalformed, ImplausibleDifference):
                continue
            outcome.rows = write(connection, told.by, made, asked=told.answer.asked, loaded_at=loaded_at).rows
