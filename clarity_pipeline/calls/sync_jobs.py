"""What became of each lane: one row a business, date, slice and attempt, with a reason wherever it is not plain success.

Written by `capture` (start, finish) and by whoever loads the lane (loaded, load_failed); read by the command line, the
orchestration room and `publish`. It never decides anything, and no detail in it holds a token or a visitor's URL.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

import sqlalchemy as sa

from clarity_pipeline.calls.to_judge import JUDGED_SLICES, mark
from clarity_pipeline.connections.badge import OTHER_SITE
from clarity_pipeline.settings.settings import Clock
from clarity_pipeline.state.again import each_method_again
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.calls import sync_jobs
from clarity_pipeline.state.schema.night import jobs_ahead

JobState = Literal["running", "ok", "failed", "skipped"]

RECOVERED: Final = "recovered"
"""The reason of a lane that is told by the difference of two longer answers: ok, and not from a window of its own."""

NO_LONGER_RECOVERABLE: Final = "no_longer_recoverable"
"""The reason of the last attempt at a lost lane: no window reaches back to its date any more."""

PARTIAL: Final = "partial"
"""The reason of a lane that is loaded, and of whose answer something could not be read: that is NULL, and the detail names it."""

REDIRECTED: Final = "redirected"
"""The reason of a lane whose call was redirected, and of the business's others, which are not tried for some minutes."""

CLOCK_DISAGREES: Final = "clock_disagrees"
"""The same where Clarity's clock says another time than this machine's."""

_c = sync_jobs.c


@dataclass(frozen=True, slots=True)
class SyncJob:
    """One attempt at a lane; `window_*`, `rows` and the rest are None until they are known."""

    job_id: int
    business_id: str
    date: date
    slice_name: str
    attempt: int
    state: JobState
    reason: str | None
    detail: str | None
    http_status: int | None
    calls: int
    rows: int | None
    window_start: datetime | None
    window_end: datetime | None
    answer_sha256: str | None
    dagster_run_id: str | None
    started_at: datetime
    finished_at: datetime | None
    loaded_at: datetime | None
    parser_version: int | None = None

    @classmethod
    def of(cls, row: sa.RowMapping) -> "SyncJob":
        """From a row of the table."""
        return cls(**{("slice_name" if name == "slice" else name): value for name, value in row.items()})

    def document(self) -> dict[str, Any]:
        """What `jobs --json` shows of it; dates and instants are still objects."""
        return {
            "business": self.business_id,
            "date": self.date,
            "slice": self.slice_name,
            "state": self.state,
            "reason": self.reason,
            "http_status": self.http_status,
            "calls": self.calls,
            "rows": self.rows,
            "started_at": self.started_at,
            "finished_at": self.finished_at,
            "dagster_run_id": self.dagster_run_id,
        }


