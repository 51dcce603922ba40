"""The ledger over midnights, crashes and 429s, driven by hypothesis; and a ledger without the budget, which must be caught."""

import shutil
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from clarity_pipeline.calls.budget import KEPT_FOR_TESTS, Purpose
from clarity_pipeline.calls.quota import Quota, Slot
from clarity_pipeline.clarity.dimensions import CALLS_A_DAY, DAILY_SLICES, SLICES
from clarity_pipeline.clarity.errors import QuotaSpent
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.calls import quota_calls
from clarity_pipeline_tests.connections.made_up import HandClock

LANES = tuple(DAILY_SLICES)
EFFORT = settings(
    max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck), database=None,
    phases=[Phase.generate], derandomize=True,
)  # fmt: skip


class WithoutBudget(Quota):
    """Ten a day and nothing kept for the lanes: the clause that the machine must miss."""

    def free(self, spent: list[Slot], *, purpose: Purpose, slice_name: str) -> int:
        return CALLS_A_DAY - len(spent)

    def claim(self, quota_key: str, *, business_id: str, slice_name: str, purpose: Purpose) -> Slot:
        now = self._clock()
        spent = self.slots(quota_key)
        if self.free(spent, purpose=purpose, slice_name=slice_name) <= 0:
            raise QuotaSpent("spent")
        number = min(set(range(1, CALLS_A_DAY + 1)) - {each.slot for each in spent})
        slot = Slot(quota_key, now.date(), number, business_id, slice_name, purpose, "claimed", None, now, None)
        with self._state.write() as connection:
            values = {column.name: getattr(slot, column.name, slice_name) for column in quota_calls.columns}
            connection.execute(sa.insert(quota_calls).values(values))
        return slot


class WithoutTests(WithoutBudget):
    """The lanes' four are kept, and nothing for a person."""

    def free(self, spent: list[Slot], *, purpose: Purpose, slice_name: str) -> int:
        owed = set(LANES) - {each.slice_name for each in spent if each.purpose == "sync"}
        return CALLS_A_DAY - len(spent) - (0 if purpose == "sync" and slice_name in owed else len(owed))


