"""The ledger of slots: who may spend which of a project's ten calls of a UTC day (`docs/clarity-api.md#quota`).

Called by `capture` around each HTTP call (claim, then settle, release or fill) and by the command line, which only looks. A slot
is a row, claimed before the call in one locked transaction: with the primary key and the CHECK an 11th row is impossible, while
counting first and inserting afterwards let 8 processes make 11 to 15 calls (`docs/design.md#ledger`). A claim that is never
settled, because its process died, stays spent: that call may have been made.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from clarity_pipeline.calls.budget import Purpose, Spent, calls_free
from clarity_pipeline.clarity.dimensions import CALLS_A_DAY
from clarity_pipeline.clarity.errors import QuotaSpent
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.settings.settings import Clock
from clarity_pipeline.state.again import each_method_again
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.calls import quota_calls, sync_jobs

MIDNIGHT_MARGIN = timedelta(minutes=2)
"""A call made this close to the end of a UTC day may be counted by Clarity's clock as one of the next."""

_c = quota_calls.c


class TooCloseToMidnight(ClarityPipelineError):
    """Nothing is spent: the UTC day is about to end, and nobody knows which day such a call would be charged to."""

    reason = "too_close_to_midnight"


@dataclass(frozen=True, slots=True)
class Slot:
    """One spent call. `purpose` and `state` are `external`, and `slice_name` None, where a 429 said that others had spent it."""

    quota_key: str
    day: date
    slot: int
    business_id: str
    slice_name: str | None
    purpose: Purpose | Literal["external"]
    state: Literal["claimed", "answered", "lost", "external"]
    http_status: int | None
    claimed_at: datetime
    settled_at: datetime | None


