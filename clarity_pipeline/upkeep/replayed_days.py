"""Business-days of the vault, played into an unfinished warehouse; again where their answers changed meanwhile.

Used by `replay`. They are made in several processes (`made_days`) and written by this one, in the vault's order and many in a
transaction (`replayed_lanes`); marts and findings are made once a date, when all of it is written. What is played is noted in the
file with it (`replay_progress`), so that a replay that was killed goes on where it was.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING

from clarity_pipeline.calls.held_back import held_back
from clarity_pipeline.clarity.dimensions import SLICES
from clarity_pipeline.clarity.errors import AnswerMalformed
from clarity_pipeline.connections.business import Business
from clarity_pipeline.day.lane_rows import neighbours_of, rows_of, write
from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.home import Home
from clarity_pipeline.normalize.plausible import ImplausibleDifference
from clarity_pipeline.upkeep import replay_progress
from clarity_pipeline.upkeep.made_days import MadeDay, ToMake, make_days, processors
from clarity_pipeline.upkeep.past_loads import BusinessDay, Candidates, LaneKey, PastLoads, in_order, told_in, without_others
from clarity_pipeline.upkeep.replay_progress import Outcome, Played, digest_of
from clarity_pipeline.upkeep.replayed_lanes import ROWS_A_SPAN, finish_spans, spans_of, write_new_days
from clarity_pipeline.vault.stored_answer import VaultDamaged
from clarity_pipeline.warehouse.days import forget_day
from clarity_pipeline.warehouse.rebuild import leave_what_was_taken_over
from clarity_pipeline.warehouse.span import Span
from clarity_pipeline.warehouse.transaction import transaction

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_ROWS_A_BATCH = 20_000
_DAYS_A_BATCH = 400
"""What one transaction writes at most: some 60 MB of rows in memory, and a second of work for a kill to cost."""

_WORTH_PROCESSES = 60
"""Business-days from which on starting processes (a second of work each) pays."""


class ReplayedDays:
    """Business-days played so far: from which answers, and with what outcome."""

    def __init__(self, home: Home, *, workers: int | None = None) -> None:
        self._home = home
        self._workers = workers
        self._played: dict[BusinessDay, Played] = {}
        self._strangers: set[str] = set()
        self._batch: list[MadeDay] = []
        self._of_pairs: list[MadeDay] = []
        self._unfinished: set[date] = set()
        self._rows = 0
        self.resumed_days = 0

    @property
    def outcomes(self) -> dict[LaneKey, Outcome]:
        """What came of each lane."""
        return {
            (business_id, day, name): outcome
            for (day, business_id), played in sorted(self._played.items())
            for name, outcome in played.outcomes.items()
        }

    def failures(self) -> Iterator[str]:
        """One line each."""
        for business_id in sorted(self._strangers):
            yield (
                f"{business_id} has answers in the vault and is not connected, so nobody knows which query parameters its"
                f" URLs keep: `clarity-pipeline connect {business_id}`, then replay again"
            )
        for outcome in self.outcomes.values():
            yield from outcome.failures

    def resume(self, connection: "DuckDBPyConnection") -> None:
        """Take what an earlier replay left in the file as played; `play` plays again what would come out otherwise now."""
        self._played = replay_progress.read(connection)
        with transaction(connection):
            self._forget_what_is_not_played(connection)
        self._unfinished = {day for (day, _), played in self._played.items() if not played.finished}
        self.resumed_days = len(self._played)

    def play(self, connection: "DuckDBPyConnection", *, progress: Callable[[str], None] = lambda _: None) -> None:
        """Play every business-day whose answers are not those that it was played from."""
        in_the_vault = self._home.vault.business_days()
        made = make_days(self._home.vault, self._changed(in_the_vault, progress), workers=self._workers_for(len(in_the_vault)))
        for day, of_date in groupby(made, key=lambda each: each.asked.date):
            for each in of_date:
                if each.needs_others:
                    self._of_pairs.append(each)
                else:
                    self._add(connection, each)
            if self._of_pairs:
                self._write(connection)
                self._write_pairs(connection)
            if self._rows >= ROWS_A_SPAN:
                self._write(connection)
                self._finish(connection, [each for each in self._unfinished if each <= day])
        self._write(connection)
        self._finish(connection, self._unfinished)

    def play_again(self, connection: "DuckDBPyConnection") -> None:
        """The same for what changed meanwhile, which is little: whoever waits for the warehouse waits for this."""
        made = make_days(self._home.vault, self._changed(self._home.vault.business_days(), lambda _: None), workers=1)
        for each in made:
            day = Span.of_day(each.asked.business.business_id, each.asked.date)
            if each.needs_others:
                self._of_pairs.append(each)
                self._write_pairs(connection)
            else:
                self._batch.append(each)
                self._write(connection)
            with transaction(connection):
                finish_spans(connection, [day])

    def note_released(self) -> None:
        """Write to their jobs that lanes which were held back are loaded now, because a person has said that it is meant."""
        for job in held_back(self._home.state):
            played = self._played.get((job.date, job.business_id))
            outcome = played.outcomes.get(job.slice_name) if played else None
            if outcome is None or outcome.rows is None:
                continue
            business = self._home.connections.get(job.business_id)
            candidates = self._plan(business, job.date, PastLoads.between(self._home.state, job.date, job.date))[job.slice_name]
            if candidates and not isinstance(candidates, str):
                by, at = candidates[0]
                if by.stored.sha256 != job.answer_sha256:
                    continue  # another answer tells the lane now, and this one stays held back
                self._home.jobs.loaded(
                    job.business_id, date=job.date, slice_name=job.slice_name, rows=outcome.rows, loaded_at=at or by.known_at
                )

    def _workers_for(self, business_days: int) -> int:
        if self._workers is not None:
            return self._workers
        return processors() if business_days >= _WORTH_PROCESSES else 1

    def _changed(self, in_the_vault: list[BusinessDay], progress: Callable[[str], None]) -> Iterator[ToMake]:
        """The business-days to play, in the vault's order; a month's jobs are read at once."""
        businesses = {each.business_id: each for each in self._home.connections.all()}
        present = set(in_the_vault)
        for _, of_month in groupby(told_in(in_the_vault), key=lambda each: (each[0].year, each[0].month)):
            days = list(of_month)
            loads = PastLoads.between(self._home.state, days[0][0], days[-1][0])
            for day, business_id in days:
                if (day, business_id) in present:
                    progress(f"{business_id} {day}")
                if business_id not in businesses:
                    self._strangers.add(business_id)
                    continue
                asked = ToMake(day, businesses[business_id], self._plan(businesses[business_id], day, loads))
                known = self._played.get((day, business_id))
                if known.digest != digest_of(asked) if known else any(asked.plan.values()):
                    yield asked

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

    def _add(self, connection: "DuckDBPyConnection", day: MadeDay) -> None:
        self._batch.append(day)
        rows = sum(load.made.rows.num_rows for each in self._batch for loads in each.loads.values() for load in loads)
        if rows >= _ROWS_A_BATCH or len(self._batch) >= _DAYS_A_BATCH:
            self._write(connection)

    def _write(self, connection: "DuckDBPyConnection") -> None:
        """Write what is made, with the note that it is."""
        if not self._batch:
            return
        with transaction(connection):
            for day in self._batch:
                self._forget(connection, day.asked)
            write_new_days(connection, self._batch)
            self._note(connection, [(day.asked, _outcomes(day)) for day in self._batch])
        self._batch = []
        failpoint("replay_batch_written")

    def _write_pairs(self, connection: "DuckDBPyConnection") -> None:
        """Business-days with a lane that is told by a pair, which is held against the dates before: these are written by now."""
        for day in self._of_pairs:
            with transaction(connection):
                self._forget(connection, day.asked)
                outcomes = {name: Outcome() for name, candidates in day.asked.plan.items() if candidates}
                for name, outcome in outcomes.items():
                    self._lane(connection, day.asked, name, outcome=outcome)
                self._note(connection, [(day.asked, outcomes)])
        self._of_pairs = []

    def _lane(self, connection: "DuckDBPyConnection", day: ToMake, name: str, *, outcome: Outcome) -> None:
        """Load the lane's answers in their order; its outcome has the rows of the last one."""
        candidates = day.plan[name]
        if isinstance(candidates, str):
            outcome.failures.append(candidates)
            return
        for told, loaded_at in in_order(self._home.vault, candidates, SLICES[name], failures=outcome.failures):
            try:
                neighbours = neighbours_of(connection, told)
                made = rows_of(told, business=day.business, loaded_at=loaded_at, neighbours=neighbours)
            except (AnswerMalformed, ImplausibleDifference):
                continue
            outcome.rows = write(connection, told.by, made, asked=told.answer.asked, loaded_at=loaded_at).rows

    def _forget(self, connection: "DuckDBPyConnection", day: ToMake) -> None:
        business_id = day.business.business_id
        if (day.date, business_id) in self._played:
            forget_day(connection, business_id=business_id, date=day.date)
            replay_progress.forget(connection, business_id, day.date)

    def _note(self, connection: "DuckDBPyConnection", days: Iterable[tuple[ToMake, Mapping[str, Outcome]]]) -> None:
        played = {
            (asked.date, asked.business.business_id): Played(digest_of(asked), outcomes, finished=False)
            for asked, outcomes in days
        }
        replay_progress.note(connection, played)
        self._played |= played
        self._unfinished |= {day for day, _ in played}
        self._rows += sum(outcome.rows or 0 for each in played.values() for outcome in each.outcomes.values())

    def _forget_what_is_not_played(self, connection: "DuckDBPyConnection") -> None:
        """An earlier replay was ended after it took lanes of the old file over: they are taken over again."""
        played = {lane for lane, outcome in self.outcomes.items() if outcome.rows is not None}
        for business_id, day in leave_what_was_taken_over(connection, played):
            replay_progress.forget(connection, business_id, day)
            self._played.pop((day, business_id), None)

    def _finish(self, connection: "DuckDBPyConnection", dates: Collection[date]) -> None:
        """Make marts and findings of dates whose lanes are all written."""
        for span in spans_of(connection, dates):
            with transaction(connection):
                finish_spans(connection, [span])
        with transaction(connection):
            replay_progress.note_finished(connection, dates)
        self._unfinished -= set(dates)
        self._rows = 0
        failpoint("replay_dates_finished")


def _outcomes(day: MadeDay) -> dict[str, Outcome]:
    return {
        name: Outcome(loads[-1].made.rows.num_rows if loads else None, day.failures.get(name, []))
        for name, loads in day.loads.items()
    }