@each_method_again
class SyncJobs:
    """The jobs of one state database. A lane is (business, date, slice)."""

    def __init__(self, state: StateDatabase, *, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def start(self, business_id: str, *, date: date, slice_name: str, run_id: str | None, ahead: bool = False) -> int:
        """Open the lane's next attempt; give its job id. One that is still running was interrupted, and is closed as such.

        With `ahead` it waits for the lane's own step, as long as no further attempt is made (`fetched_ahead`).
        """
        lane = _lane(business_id, date, slice_name)
        now = self._clock()
        interrupted = {
            "state": "failed",
            "reason": "interrupted",
            "detail": "the process ended in the middle of the lane; a later attempt took over",
            "finished_at": now,
        }
        with self._state.write() as connection:
            connection.execute(sa.update(sync_jobs).where(*lane, _c.state == "running").values(**interrupted))
            last = connection.scalar(sa.select(sa.func.max(_c.attempt)).where(*lane)) or 0
            job_id: int = connection.execute(
                sa.insert(sync_jobs)
                .values(
                    business_id=business_id,
                    date=date,
                    slice=slice_name,
                    attempt=last + 1,
                    state="running",
                    calls=0,
                    dagster_run_id=run_id,
                    started_at=now,
                )
                .returning(_c.job_id)
            ).scalar_one()
            connection.execute(sa.delete(jobs_ahead).where(jobs_ahead.c.job_id.in_(sa.select(_c.job_id).where(*lane))))
            if ahead:
                connection.execute(sa.insert(jobs_ahead).values(job_id=job_id))
        return job_id

    def finish(
        self,
        job_id: int,
        *,
        state: Literal["ok", "failed", "skipped"],
        reason: str | None = None,
        detail: str | None = None,
        http_status: int | None = None,
        calls: int = 0,
        window: tuple[datetime, datetime] | None = None,
        answer_sha256: str | None = None,
        parser_version: int | None = None,
    ) -> None:
        """Note how the attempt's call ended; `ok` means that the answer is in the vault.

        `parser_version` is the one that refused the kept answer, where the refusal is the parser's.
        """
        window_start, window_end = window or (None, None)
        values = {
            "state": state,
            "reason": reason,
            "detail": detail,
            "http_status": http_status,
            "calls": calls,
            "window_start": window_start,
            "window_end": window_end,
            "answer_sha256": answer_sha256,
            "parser_version": parser_version,
            "finished_at": self._clock(),
        }
        with self._state.write() as connection:
            connection.execute(sa.update(sync_jobs).where(_c.job_id == job_id).values(**values))

    def loaded(
        self,
        business_id: str,
        *,
        date: date,
        slice_name: str,
        rows: int,
        loaded_at: datetime,
        reason: str | None = None,
        detail: str | None = None,
    ) -> None:
        """Note on its latest attempt with an answer that the lane's rows are in the warehouse (`reason` such as `cut_at_cap`).

        `loaded_at` is the instant that the rows have: the earlier one when a second load changed nothing. Without a reason of
        its own, an attempt that was ok keeps the one it has (`already_in_vault`). `detail` says what of the answer was not read.
        From here on the business-day waits to be judged, if rules read the lane.
        """
        kept = sa.case(((_c.state == "ok") & (_c.reason != PARTIAL), _c.reason), else_=None)
        values = {"state": "ok", "reason": reason or kept, "detail": detail, "rows": rows, "loaded_at": loaded_at}
        with self._state.write() as connection:
            _change_answered(connection, _lane(business_id, date, slice_name), values | {"parser_version": None})
            if slice_name in JUDGED_SLICES:
                mark(connection, [(business_id, date)], now=self._clock())

    def load_failed(
        self, business_id: str, *, date: date, slice_name: str, reason: str, detail: str, parser_version: int | None = None
    ) -> None:
        """Note that the answer is kept but not in the warehouse; a later `loaded` may still make the attempt ok."""
        with self._state.write() as connection:
            values = {"state": "failed", "reason": reason, "detail": detail, "parser_version": parser_version}
            _change_answered(connection, _lane(business_id, date, slice_name), values)

    def last_met(self, business_id: str, reason: str, *, since: datetime, until: datetime) -> datetime | None:
        """When a call for the business last failed for this reason, if it was between these instants."""
        met = (_c.business_id == business_id, _c.reason == reason, _c.state == "failed", _c.finished_at.between(since, until))
        with self._state.read() as connection:
            at: datetime | None = connection.scalar(sa.select(sa.func.max(_c.finished_at)).where(*met))
        return at

    def latest(self, business_id: str, *, date: date, slice_name: str) -> SyncJob | None:
        """The lane's last attempt."""
        lane = _lane(business_id, date, slice_name)
        with self._state.read() as connection:
            newest = connection.execute(sa.select(sync_jobs).where(*lane).order_by(_c.attempt.desc()).limit(1))
            row = newest.mappings().one_or_none()
        return None if row is None else SyncJob.of(row)

    def give_up(self, lanes: Collection[tuple[str, date, str, str]]) -> None:
        """Note once for each lost lane (business, date, slice, and a line) that it can no longer be recovered."""
        asked = {(business_id, day, name): detail for business_id, day, name, detail in lanes}
        if not asked:
            return
        now = self._clock()
        ends = {"state": "failed", "reason": NO_LONGER_RECOVERABLE, "calls": 0, "started_at": now, "finished_at": now}
        given_up = sa.func.max(sa.case((_c.reason == NO_LONGER_RECOVERABLE, 1), else_=0))
        known = (
            sa.select(_c.business_id, _c.date, _c.slice, sa.func.max(_c.attempt), given_up)
            .where(_c.date.in_({day for _, day, _ in asked}))
            .group_by(_c.business_id, _c.date, _c.slice)
        )
        with self._state.write() as connection:
            attempts = {tuple(lane): (attempt, bool(over)) for *lane, attempt, over in connection.execute(known)}
            rows = [
                {"business_id": lane[0], "date": lane[1], "slice": lane[2], "attempt": attempt + 1, "detail": detail, **ends}
                for lane, detail in asked.items()
                for attempt, over in [attempts.get(lane, (0, False))]
                if not over
            ]
            if rows:
                connection.execute(sa.insert(sync_jobs), rows)

    def list(self, *, business_id: str | None = None, date: date | None = None, since: date | None = None) -> list[SyncJob]:
        """Every attempt, oldest first; `since` is the first date of interest."""
        asked = {"business_id": business_id, "date": date}
        query = sa.select(sync_jobs).where(*(_c[name] == value for name, value in asked.items() if value is not None))
        if since is not None:
            query = query.where(_c.date >= since)
        with self._state.read() as connection:
            return [SyncJob.of(row) for row in connection.execute(query.order_by(_c.started_at, _c.job_id)).mappings()]

    def is_loaded(self, business_id: str, *, date: date, slice_name: str, recovered: bool = True) -> bool:
        """Whether rows of the lane, or the knowledge that there are none, reached the warehouse.

        With `recovered=False` only those of an answer of its own count.
        """
        loaded = sa.exists().where(*_lane(business_id, date, slice_name), _c.loaded_at.is_not(None))
        if not recovered:
            loaded = loaded.where(_c.reason.is_distinct_from(RECOVERED))
        with self._state.read() as connection:
            return bool(connection.scalar(sa.select(loaded)))

    def was_loaded(self, business_id: str, *, date: date, slice_name: str, answer_sha256: str) -> bool:
        """Whether this very answer has told the lane before."""
        loaded = (*_lane(business_id, date, slice_name), _c.loaded_at.is_not(None), _c.answer_sha256 == answer_sha256)
        with self._state.read() as connection:
            return bool(connection.scalar(sa.select(sa.exists().where(*loaded))))

    def is_held_back(self, business_id: str, *, date: date) -> bool:
        """Whether an answer for the date was of another site, and none is loaded."""
        of_date = (_c.business_id == business_id, _c.date == date)
        held, loaded = (
            sa.exists().where(*of_date, _c.reason == OTHER_SITE),
            sa.exists().where(*of_date, _c.loaded_at.is_not(None)),
        )
        with self._state.read() as connection:
            return bool(connection.scalar(sa.select(held & ~loaded)))

    def loaded_dates(self, business_id: str, *, slice_name: str, since: date) -> set[date]:
        """The dates from `since` on whose lane reached the warehouse out of an answer of its own."""
        lane = (_c.business_id == business_id, _c.slice == slice_name, _c.date >= since)
        loaded = (*lane, _c.loaded_at.is_not(None), _c.reason.is_distinct_from(RECOVERED))
        with self._state.read() as connection:
            return set(connection.scalars(sa.select(_c.date).where(*loaded)))


def _change_answered(connection: sa.Connection, lane: tuple[sa.ColumnElement[bool], ...], values: dict[str, Any]) -> None:
    """Change the lane's latest attempt that has an answer; without one (the state database was replaced) there is none."""
    answered = sa.select(sa.func.max(_c.job_id)).where(*lane, sa.or_(_c.state == "ok", _c.answer_sha256.is_not(None)))
    connection.execute(sa.update(sync_jobs).where(_c.job_id == answered.scalar_subquery()).values(**values))


def _lane(business_id: str, date: date, slice_name: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (_c.business_id == business_id, _c.date == date, _c.slice == slice_name)