@each_method_again
class Quota:
    """The slots of every project; a day is the clock's UTC date at the moment of the claim."""

    def __init__(self, state: StateDatabase, *, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def claim(
        self,
        quota_key: str,
        *,
        business_id: str,
        slice_name: str,
        purpose: Purpose,
        job_id: int | None = None,
        fetched: Collection[str] = (),
    ) -> Slot:
        """Take the lowest free slot of today, or raise `QuotaSpent` or `TooCloseToMidnight`.

        `budget.calls_free` says who may take what, so that a lane which retries can never starve a later one, nor a machine
        a person's test. The job that the call is for counts it in the same transaction: a crash leaves both agreeing.
        `fetched` is the slice of each answer that the business has of today: what a ledger that was given back from an older
        back-up does not know of is booked before anything is granted.
        """
        with self._state.write() as connection:
            now = self._clock()
            day = now.date()
            if purpose != "sync" and (now + MIDNIGHT_MARGIN).date() != day:
                raise TooCloseToMidnight(
                    f"It is less than {MIDNIGHT_MARGIN.seconds // 60} minutes to 00:00 UTC, and a call made now could be charged"
                    " to either day; try again after it"
                )
            spent = _slots(connection, quota_key, day)
            if unknown := _unknown(spent, business_id, fetched):
                _book_fetched(connection, unknown, Slot(quota_key, day, 0, business_id, None, "sync", "answered", 200, now, now))
                spent = _slots(connection, quota_key, day)
            if not _free(spent, purpose=purpose, slice_name=slice_name):
                taken = None  # and what was booked above stays
            else:
                number = min(set(range(1, CALLS_A_DAY + 1)) - {each.slot for each in spent})
                taken = Slot(quota_key, day, number, business_id, slice_name, purpose, "claimed", None, now, None)
                _insert(connection, taken)
                _count(connection, job_id, calls=1)
        if taken is None:
            raise QuotaSpent(_refusal(business_id, purpose=purpose, free=CALLS_A_DAY - len(spent), day=day))
        return taken

    def settle(self, slot: Slot, *, http_status: int | None, theirs: date | None = None) -> None:
        """Note that the call was answered, or lost on its way (`http_status` None); either way it is spent.

        `theirs` is the date by Clarity's clock where ours was wrong. The call is spent of that date too; where that was its
        last, nothing is left of the slot's own either, since whoever calls by the wrong clock takes from both.
        """
        with self._state.write() as connection:
            if not self._settle(connection, slot, http_status=http_status) or theirs in (None, slot.day):
                return
            there = replace(slot, day=theirs, state="answered", http_status=http_status, settled_at=self._clock())
            if _book(connection, there, most=1) >= CALLS_A_DAY:
                self._book_rest(connection, slot)

    def release(self, slot: Slot, *, job_id: int | None = None) -> None:
        """Give the slot back; only when the request provably never left this machine (no name, refused, connect time-out)."""
        with self._state.write() as connection:
            if connection.execute(sa.delete(quota_calls).where(*_still_claimed(slot))).rowcount:
                _count(connection, job_id, calls=-1)

    def fill_day(self, slot: Slot) -> None:
        """After Clarity's own 429 to this call: settle it, and mark the rest of the day as spent by somebody outside."""
        with self._state.write() as connection:
            self._settle(connection, slot, http_status=429)
            self._book_rest(connection, slot)

    def slots(self, quota_key: str, day: date | None = None) -> list[Slot]:
        """The spent slots of a day (today by default), by number."""
        with self._state.read() as connection:
            return _slots(connection, quota_key, day or self._clock().date())

    def spent_today(self) -> dict[str, list[Spent]]:
        """What is spent of today by every quota key that has spent anything: for whoever plans for all of them at once."""
        rows = sa.select(_c.quota_key, _c.purpose, _c.slice).where(_c.day == self._clock().date())
        spent: dict[str, list[Spent]] = {}
        with self._state.read() as connection:
            for quota_key, purpose, slice_name in connection.execute(rows):
                spent.setdefault(quota_key, []).append((purpose, slice_name))
        return spent

    def used_today(self, quota_key: str) -> int:
        """Calls of today that are spent, or may be."""
        return len(self.slots(quota_key))

    def left_today(self, quota_key: str) -> int:
        """Calls of today that are left, those that are kept for the daily lanes among them."""
        return CALLS_A_DAY - self.used_today(quota_key)

    def free_today(self, quota_key: str, *, purpose: Purpose, slice_name: str) -> int:
        """Calls that this purpose could still take today; a hint for people, since only a claim holds one."""
        return _free(self.slots(quota_key), purpose=purpose, slice_name=slice_name)

    def last_answer_at(self, quota_key: str) -> datetime | None:
        """When a call last brought an answer (HTTP 200): the proof that a token works."""
        answered = sa.select(sa.func.max(_c.settled_at)).where(_c.quota_key == quota_key, _c.http_status == 200)
        with self._state.read() as connection:
            settled_at: datetime | None = connection.scalar(answered)
        return settled_at

    def _settle(self, connection: sa.Connection, slot: Slot, *, http_status: int | None) -> bool:
        state = "lost" if http_status is None else "answered"
        settled = {"state": state, "http_status": http_status, "settled_at": self._clock()}
        return connection.execute(sa.update(quota_calls).where(*_still_claimed(slot)).values(**settled)).rowcount > 0

    def _book_rest(self, connection: sa.Connection, slot: Slot) -> None:
        """Mark what is left of the slot's day as spent by somebody outside."""
        now = self._clock()
        outside: dict[str, Any] = {"slice_name": None, "purpose": "external", "state": "external", "http_status": None}
        _book(connection, replace(slot, **outside, claimed_at=now, settled_at=now), most=CALLS_A_DAY)


def _count(connection: sa.Connection, job_id: int | None, *, calls: int) -> None:
    if job_id is not None:
        of_job = sa.update(sync_jobs).where(sync_jobs.c.job_id == job_id)
        connection.execute(of_job.values(calls=sync_jobs.c.calls + calls))


def _book(connection: sa.Connection, as_slot: Slot, *, most: int) -> int:
    """Write the slot under at most so many of its day's free numbers; how many are spent of that day then."""
    spent = {each.slot for each in _slots(connection, as_slot.quota_key, as_slot.day)}
    numbers = sorted(set(range(1, CALLS_A_DAY + 1)) - spent)[:most]
    for number in numbers:
        _insert(connection, replace(as_slot, slot=number))
    return len(spent) + len(numbers)


def _insert(connection: sa.Connection, slot: Slot) -> None:
    row = asdict(slot)
    connection.execute(sa.insert(quota_calls).values(slice=row.pop("slice_name"), **row))


def _unknown(spent: list[Slot], business_id: str, fetched: Collection[str]) -> list[str]:
    """The slice of each answer whose call the ledger does not have."""
    of_business = [each for each in spent if each.business_id == business_id]
    brought = (each.slice_name or "" for each in of_business if each.http_status == 200 or each.state == "claimed")
    return sorted((Counter(fetched) - Counter(brought)).elements())


def _book_fetched(connection: sa.Connection, unknown: list[str], as_slot: Slot) -> None:
    for slice_name in unknown:
        spent = _slots(connection, as_slot.quota_key, as_slot.day)
        had = any((each.purpose, each.slice_name) == ("sync", slice_name) for each in spent)
        _book(connection, replace(as_slot, slice_name=slice_name, purpose="refetch" if had else "sync"), most=1)


def _slots(connection: sa.Connection, quota_key: str, day: date) -> list[Slot]:
    rows = connection.execute(sa.select(quota_calls).where(_c.quota_key == quota_key, _c.day == day).order_by(_c.slot))
    return [_slot(**row) for row in rows.mappings()]


def _slot(*, slice: str | None, **slot: Any) -> Slot:
    return Slot(slice_name=slice, **slot)


def _free(spent: list[Slot], *, purpose: Purpose, slice_name: str) -> int:
    return calls_free([(each.purpose, each.slice_name) for each in spent], purpose=purpose, slice_name=slice_name)


def _still_claimed(slot: Slot) -> tuple[sa.ColumnElement[bool], ...]:
    """The row of this very claim: a release that comes twice must not free a slot that another call has taken since."""
    row = (_c.quota_key == slot.quota_key, _c.day == slot.day, _c.slot == slot.slot)
    return (*row, _c.state == "claimed", _c.claimed_at == slot.claimed_at, _c.business_id == slot.business_id)


_WORDED: dict[Purpose, str] = {
    "sync": "an extra lane",
    "retry": "a retry",
    "test": "a test",
    "portal": "a test from the client portal",
    "refetch": "a refetch",
    "recovery": "a recovery",
}
_OR_TESTS: dict[Purpose, str] = {
    **dict.fromkeys(_WORDED, " and for tests by a person"),
    "test": "",
    "portal": " and for the agency",
}


def _refusal(business_id: str, *, purpose: Purpose, free: int, day: date) -> str:
    again = f"the next ones come at 00:00 UTC on {day + timedelta(days=1)}"
    if free == 0:
        return f"All {CALLS_A_DAY} calls of {day} (UTC) are spent for the Clarity project of {business_id}; {again}"
    return (
        f"No call of {day} (UTC) is free for {_WORDED[purpose]}: what is left for the Clarity project of {business_id} ({free}"
        f" of {CALLS_A_DAY}) is kept for its daily lanes{_OR_TESTS[purpose]}; {again}"
    )
