"""One answer of Clarity, paid for and kept: claim a slot -> one HTTP call -> vault -> settle the slot; what is retryable, again.

`capture` alone makes calls, after everything that could refuse has refused. What Clarity sent is on disk before anything can
fail on its content. At most two more tries of what is retryable, each with a slot of its own; a Dagster retry policy would spend
calls that nobody here knows of.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from clarity_pipeline.calls.contract_drift import ContractDrift
from clarity_pipeline.calls.quota import Quota, Slot
from clarity_pipeline.calls.turns import Turns
from clarity_pipeline.clarity.answer import Answer
from clarity_pipeline.clarity.client import Fetches, Reply
from clarity_pipeline.clarity.dimensions import Slice
from clarity_pipeline.clarity.errors import ClarityError, ClockDisagrees, QuotaSpent, TokenRejected, Unavailable
from clarity_pipeline.clarity.token import Token
from clarity_pipeline.clarity.window import window
from clarity_pipeline.connections.connections import Connections
from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.settings.settings import Clock
from clarity_pipeline.vault.stored_answer import Purpose, StoredAnswer
from clarity_pipeline.vault.vault import Vault

CLOCKS_APART = timedelta(minutes=10)
"""Farther apart no answer is dated by our clock; a call takes 15 seconds at most."""

TRIES = 3
_SHORTEST_CALL_SECONDS = 3.0


@dataclass(slots=True)
class Receipt:
    """What a lane has cost so far, and the last answer that was kept for it: for its job's row, where it has one."""

    calls: int = 0
    http_status: int | None = None
    stored: StoredAnswer | None = None
    job_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """What a call goes through; `call_seconds` is the most that one try may take."""

    connections: Connections
    quota: Quota
    vault: Vault
    drift: ContractDrift
    transport: Fetches
    turns: Turns
    clock: Clock
    sleep: Callable[[float], None]
    jitter: Callable[[], float]
    monotonic: Callable[[], float]
    call_seconds: float

    def make(
        self,
        business_id: str,
        *,
        asked: Slice,
        num_of_days: int,
        purpose: Purpose | Literal["portal"],
        ends_at: float,
        receipt: Receipt,
        tries: int = TRIES,
    ) -> tuple[StoredAnswer, Answer]:
        """Ask as `keep` does, then read what came and note how it differs from what we know. Raises `AnswerMalformed` too."""
        stored, body = self.keep(
            business_id,
            asked=asked,
            num_of_days=num_of_days,
            purpose=purpose,
            ends_at=ends_at,
            receipt=receipt,
            tries=tries,
        )
        return stored, self.drift.read(body, business_id=business_id, asked=asked)

    def keep(
        self,
        business_id: str,
        *,
        asked: Slice,
        num_of_days: int,
        purpose: Purpose | Literal["portal"],
        ends_at: float,
        receipt: Receipt,
        tries: int = TRIES,
    ) -> tuple[StoredAnswer, bytes]:
        """Ask once, and again while tries, slots and seconds last (`ends_at` is monotonic); the answer's date is the one before.

        Waiting for a turn among all callers takes nothing of those seconds. Raises an error of `clarity.errors`,
        `TooCloseToMidnight`, `TokenMissing`, `VaultLocked` or `SecretUnreadable`; `receipt` has the cost.
        """
        began = self.monotonic()
        with self.turns.turn():
            ends_at += self.monotonic() - began
            self.vault.keys.refuse_without()  # whoever lives for long may have been started before the vault was sealed
            quota_key, token = self.connections.credentials(business_id)
            token_hint = self.connections.hint(token)
            paid_before = receipt.calls

            def keep(body: bytes, at: datetime) -> StoredAnswer:
                return self.vault.keep(
                    body,
                    business_id=business_id,
                    date=at.astimezone(UTC).date() - timedelta(days=1),
                    slice_name=asked.name,
                    num_of_days=num_of_days,
                    window=window(at, num_of_days),
                    purpose="test" if purpose == "portal" else purpose,
                    dimensions=asked.fewer,
                    token_hint=token_hint,
                )

            failure: ClarityError | None = None
            for attempt in range(tries):
                if not self._pause(attempt, ends_at=ends_at):
                    break
                try:
                    slot = self.quota.claim(
                        quota_key,
                        business_id=business_id,
                        slice_name=asked.name,
                        purpose="retry" if receipt.calls > paid_before else purpose,  # a slot that was given back was no try
                        job_id=receipt.job_id,
                        fetched=self.vault.slices_fetched(business_id, on=self.clock().astimezone(UTC).date()),
                    )
                except QuotaSpent as spent:
                    failure = failure or spent
                    break
                receipt.calls += 1
                failpoint("slot_claimed")
                fetched_at = self.clock()
                seconds = min(self.call_seconds, ends_at - self.monotonic())
                try:
                    reply = self.transport.fetch(asked, token=token, num_of_days=num_of_days, deadline_seconds=seconds)
                except ClarityError as error:
                    self._settle_refusal(slot, error, token=token, receipt=receipt)
                    failure = error
                    if isinstance(error, Unavailable):
                        continue
                    break
                failpoint("answer_received")
                receipt.http_status = 200
                disagrees = self._disagrees(reply)
                kept = keep(reply.body, fetched_at if disagrees is None or reply.at is None else reply.at)
                if disagrees is None:  # else it is of another date than the lane
                    receipt.stored = kept
                failpoint("answer_kept")
                theirs = None if disagrees is None or reply.at is None else reply.at.astimezone(UTC).date()
                self.quota.settle(slot, http_status=200, theirs=theirs)
                failpoint("slot_settled")
                if disagrees is not None:
                    raise disagrees
                return kept, reply.body
            raise failure or Unavailable("no time was left for another call", sent=False)

    def _pause(self, attempt: int, *, ends_at: float) -> bool:
        """Before another try wait 0.5-1 s, then 1-2 s; False when too little of the lane's time would be left for it."""
        pause = 2.0 ** (attempt - 1) * (0.5 + self.jitter() / 2) if attempt else 0.0
        if self.monotonic() + pause + _SHORTEST_CALL_SECONDS > ends_at:
            return False
        if pause:
            self.sleep(pause)
        return True

    def _disagrees(self, reply: Reply) -> ClockDisagrees | None:
        """A machine whose clock is a day off would keep yesterday's answer as the one of the day before, and load it as that."""
        apart = timedelta() if reply.at is None else self.clock() - reply.at
        if abs(apart) <= CLOCKS_APART:
            return None
        way = "ahead of" if apart > timedelta() else "behind"
        minutes = abs(apart) // timedelta(minutes=1)
        return ClockDisagrees(f"this machine's clock is {minutes:,} minutes {way} Clarity's", http_status=200)

    def _settle_refusal(self, slot: Slot, error: ClarityError, *, token: Token, receipt: Receipt) -> None:
        if isinstance(error, Unavailable) and not error.sent:
            self.quota.release(slot, job_id=receipt.job_id)
            receipt.calls -= 1
            return
        receipt.http_status = error.http_status
        if isinstance(error, QuotaSpent):
            self.quota.fill_day(slot)
        else:
            self.quota.settle(slot, http_status=error.http_status)
        if isinstance(error, TokenRejected):
            self.connections.reject(slot.business_id, token)
