"""The one place that spends calls: a lane or a person's test in, an answer in the vault out.

The order is fixed and each step is cheaper than the next: enabled? -> already in the vault? -> is this day fetchable now? ->
claim a slot -> one HTTP call -> vault -> settle the slot -> check the answer. What refuses, refuses before it pays; what
Clarity sent is on disk before anything can fail on its content. Retrying is decided here and nowhere else (a Dagster retry
policy would spend calls that it does not know of): at most two more tries of what is retryable, each with a slot of its own.

Used by the raw assets and by `test`. It never loads anything and never evaluates anything.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from pathlib import Path

import filelock

from clarity_pipeline.businesses.connections import Business, Connections
from clarity_pipeline.businesses.contract_drift import ContractDrift
from clarity_pipeline.businesses.quota import Quota, Slot
from clarity_pipeline.businesses.sync_jobs import SyncJobs
from clarity_pipeline.clarity.answer import Answer
from clarity_pipeline.clarity.client import Transport
from clarity_pipeline.clarity.dimensions import DAILY_SLICES, Slice
from clarity_pipeline.clarity.errors import ClarityError, QuotaSpent, TokenRejected, Unavailable
from clarity_pipeline.clarity.fetchable import refuse_unfetchable
from clarity_pipeline.clarity.token import Token
from clarity_pipeline.clarity.window import window
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.lane_answer import usable_answer
from clarity_pipeline.settings import Clock
from clarity_pipeline.vault import Purpose, StoredAnswer, Vault

TRIES = 3
CALL_SECONDS = 15.0
LANE_SECONDS = 38.0
"""With what surrounds it, one lane is given up within 40 s whatever Clarity does."""

_SHORTEST_CALL_SECONDS = 3.0
_LOCK_SECONDS = 180.0
_TEST_SLICE = DAILY_SLICES["url_device"]


class LaneSkipped(ClarityPipelineError):
    """Nothing is wrong with the lane: its business is not synced at present (`disabled` or `token_rejected`)."""

    def __init__(self, message: str, *, because: str) -> None:
        super().__init__(message)
        self.because = because


class CaptureBusy(ClarityPipelineError):
    """Another process fetches for this business."""

    reason = "capture_busy"


@dataclass(frozen=True, slots=True)
class Captured:
    """A lane's answer: where it lies, what it says, how many calls it took, and whether the vault had it already."""

    stored: StoredAnswer
    answer: Answer
    calls: int
    reused: bool


