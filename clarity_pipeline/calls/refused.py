"""Answers that a parser could not read: kept in the vault, not paid for again, and read anew by a newer parser.

Told by the jobs: a lane is refused while its latest answer is one that `parser_version` has refused. Read by the planner;
`capture` looks at the answer itself before it pays.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from clarity_pipeline.calls.skipped import LaneSkipped
from clarity_pipeline.calls.sync_jobs import CLOCK_DISAGREES, REDIRECTED, SyncJob, SyncJobs
from clarity_pipeline.clarity.dimensions import Slice
from clarity_pipeline.clarity.errors import AnswerMalformed, ClockDisagrees, MobileAppProject, NotAnAnswer, Redirected
from clarity_pipeline.clarity.parser_version import PARSER_VERSION
from clarity_pipeline.connections.business import Business
from clarity_pipeline.normalize.plausible import ImplausibleDifference
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.calls import sync_jobs
from clarity_pipeline.vault.lane_answer import LaneAnswer, is_of_an_earlier_token, read
from clarity_pipeline.vault.vault import Vault

PAUSE = timedelta(minutes=10)
"""Behind a redirect, a page in place of an answer, or clocks that disagree, no call is made for so long: none is over at once.

Not longer than `one_call.CLOCKS_APART`: a clock that is set forward passes the pause by that, and the night goes on.
"""

_UNREADABLE = {AnswerMalformed.reason, MobileAppProject.reason}
_c = sync_jobs.c


@dataclass(frozen=True, slots=True)
class Refused:
    """An answer in the vault that today's parser refuses, and how."""

    by: LaneAnswer
    error: AnswerMalformed

    def stands(self, *, now: datetime, token_hint: str | None) -> bool:
        """Whether a call made now would be paid for the same: not of another token, and not long after a passing disturbance."""
        if is_of_an_earlier_token(self.by, token_hint=token_hint):
            return False
        return not isinstance(self.error, NotAnAnswer) or now - self.by.known_at < PAUSE


def refuse_the_same_again(
    vault: Vault, business: Business, refused: Refused | None, *, asked: Slice, ending_on: date | None, now: datetime
) -> None:
    """Raise the refusal of what the vault has where a call would only bring the same once more.

    `ending_on` is the folder of today's answers where the lane's date is lost: then that is so too while the newest answer to
    its question is one that cannot be read.
    """
    is_of_now = refused is not None and (refused.by.shorter is None or refused.by.stored.date == ending_on)
    if refused is not None and is_of_now and refused.stands(now=now, token_hint=business.token_hint):
        raise refused.error  # of a pair only on its own day: the next midnight's is another one
    if ending_on is not None and (newest := _newest_refusal(vault, business, date=ending_on, asked=asked)):
        raise newest


def refuse_what_was_just_told(jobs: SyncJobs, business_id: str, *, now: datetime) -> None:
    """One call tells that the address sends elsewhere, or that clocks disagree; the business's other lanes would be told so too.

    What was told by a clock that has been set back since is still to come, and holds nobody up.
    """
    if at := jobs.last_met(business_id, CLOCK_DISAGREES, since=now - PAUSE, until=now):
        raise LaneSkipped(
            f"at {at:%H:%M} by this machine's clock Clarity's said another time, so no call is made for some minutes;"
            f" {ClockDisagrees.next_step}",
            because=CLOCK_DISAGREES,
        )
    if at := jobs.last_met(business_id, REDIRECTED, since=now - PAUSE, until=now):
        raise LaneSkipped(
            f"at {at:%H:%M} UTC the address sent elsewhere instead of answering, so no call is made for some minutes;"
            f" {Redirected.next_step}",
            because=REDIRECTED,
        )


def _newest_refusal(vault: Vault, business: Business, *, date: date, asked: Slice) -> AnswerMalformed | None:
    """How the newest answer to the question in the folder of a date cannot be read; None where it can, or there is none."""
    newest = max(
        vault.answers(business.business_id, date=date, slice_name=asked.name), key=lambda each: each.fetched_at, default=None
    )
    if newest is None or is_of_an_earlier_token(by := LaneAnswer(date, newest), token_hint=business.token_hint):
        return None
    try:
        read(vault, by, asked)
    except AnswerMalformed as error:
        return error
    return None


def parser_of(error: Exception | None) -> int | None:
    """The version to remember a refusal by; None where it is not the parser's."""
    is_parsers = isinstance(error, AnswerMalformed) and not isinstance(error, NotAnAnswer)
    return PARSER_VERSION if is_parsers else None


def tells_nothing(job: SyncJob) -> bool:
    """Whether its answer is one that today's parser refuses, no answer at all, or half of an implausible difference."""
    return job.reason in {*_UNREADABLE, ImplausibleDifference.reason} and not is_of_an_earlier_parser(job)


def is_not_paid_again(job: SyncJob) -> bool:
    """Whether another call would tell no more: the refusal is today's parser's, or the difference of a pair cannot be."""
    return job.reason == ImplausibleDifference.reason or (job.reason in _UNREADABLE and job.parser_version == PARSER_VERSION)


def is_of_an_earlier_parser(job: SyncJob) -> bool:
    """Whether another parser than today's refused it."""
    return job.reason in _UNREADABLE and job.parser_version is not None and job.parser_version < PARSER_VERSION


def refused_lanes(state: StateDatabase) -> list[SyncJob]:
    """Of each lane whose latest answer a parser refused its latest attempt with it, by business and date."""
    later = sync_jobs.alias()
    same_lane = (later.c.business_id == _c.business_id, later.c.date == _c.date, later.c.slice == _c.slice)
    over = sa.or_(later.c.loaded_at.is_not(None), later.c.answer_sha256.is_not(None))
    query = sa.select(sync_jobs).where(
        _c.parser_version.is_not(None), ~sa.exists().where(*same_lane, later.c.attempt > _c.attempt, over)
    )
    with state.read() as connection:  # sorted here: asked for in order, SQLite walks through all jobs and not through these few
        found = [SyncJob.of(row) for row in connection.execute(query).mappings()]
    return sorted(found, key=lambda job: (job.business_id, job.date, job.job_id))
