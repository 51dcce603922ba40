"""The one place that spends calls: a lane or a person's test in, an answer in the vault out.

The order is fixed and each step is cheaper than the next: enabled? -> already told by the vault? -> is this day fetchable now,
or else recoverable? -> in full, or by fewer dimensions? -> the call (`calls`). What refuses, refuses before it pays. A lost date
is recovered out of two longer answers: whatever of the pair the vault has from the last minutes is not paid for again.

A night's calls are made ahead of the lanes' own steps, by `ahead` on many threads; the step of each lane takes over what came of
its call, a refusal too, and reads the answer.

Used by `orchestration.raw`, `ahead` and `token_test`. It never loads anything and never evaluates anything.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal

from clarity_pipeline.calls.alone import alone
from clarity_pipeline.calls.attempt import attempt
from clarity_pipeline.calls.contract_drift import ContractDrift
from clarity_pipeline.calls.cut_lanes import CutLanes
from clarity_pipeline.calls.fetched_ahead import FetchedAhead
from clarity_pipeline.calls.one_call import Calls, Receipt
from clarity_pipeline.calls.onlooker import Onlooker
from clarity_pipeline.calls.own_answer import in_vault, is_of_another_token
from clarity_pipeline.calls.quota import Quota
from clarity_pipeline.calls.recently_cut import question
from clarity_pipeline.calls.recovery import is_lost_lane, recover
from clarity_pipeline.calls.refused import refuse_the_same_again, refuse_what_was_just_told
from clarity_pipeline.calls.skipped import skip
from clarity_pipeline.calls.sync_jobs import SyncJobs
from clarity_pipeline.calls.turns import Turns
from clarity_pipeline.clarity.answer import Answer
from clarity_pipeline.clarity.client import Reply, Transport
from clarity_pipeline.clarity.dimensions import CONTRACT, DAILY_SLICES, Slice
from clarity_pipeline.clarity.errors import ClarityError, Unavailable
from clarity_pipeline.clarity.fetchable import is_fetchable, refuse_unfetchable
from clarity_pipeline.connections.business import Business
from clarity_pipeline.connections.connections import Connections
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.settings.settings import Clock
from clarity_pipeline.vault.lane_answer import LaneAnswer, Told, lane_answers
from clarity_pipeline.vault.stored_answer import StoredAnswer
from clarity_pipeline.vault.vault import Vault

CALL_SECONDS = 15.0
LANE_SECONDS = 38.0
"""With what surrounds it, one lane is given up within 40 s whatever Clarity does."""

TEST_SLICE = DAILY_SLICES["url_device"]
"""The first lane of the day, so that a test in the fetchable hours saves the daily run that call."""

TestPurpose = Literal["test", "portal"]


@dataclass(frozen=True, slots=True)
class Captured:
    """What tells a lane and what it says, how many calls it took, and whether the vault had it already.

    With `ahead` the vault has it since its calls were made ahead of the lane's own step.
    """

    told: Told
    calls: int
    reused: bool
    ahead: bool = False

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
    fetched_ahead: FetchedAhead
    vault: Vault
    drift: ContractDrift
    transport: Transport
    clock: Clock
    locks: Path
    turns: Turns
    cut_lanes: CutLanes | None = None
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random
    monotonic: Callable[[], float] = time.monotonic
    call_seconds: float = CALL_SECONDS
    lane_seconds: float = LANE_SECONDS
    is_over: Callable[[], bool] = bool
    """Whether whoever waits for others to be done with a project may stop waiting; never, but where all is to end."""

    def lane(
        self,
        business_id: str,
        *,
        date: date,
        asked: Slice,
        refetch: bool = False,
        run_id: str | None = None,
        asks_anew: bool = False,
    ) -> Captured:
        """Capture one lane and write its job; raise one line that says why not.

        What was fetched ahead for it is taken over, once, a refusal too unless the caller `asks_anew`.
        Raises `LaneSkipped`, `DayNotFetchable`, `DayNotRecoverable`, an error of `clarity.errors`, `SecretUnreadable`,
        `VaultDamaged`, `CaptureBusy` or `FailedAhead`.
        """
        with self._alone(business_id) as business:
            waiting = self.fetched_ahead.waiting(business, date=date, slice_name=asked.name, now=self.clock())
            if waiting and not refetch and (waiting.state == "ok" or not asks_anew):
                told = self.fetched_ahead.take_over(waiting, asked=asked, run_id=run_id)
                if told is not None:
                    return Captured(told, calls=waiting.calls, reused=False, ahead=True)
            job = self.jobs.start(business_id, date=date, slice_name=asked.name, run_id=run_id)
            with attempt(self.jobs, job) as found:
                captured = self._lane(business, date=date, asked=asked, refetch=refetch, receipt=found.receipt)
                found.by, found.reused = captured.told.by, captured.reused
            return captured

    def ahead(
        self, business_id: str, *, date: date, asked: Slice, since: datetime, run_id: str | None = None
    ) -> Literal["fetched", "refused", "left"]:
        """Make a lane's calls before its own step, which takes over what came of them; the answer is kept and not read.

        Left to the step is whatever would cost no call, is in the vault, or was tried `since` then. May raise what `lane` does.
        """
        with self._alone(business_id) as business:
            if not self._is_for_ahead(business, date=date, asked=asked, since=since):
                return "left"
            job = self.jobs.start(business_id, date=date, slice_name=asked.name, run_id=run_id, ahead=True)
            try:
                with attempt(self.jobs, job) as found:
                    if date < self._yesterday():
                        found.by = self._lane(business, date=date, asked=asked, refetch=False, receipt=found.receipt).told.by
                    else:
                        refuse_what_was_just_told(self.jobs, business_id, now=self.clock())
                        stored, _ = self._calls.keep(
                            business_id,
                            asked=self._question(business, asked),
                            num_of_days=1,
                            purpose="sync",
                            ends_at=self.monotonic() + self.lane_seconds,
                            receipt=found.receipt,
                        )
                        found.by = LaneAnswer(date, stored)
            except ClarityPipelineError:
                return "refused"
            return "fetched"

    def test(self, business_id: str, *, on_behalf: TestPurpose = "test") -> Captured:
        """Spend one call of the person's share on the first lane of the day; the answer is kept, so the call is not wasted.

        One try only: a person can ask again. Outside the fetchable hours the answer proves the token and is kept, but no
        date is ever loaded from it. `on_behalf` says whose share: the agency's, or that of a client in the portal.
        """
        with self._alone(business_id) as business:
            receipt = Receipt()
            stored, answer = self._calls.make(
                business.business_id,
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
        with self._alone(business_id) as business:
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

    @contextmanager
    def _alone(self, business_id: str) -> Iterator[Business]:
        """The business as it is once nobody else calls for its project."""
        with alone(self.locks, self.connections.get(business_id), is_over=self.is_over):
            yield self.connections.get(business_id)

    def _is_for_ahead(self, business: Business, *, date: date, asked: Slice, since: datetime) -> bool:
        """Whether the lane's step would make a call now, and nobody has tried since. Raises `VaultDamaged`."""
        if not business.enabled or self.fetched_ahead.was_tried(
            business, date=date, slice_name=asked.name, since=since, now=self.clock()
        ):
            return False
        if next(lane_answers(self.vault, business_id=business.business_id, date=date, slice_name=asked.name), None):
            return False
        if date < self._yesterday():
            return is_lost_lane(self.jobs, business, date=date, slice_name=asked.name, yesterday=self._yesterday())
        return is_fetchable(date, now=self.clock())

    def _lane(self, business: Business, *, date: date, asked: Slice, refetch: bool, receipt: Receipt) -> Captured:
        if not business.enabled:
            raise skip(business)
        known = in_vault(self.vault, self.jobs, business, date=date, asked=asked)
        found = known.own or known.other
        if found and not refetch and not is_of_another_token(self.jobs, business, found):
            return Captured(found, calls=0, reused=True)
        is_lost = is_lost_lane(self.jobs, business, date=date, slice_name=asked.name, yesterday=self._yesterday())
        if not refetch:
            receipt.stored = known.refused.by.stored if known.refused else None
            ending_on = self._yesterday() if is_lost else None
            refuse_the_same_again(self.vault, business, known.refused, asked=asked, ending_on=ending_on, now=self.clock())
        refuse_what_was_just_told(self.jobs, business.business_id, now=self.clock())
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
            turns=self.turns,
            clock=self.clock,
            sleep=self.sleep,
            jitter=self.jitter,
            monotonic=self.monotonic,
            call_seconds=self.call_seconds,
        )