@dataclass(slots=True)
class _Receipt:
    """What a lane has cost so far, for its job's row."""

    calls: int = 0
    http_status: int | None = None
    stored: StoredAnswer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """The rooms that a call goes through, and the knobs that tests turn."""

    connections: Connections
    quota: Quota
    jobs: SyncJobs
    vault: Vault
    drift: ContractDrift
    transport: Transport
    clock: Clock
    locks: Path
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random
    monotonic: Callable[[], float] = time.monotonic
    call_seconds: float = CALL_SECONDS
    lane_seconds: float = LANE_SECONDS

    def lane(self, business_id: str, *, date: date, asked: Slice, refetch: bool = False, run_id: str | None = None) -> Captured:
        """Capture one lane and write its job; raise one line that says why not.

        Raises `LaneSkipped`, `DayNotFetchable`, an error of `clarity.errors`, `SecretUnreadable`, `VaultDamaged` or
        `CaptureBusy`.
        """
        with self._alone(business_id):
            business = self.connections.get(business_id)
            job = self.jobs.start(business_id, date=date, slice_name=asked.name, run_id=run_id)
            receipt = _Receipt()
            try:
                captured = self._lane(business, date=date, asked=asked, refetch=refetch, receipt=receipt)
            except ClarityPipelineError as error:
                self._close(job, receipt, error=error)
                raise
            except BaseException as error:
                reason = "internal_error" if isinstance(error, Exception) else "interrupted"
                self.jobs.finish(job, state="failed", reason=reason, calls=receipt.calls)
                raise
            self._close(job, receipt, reused=captured.reused)
            return captured

    def test(self, business_id: str) -> Captured:
        """Spend one call of the person's share on the first lane of the day; the answer is kept, so the call is not wasted.

        One try only: a person can ask again. Outside the fetchable hours the answer proves the token and is kept, but no
        date is ever loaded from it.
        """
        with self._alone(business_id):
            business = self.connections.get(business_id)
            yesterday = self.clock().astimezone(UTC).date() - timedelta(days=1)
            return self._call(business, date=yesterday, asked=_TEST_SLICE, purpose="test", tries=1, receipt=_Receipt())

    def _lane(self, business: Business, *, date: date, asked: Slice, refetch: bool, receipt: _Receipt) -> Captured:
        if not business.enabled:
            raise _skip(business)
        if not refetch and (found := usable_answer(self.vault, business_id=business.business_id, date=date, asked=asked)):
            receipt.stored = found[0]
            return Captured(*found, calls=0, reused=True)
        refuse_unfetchable(date, now=self.clock())
        purpose: Purpose = "refetch" if refetch else "sync"
        return self._call(business, date=date, asked=asked, purpose=purpose, tries=TRIES, receipt=receipt)

    def _call(self, business: Business, *, date: date, asked: Slice, purpose: Purpose, tries: int, receipt: _Receipt) -> Captured:
        """Claim, call and keep; what is retryable is tried again while tries, slots and seconds last."""
        quota_key, token = self.connections.credentials(business.business_id)
        ends_at = self.monotonic() + self.lane_seconds
        failure: ClarityError | None = None
        for attempt in range(tries):
            if failure is not None and not self._pause(attempt, ends_at=ends_at):
                break
            try:
                slot = self.quota.claim(
                    quota_key,
                    business_id=business.business_id,
                    slice_name=asked.name,
                    purpose="retry" if receipt.calls else purpose,  # a slot that was given back was no try
                )
            except QuotaSpent as spent:
                failure = failure or spent
                break
            receipt.calls += 1
            failpoint("slot_claimed")
            fetched_at = self.clock()
            seconds = min(self.call_seconds, ends_at - self.monotonic())
            try:
                body = self.transport.fetch(asked, token=token, num_of_days=1, deadline_seconds=seconds)
            except ClarityError as error:
                self._settle_refusal(slot, error, token=token, receipt=receipt)
                failure = error
                if isinstance(error, Unavailable):
                    continue
                break
            failpoint("answer_received")
            receipt.http_status = 200
            receipt.stored = self.vault.keep(
                body,
                business_id=business.business_id,
                date=date,
                slice_name=asked.name,
                num_of_days=1,
                window=window(fetched_at, 1),
                purpose=purpose,
            )
            failpoint("answer_kept")
            self.quota.settle(slot, http_status=200)
            failpoint("slot_settled")
            answer = self.drift.read(body, business_id=business.business_id, asked=asked)
            return Captured(receipt.stored, answer, calls=receipt.calls, reused=False)
        raise failure or Unavailable("no try was made", sent=False)

    def _pause(self, attempt: int, *, ends_at: float) -> bool:
        """Wait 0.5-1 s, then 1-2 s, when enough of the lane's time is left for another try."""
        pause = 2.0 ** (attempt - 1) * (0.5 + self.jitter() / 2)
        if self.monotonic() + pause + _SHORTEST_CALL_SECONDS > ends_at:
            return False
        self.sleep(pause)
        return True

    def _settle_refusal(self, slot: Slot, error: ClarityError, *, token: Token, receipt: _Receipt) -> None:
        if isinstance(error, Unavailable) and not error.sent:
            self.quota.release(slot)
            receipt.calls -= 1
            return
        receipt.http_status = error.http_status
        if isinstance(error, QuotaSpent):
            self.quota.fill_day(slot)
        else:
            self.quota.settle(slot, http_status=error.http_status)
        if isinstance(error, TokenRejected):
            self.connections.reject(slot.business_id, token)

    def _close(self, job: int, receipt: _Receipt, *, error: ClarityPipelineError | None = None, reused: bool = False) -> None:
        """Write the job's row; a lane that cost no call because nobody may call for it now is skipped, not failed."""
        reason = error.reason if error else "already_in_vault" if reused else None
        if isinstance(error, LaneSkipped):
            reason = error.because
        refused = isinstance(error, QuotaSpent) and receipt.calls == 0
        stored = receipt.stored
        self.jobs.finish(
            job,
            state="ok" if error is None else "skipped" if refused or isinstance(error, LaneSkipped) else "failed",
            reason=reason,
            detail=str(error) if error else None,
            http_status=receipt.http_status,
            calls=receipt.calls,
            window=(stored.window_start, stored.window_end) if stored else None,
            answer_sha256=stored.sha256 if stored else None,
        )

    @contextmanager
    def _alone(self, business_id: str) -> Iterator[None]:
        """One process at a time fetches for a business, so that the second finds the first one's answer in the vault."""
        self.locks.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            held = filelock.FileLock(self.locks / f"{business_id}.capture.lock").acquire(timeout=_LOCK_SECONDS)
        except filelock.Timeout:
            held = None
        if held is None:
            raise CaptureBusy(f"another process has been fetching for {business_id} for {_LOCK_SECONDS:.0f} s; try again later")
        with held:
            yield


def _skip(business: Business) -> LaneSkipped:
    if business.disabled_reason == "token_rejected":
        return LaneSkipped(
            f"Clarity rejected the token of {business.business_id}; reconnect it with a fresh token", because="token_rejected"
        )
    if not business.token_stored:
        return LaneSkipped(f"{business.business_id} is disconnected; `clarity-pipeline connect` it again", because="disabled")
    return LaneSkipped(
        f"{business.business_id} is disabled ({business.disabled_reason}); `enable` it to sync it again", because="disabled"
    )