class Days(RuleBasedStateMachine):
    """One project; `calls` is what Clarity would have counted, written down apart from the ledger."""

    ledger: ClassVar[type[Quota]] = Quota
    template: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        shutil.copy(self.template, Path(self.folder.name) / "state.db")
        self.clock = HandClock(datetime(2026, 11, 22, 22, tzinfo=UTC))
        self.flying: list[Slot] = []
        self.calls: Counter[object] = Counter()
        self.extras: Counter[object] = Counter()
        self.served: set[tuple[object, str]] = set()
        self.filled: set[object] = set()
        self.open()

    def open(self) -> None:
        self.state = StateDatabase(f"sqlite:///{Path(self.folder.name) / 'state.db'}")
        self.quota = self.ledger(self.state, clock=self.clock)

    def teardown(self) -> None:
        self.state.dispose()
        self.folder.cleanup()

    @property
    def today(self) -> object:
        return self.clock.now.date()

    def claim(self, purpose: Purpose, slice_name: str) -> bool:
        self.clock.advance(seconds=1)
        is_first_of_lane = purpose == "sync" and slice_name in LANES and (self.today, slice_name) not in self.served
        try:
            slot = self.quota.claim("k", business_id="acme", slice_name=slice_name, purpose=purpose)
        except QuotaSpent:
            return False
        assert slot.day == self.today
        self.flying.append(slot)
        self.calls[slot.day] += 1
        if is_first_of_lane:
            self.served.add((slot.day, slice_name))
        else:
            self.extras[slot.day] += 1
        return True

    @rule(
        purpose=st.sampled_from(["test", "portal", "retry", "refetch", "recovery", "sync"]), slice_name=st.sampled_from([*SLICES])
    )
    def call(self, purpose: Purpose, slice_name: str) -> None:
        """Anyone asks for anything."""
        self.claim(purpose, slice_name)

    @rule(lane=st.sampled_from(LANES))
    def daily_lane(self, lane: str) -> None:
        """A lane that had no call today always finds its slot, unless Clarity said that the day is spent."""
        if (self.today, lane) not in self.served and self.today not in self.filled:
            assert self.claim("sync", lane)

    @rule(purpose=st.sampled_from(["retry", "refetch", "recovery"]))
    def greedy_machine(self, purpose: Purpose) -> None:
        """It takes whatever it gets."""
        while self.claim(purpose, "url_device"):
            pass

    @rule()
    def persons_test(self) -> None:
        """Whoever tests first or second today always finds a slot, unless Clarity said that the day is spent."""
        if self.tests_today() < KEPT_FOR_TESTS and self.today not in self.filled:
            assert self.claim("test", "url_device")

    def tests_today(self) -> int:
        return sum(each.purpose in {"test", "portal"} for each in self.quota.slots("k"))

    @precondition(lambda self: self.flying)
    @rule(http_status=st.sampled_from([200, 401, 500, None]), which=st.randoms(use_true_random=False))
    def answer(self, http_status: int | None, which) -> None:  # type: ignore[no-untyped-def]
        """An answer, or none, comes to one of the calls under way."""
        self.quota.settle(self.flying.pop(which.randrange(len(self.flying))), http_status=http_status)

    @precondition(lambda self: self.flying and self.flying[-1].day not in self.filled)
    @rule()
    def never_left(self) -> None:
        """The latest call turns out not to have left the machine."""
        slot = self.flying.pop()
        self.quota.release(slot)
        self.calls[slot.day] -= 1
        key = (slot.day, slot.slice_name or "")
        if slot.purpose == "sync" and key in self.served and not self.has_sync(slot):
            self.served.remove(key)
        else:
            self.extras[slot.day] -= 1

    def has_sync(self, slot: Slot) -> bool:
        rows = self.quota.slots("k", slot.day)
        return any(each.purpose == "sync" and each.slice_name == slot.slice_name for each in rows)

    @precondition(lambda self: self.flying)
    @rule()
    def too_many(self) -> None:
        """Clarity answers 429 to the latest call."""
        slot = self.flying.pop()
        self.quota.fill_day(slot)
        self.filled.add(slot.day)

    @rule()
    def crash(self) -> None:
        """The process dies with its calls under way; another one opens the file."""
        self.flying.clear()
        self.state.dispose()
        self.open()

    @rule(hours=st.integers(1, 30))
    def wait(self, hours: int) -> None:
        """Time passes, often over midnight, with calls under way."""
        self.clock.advance(hours=hours)

    @invariant()
    def ten_a_day_and_six_that_are_not_a_lanes_own(self) -> None:
        assert max(self.calls.values(), default=0) <= CALLS_A_DAY
        assert max(self.extras.values(), default=0) <= CALLS_A_DAY - len(LANES)

    @invariant()
    def the_ledger_never_knows_of_fewer_calls_than_were_made(self) -> None:
        for day, calls in self.calls.items():
            slots = self.quota.slots("k", day)  # type: ignore[arg-type]
            assert len(slots) == (CALLS_A_DAY if day in self.filled else calls)


@pytest.fixture(scope="module", autouse=True)
def _template(migrated_file: Path) -> None:
    Days.template = migrated_file


def test_every_history_keeps_the_limits() -> None:
    run_state_machine_as_test(Days, settings=EFFORT)  # type: ignore[no-untyped-call]


def test_a_ledger_without_the_budget_is_caught() -> None:
    class Unbudgeted(Days):
        ledger = WithoutBudget

    class Untested(Days):
        ledger = WithoutTests

    for naive in (Unbudgeted, Untested):
        with pytest.raises(AssertionError):
            run_state_machine_as_test(naive, settings=EFFORT)  # type: ignore[no-untyped-call]
