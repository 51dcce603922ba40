"""The one place that spends calls: a lane or a person's test in, an answer in the vault out.

The order is fixed and each step is cheaper than the next: enabled? -> already told by the vault? -> is this day fetchable now,
or else recoverable? -> in full, or by fewer dimensions? -> the call (`calls`). What refuses, refuses before it pays. A lost date
is recovered out of two longer answers: whatever of the pair the vault has from the last minutes is not paid for again.

Used by `orchestration.raw` and `token_test`. It never loads anything and never evaluates anything.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta
from pathlib import Path
from typing import Literal

from clarity_pipeline.calls.alone import alone
from clarity_pipeline.calls.contract_drift import ContractDrift
from clarity_pipeline.calls.cut_lanes import CutLanes
from clarity_pipeline.calls.one_call import Calls, Receipt
from clarity_pipeline.calls.onlooker import Onlooker
from clarity_pipeline.calls.own_answer import in_vault
from clarity_pipeline.calls.quota import Quota
from clarity_pipeline.calls.recently_cut import question
from clarity_pipeline.calls.recovery import recover
from clarity_pipeline.calls.refused import parser_of, refuse_after_a_redirect, refuse_the_same_again
from clarity_pipeline.calls.skipped import LaneSkipped, skip
from clarity_pipeline.calls.sync_jobs import RECOVERED, SyncJobs
from clarity_pipeline.clarity.answer import Answer
from clarity_pipeline.clarity.client import Reply, Transport
from clarity_pipeline.clarity.dimensions import CONTRACT, DAILY_SLICES, Slice
from clarity_pipeline.clarity.errors import ClarityError, QuotaSpent, Unavailable
from clarity_pipeline.clarity.fetchable import refuse_unfetchable
from clarity_pipeline.clarity.recoverable import is_owed
from clarity_pipeline.connections.business import Business
from clarity_pipeline.connections.connections import Connections
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.settings import Clock
from clarity_pipeline.vault.lane_answer import LaneAnswer, Told, is_of_an_earlier_token
from clarity_pipeline.vault.vault import StoredAnswer, Vault

CALL_SECONDS = 15.0
LANE_SECONDS = 38.0
"""With what surrounds it, one lane is given up within 40 s whatever Clarity does."""

TEST_SLICE = DAILY_SLICES["url_device"]
"""The first lane of the day, so that a test in the fetchable hours saves the daily run that call."""

TestPurpose = Literal["test", "portal"]


@dataclass(frozen=True, slots=True)
class Captured:
    """What tells a lane and what it says, how many calls it took, and whether the vault had it already."""

    told: Told
    calls: int
    reused: bool

    @property
    def stored(self) -> StoredAnswer:
        """The lane's answer; of a pair, the longer."""
        return self.told.by.stored

    @property
    def answer(self) -> Answer:
        """What `stored` says."""
        return self.told.answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """What a call goes through, and the knobs that tests turn."""

    connections: Connections
    quota: Quota
    jobs: SyncJobs
    vault: Vault
    drift: ContractDrift
    transport: Transport
    clock: Clock
    locks: Path
    cut_lanes: CutLanes | None = None
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random
    monotonic: Callable[[], float] = time.monotonic
    call_seconds: float = CALL_SECONDS
    lane_seconds: float = LANE_SECONDS

    def lane(self, business_id: str, *, date: date, asked: Slice, refetch: bool = False, run_id: str | None = None) -> Captured:
        """Capture one lane and write its job; raise one line that says why not.

        Raises `LaneSkipped`, `DayNotFetchable`, `DayNotRecoverable`, an error of `clarity.errors`, `SecretUnreadable`,
        `VaultDamaged` or `CaptureBusy`.
        """
        with alone(self.locks, business_id):
            business = self.connections.get(business_id)
            job = self.jobs.start(business_id, date=date, slice_name=asked.name, run_id=run_id)
            receipt = Receipt(job_id=job)
            try:
                captured = self._lane(business, date=date, asked=asked, refetch=refetch, receipt=receipt)
            except ClarityPipelineError as error:
                self._close(job, receipt, error=error)
                raise
            except BaseException as error:
                reason = "internal_error" if isinstance(error, Exception) else "interrupted"
                self.jobs.finish(job, state="failed", reason=reason, calls=receipt.calls)
                raise
            self._close(job, receipt, captured=captured)
            return captured

    def test(self, business_id: str, *, on_behalf: TestPurpose = "test") -> Captured:
        """Spend one call of the person's share on the first lane of the day; the answer is kept, so the call is not wasted.

        One try only: a person can ask again. Outside the fetchable hours the answer proves the token and is kept, but no
        date is ever loaded from it. `on_behalf` says whose share: the agency's, or that of a client in the portal.
        """
        with alone(self.locks, business_id):
            receipt = Receipt()
            stored, answer = self._calls.make(
                self.connections.get(business_id).business_id,
                asked=TEST_SLICE,
                num_of_days=1,
                purpose=on_behalf,
                tries=1,
                ends_at=self.monotonic() + self.lane_seconds,
                receipt=receipt,
            )
            return Captured(Told(LaneAnswer(stored.date, stored), answer), calls=receipt.calls, reused=False)

    def contract(self, business_id: str) -> tuple[Reply, ClarityError | None, StoredAnswer | None]:
        """Spend one call of the person's share on the question `CONTRACT`; its answer is kept where no lane is loaded from.

        The reply, what it means where it is a refusal, and the kept answer where it is none. Raises, before it pays,
        `LaneSkipped`, `QuotaSpent`, `TokenMissing`.
        """
        with alone(self.locks, business_id):
            business = self.connections.get(business_id)
            if not business.enabled:
                raise skip(business)
            receipt = Receipt()
            onlooker = Onlooker(self.transport)
            try:
                replace(self._calls, transport=onlooker).keep(
                    business_id,
                    asked=CONTRACT,
                    num_of_days=1,
                    purpose="test",
                    tries=1,
                    ends_at=self.monotonic() + self.lane_seconds,
                    receipt=receipt,
                )
            except ClarityError as error:
                if onlooker.reply is None:
                    raise
                return onlooker.reply, error, None
            if onlooker.reply is None:
                raise Unavailable("no call was made", sent=False)
            return onlooker.reply, None, receipt.stored

    def _lane(self, business: Business, *, date: date, asked: Slice, refetch: bool, receipt: Receipt) -> Captured:
        if not business.enabled:
            raise skip(business)
        known = in_vault(self.vault, self.jobs, business, date=date, asked=asked)
        found = known.own or known.other
        if found and not refetch and not self._is_of_an_earlier_token(business, found):
            return Captured(found, calls=0, reused=True)
        is_lost = self._is_lost(business, date=date, asked=asked)
        if not refetch:
            receipt.stored = known.refused.by.stored if known.refused else None
            ending_on = self._yesterday() if is_lost else None
            refuse_the_same_again(self.vault, business, known.refused, asked=asked, ending_on=ending_on, now=self.clock())
        refuse_after_a_redirect(self.jobs, business.business_id, now=self.clock())
        if is_lost:
            ends_at = self.monotonic() + self.lane_seconds
            wanted = self._question(business, asked)
            found = recover(self._calls, business, date=date, asked=wanted, refetch=refetch, ends_at=ends_at, receipt=receipt)
            return Captured(found, calls=receipt.calls, reused=False)
        refuse_unfetchable(date, now=self.clock())
        stored, answer = self._calls.make(
            business.business_id,
            asked=self._question(business, asked),
            num_of_days=1,
            purpose="refetch" if refetch else "sync",
            ends_at=self.monotonic() + self.lane_seconds,
            receipt=receipt,
        )
        return Captured(Told(LaneAnswer(date, stored), answer), calls=receipt.calls, reused=False)

    def _question(self, business: Business, asked: Slice) -> Slice:
        """What is asked for today: also of a lost date, whose pair is made with yesterday's answer."""
        if self.cut_lanes is None:
            return asked
        return question(self.cut_lanes, self.jobs, business=business, asked=asked, day=self._yesterday())

    def _is_of_an_earlier_token(self, business: Business, found: Told) -> bool:
        """Whether an answer that nobody loaded came with a token that has been replaced: it may be another client's."""
        name = found.by.stored.slice_name
        earlier = is_of_an_earlier_token(found.by, token_hint=business.token_hint)
        return earlier and not self.jobs.is_loaded(business.business_id, date=found.by.date, slice_name=name)

    def _is_lost(self, business: Business, *, date: date, asked: Slice) -> bool:
        """Whether the date was ours to have, no call answers for it alone any more, and no answer of its own was ever loaded.

        Only of the four daily lanes: nobody knows since when a business has had the totals.
        """
        return (
            asked.name in DAILY_SLICES
            and date < self._yesterday()
            and is_owed(date, connected_at=business.connected_at or business.created_at)
            and not self.jobs.is_loaded(business.business_id, date=date, slice_name=asked.name, recovered=False)
        )

    def _yesterday(self) -> date:
        return self.clock().astimezone(UTC).date() - timedelta(days=1)

    @property
    def _calls(self) -> Calls:
        return Calls(
            connections=self.connections,
            quota=self.quota,
            vault=self.vault,
            drift=self.drift,
            transport=self.transport,
            clock=self.clock,
            sleep=self.sleep,
            jitter=self.jitter,
            monotonic=self.monotonic,
            call_seconds=self.call_seconds,
        )

    def _close(
        self, job: int, receipt: Receipt, *, error: ClarityPipelineError | None = None, captured: Captured | None = None
    ) -> None:
        """Write the job's row; a lane that cost no call because nobody may call for it now is skipped, not failed."""
        reason = error.reason if error else None
        kept = LaneAnswer(receipt.stored.date, receipt.stored) if receipt.stored else None
        if captured is not None:
            kept = captured.told.by
            reason = RECOVERED if kept.shorter else "already_in_vault" if captured.reused else None
        elif isinstance(error, LaneSkipped):
            reason = error.because
        refused = isinstance(error, QuotaSpent) and receipt.calls == 0
        self.jobs.finish(
            job,
            state="ok" if error is None else "skipped" if refused or isinstance(error, LaneSkipped) else "failed",
            reason=reason,
            detail=str(error) if error else None,
            http_status=receipt.http_status,
            calls=receipt.calls,
            window=kept.window if kept else None,
            answer_sha256=kept.stored.sha256 if kept else None,
            parser_version=parser_of(error) if kept else None,
        )
