"""What was fetched ahead of its lane's own step: how it waits, and how the step takes it over, once.

Asked by `capture`. An attempt that was made ahead is the lane's attempt like any other, with its calls, answer or refusal;
its step makes it its own instead of making another. So a night whose calls were made ahead leaves the same jobs as one in which
each step made its own, and what failed ahead fails in its step without a second call.
"""

from datetime import date, datetime, timedelta

import sqlalchemy as sa

from clarity_pipeline.calls.attempt import Attempt, close
from clarity_pipeline.calls.contract_drift import ContractDrift
from clarity_pipeline.calls.one_call import Receipt
from clarity_pipeline.calls.sync_jobs import RECOVERED, SyncJob, SyncJobs
from clarity_pipeline.clarity.dimensions import Slice
from clarity_pipeline.connections.business import TOKEN_REJECTED, Business
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.state.again import each_method_again
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.calls import sync_jobs
from clarity_pipeline.state.schema.night import jobs_ahead
from clarity_pipeline.vault.lane_answer import LaneAnswer, Told, lane_answers, read
from clarity_pipeline.vault.stored_answer import VaultDamaged
from clarity_pipeline.vault.vault import Vault

REFUSAL_STANDS = timedelta(hours=2)
"""Twice the longest night that is meant to be: a step that comes later asks Clarity itself."""

_c = sync_jobs.c


class FailedAhead(ClarityPipelineError):
    """The call was made ahead and refused; the words and the reason are those of the refusal."""

    def __init__(self, job: SyncJob) -> None:
        super().__init__(job.detail or "")
        self.__dict__["reason"] = job.reason  # of this refusal; the class has none of its own


@each_method_again
class FetchedAhead:
    """The attempts that wait, of one state database, and their answers."""

    def __init__(self, state: StateDatabase, *, jobs: SyncJobs, vault: Vault, drift: ContractDrift) -> None:
        self._state = state
        self._jobs = jobs
        self._vault = vault
        self._drift = drift

    def waiting(self, business: Business, *, date: date, slice_name: str, now: datetime) -> SyncJob | None:
        """The lane's last attempt, if it was made ahead and its step may take it over.

        Not one that was cut off, nor one from before a new token, nor of a business that somebody has paused since, nor a refusal
        that is hours old.
        """
        job = self._jobs.latest(business.business_id, date=date, slice_name=slice_name)
        return job if job is not None and self._stands(job, business, now=now) else None

    def lanes_before(self, day: date) -> list[tuple[str, date, str]]:
        """Business, date and slice of what waits of older dates: somebody has to ask for its steps."""
        lane = sa.select(_c.business_id, _c.date, _c.slice).join(jobs_ahead, jobs_ahead.c.job_id == _c.job_id)
        with self._state.read() as connection:
            rows = connection.execute(lane.where(_c.date < day, _c.state != "running").order_by(_c.date, _c.job_id))
            return [(business_id, each, name) for business_id, each, name in rows]

    def take_over(self, job: SyncJob, *, asked: Slice, run_id: str | None) -> Told | None:
        """Make it the attempt of this run, and read its answer; a refusal is raised as it was then (`FailedAhead`).

        None where the answer is gone from the vault, or another step has taken it. Raises `AnswerMalformed` and `VaultDamaged`.
        """
        by = self._kept(job) if job.state == "ok" else None
        if (by is None and job.state == "ok") or not self._take(job, run_id=run_id):
            return None
        failpoint("taken_over")
        if by is None:
            raise FailedAhead(job)
        try:
            return self._read(by, asked)
        except ClarityPipelineError as error:
            close(self._jobs, Attempt(job.job_id, Receipt(job.calls, job.http_status, by.stored, job.job_id)), error=error)
            raise

    def was_tried(self, business: Business, *, date: date, slice_name: str, since: datetime, now: datetime) -> bool:
        """Whether an attempt waits, or was made since and not cut off: then whoever made it has said what came of it."""
        job = self._jobs.latest(business.business_id, date=date, slice_name=slice_name)
        if job is None or job.state == "running":
            return False
        return job.started_at >= since or self._stands(job, business, now=now)

    def _stands(self, job: SyncJob, business: Business, *, now: datetime) -> bool:
        if job.finished_at is None or not self._waits(job):
            return False
        is_paused = not business.enabled and business.disabled_reason != TOKEN_REJECTED
        has_new_token = business.token_stored_at is not None and business.token_stored_at > job.finished_at
        stands = job.state == "ok" or (job.detail is not None and now - job.finished_at <= REFUSAL_STANDS)
        return stands and not (is_paused or has_new_token)

    def _waits(self, job: SyncJob) -> bool:
        with self._state.read() as connection:
            return bool(connection.scalar(sa.select(sa.exists().where(jobs_ahead.c.job_id == job.job_id))))

    def _kept(self, job: SyncJob) -> LaneAnswer | None:
        try:
            known = lane_answers(self._vault, business_id=job.business_id, date=job.date, slice_name=job.slice_name)
            same = (by for by in known if by.stored.sha256 == job.answer_sha256)
            return next((by for by in same if (by.shorter is not None) == (job.reason == RECOVERED)), None)
        except VaultDamaged:
            return None  # which the lane then says in a job of its own

    def _take(self, job: SyncJob, *, run_id: str | None) -> bool:
        with self._state.write() as connection:
            waited = connection.execute(sa.delete(jobs_ahead).where(jobs_ahead.c.job_id == job.job_id)).rowcount == 1
            if waited:
                connection.execute(sa.update(sync_jobs).where(_c.job_id == job.job_id).values(dagster_run_id=run_id))
        return waited

    def _read(self, by: LaneAnswer, asked: Slice) -> Told:
        """What it says; how the answer differs from what we know is noted here, since nobody has read it yet."""
        if by.shorter is not None:  # read when it was fetched, to see what was missing of the pair
            return read(self._vault, by, asked)
        body = self._vault.read(by.stored)
        return Told(by, self._drift.read(body, business_id=by.stored.business_id, asked=asked.by(by.stored.dimensions)))
