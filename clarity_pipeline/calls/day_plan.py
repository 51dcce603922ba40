"""What the calls of a UTC day are for, said before any is made: yesterday's lanes first, then lost lanes by their value.

A pure function of facts; `day.plan` gathers them, the schedule, `sync` and `plan` act on the answer or show it, and `capture`
decides each call anew when it comes to it. `budget` says what may be spent, businesses that share a Clarity project share its ten
calls, and the two kept for tests by a person are never planned.

Value: url_device of the oldest date that can still be had comes first, since every rule reads it; then the oldest date, which has
the fewest midnights left. What an answer planned already tells as well costs nothing, and is taken with it. A lane that is cut
with one day in its window is left out: with two or three only what is in both cuts could be told.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from clarity_pipeline.calls.budget import Purpose, Spent, calls_free
from clarity_pipeline.calls.day_facts import Facts
from clarity_pipeline.calls.sync_jobs import NO_LONGER_RECOVERABLE
from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.clarity.fetchable import DayNotFetchable, refuse_unfetchable
from clarity_pipeline.clarity.recoverable import (
    DAYS_LATE,
    DayNotRecoverable,
    NoLongerRecoverable,
    is_owed,
    recovery_of,
    refuse_unrecoverable,
)

LOOK_BACK_DAYS = 7
"""Dates before today that a plan speaks of; a machine that was off for longer finds no row for what lies before."""

FIRST_IN_VALUE = "url_device"
_PLACE = {name: place for place, name in enumerate(DAILY_SLICES)}

Why = Literal[
    "already_in_vault", "no_longer_recoverable", "day_not_recoverable", "day_not_fetchable", "cut_at_cap", "budget",
    "before_the_connection", "disabled", "token_rejected", "kept_unread",
]  # fmt: skip
"""Why a lane is left out; where capture would refuse it too, the code is that of the refusal."""


@dataclass(frozen=True, slots=True)
class PlannedLane:
    """A lane that will be told: by which calls (`numOfDays` of each, none when others bring its answers), and of which pair.

    Without calls and without a pair the vault tells it already, and it is only loaded. `less` are the dimensions that are asked
    for in a back-off; None in full.
    """

    business_id: str
    date: date
    slice_name: str
    purpose: Literal["sync", "recovery"]
    calls: tuple[int, ...]
    pair: tuple[int, int] | None = None
    less: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A lane that no call is planned for, and why, in a code and in a line."""

    business_id: str
    date: date
    slice_name: str
    why: Why
    detail: str
    is_recorded: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """The day's lanes in the order in which they are fetched, and what is left out."""

    lanes: tuple[PlannedLane, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def recoveries(self) -> dict[tuple[str, date], tuple[str, ...]]:
        """The slices to recover by business and date, the oldest date first."""
        found: dict[tuple[str, date], tuple[str, ...]] = {}
        for lane in self.lanes:
            if lane.purpose == "recovery":
                found[lane.business_id, lane.date] = (*found.get((lane.business_id, lane.date), ()), lane.slice_name)
        return dict(sorted(found.items(), key=lambda each: each[0][1]))

    @property
    def given_up(self) -> tuple[LeftOut, ...]:
        """Lost lanes that no later day can recover, and whose end is not recorded yet."""
        return tuple(each for each in self.left_out if each.why == NO_LONGER_RECOVERABLE and not each.is_recorded)


def plan_day(businesses: Sequence[Facts], *, spent: Mapping[str, Sequence[Spent]], now: datetime) -> Plan:
    """Plan the calls of the UTC day of `now` for every business; `spent` is the ledger of the day by quota key."""
    by_project: dict[str, list[Facts]] = {}
    for facts in businesses:
        by_project.setdefault(facts.quota_key or f" {facts.business_id}", []).append(facts)
    projects = {key: _Project(spent.get(key, ()), now=now) for key in by_project}
    for key, project in projects.items():
        project.plan(by_project[key])
    order = {facts.business_id: place for place, facts in enumerate(businesses)}
    lanes = [lane for project in projects.values() for lane in project.lanes]
    left_out = [each for project in projects.values() for each in project.left_out]
    return Plan(
        tuple(sorted(lanes, key=lambda lane: order[lane.business_id])),
        tuple(sorted(left_out, key=lambda each: order[each.business_id])),
    )


class _Project:
    """The ten calls that some businesses share, and what is planned with them so far."""

    def __init__(self, spent: Sequence[Spent], *, now: datetime) -> None:
        self._spent = list(spent)
        self._now = now
        self._yesterday = now.astimezone(UTC).date() - timedelta(days=1)
        self._fresh: dict[tuple[str, str], set[int]] = {}
        self.lanes: list[PlannedLane] = []
        self.left_out: list[LeftOut] = []

    def plan(self, businesses: Sequence[Facts]) -> None:
        for facts in businesses:
            for name in {*facts.slices, *DAILY_SLICES}:
                self._fresh[facts.business_id, name] = set(facts.fresh.get(name, ()))
            for name in facts.slices:
                self._yesterdays(facts, name)
        lost = [lane for facts in businesses for lane in self._lost(facts)]
        recovered = [
            PlannedLane(facts.business_id, day, name, "recovery", ())
            for facts in businesses
            if not facts.switched_off
            for day, name in facts.kept
        ]
        while chosen := self._best(lost):
            facts, day, name = chosen
            lost.remove(chosen)
            recovered.append(self._recover(facts, day, name))
        for facts, day, name in lost:
            needed, free = len(self._missing(facts, day, name)), self._free("recovery", name)
            self._leave_out(
                facts, day, name, "budget",
                f"takes {needed} call{'s'[: needed != 1]}, and {free} of today's are free for recoveries",
            )  # fmt: skip
        self.lanes += sorted(recovered, key=lambda lane: (lane.date, _PLACE.get(lane.slice_name, len(_PLACE))))

    def _yesterdays(self, facts: Facts, name: str) -> None:
        day = self._yesterday
        if (day, name) in facts.told:
            self._leave_out(facts, day, name, "already_in_vault", "the vault has it; no call is needed")
        elif why := facts.stays.get((day, name)):
            self._leave_out(facts, day, name, "kept_unread", why)
        elif facts.switched_off:
            self._leave_out(facts, day, name, facts.switched_off, _SWITCHED_OFF[facts.switched_off])
        elif why := self._unfetchable():
            self._leave_out(facts, day, name, "day_not_fetchable", why)
        elif not self._free("sync", name):
            self._leave_out(facts, day, name, "budget", "none of today's calls is free for it")
        else:
            self._spend("sync", name, 1)
            self._fresh[facts.business_id, name].add(1)
            self.lanes.append(PlannedLane(facts.business_id, day, name, "sync", (1,), less=facts.less.get(name)))

    def _unfetchable(self) -> str | None:
        try:
            refuse_unfetchable(self._yesterday, now=self._now)
        except DayNotFetchable as refusal:
            return str(refusal)
        return None

    def _lost(self, facts: Facts) -> Iterator[tuple[Facts, date, str]]:
        """Lanes of older dates that are lost and may be recovered now; the others are left out."""
        for back in range(1, LOOK_BACK_DAYS):
            day = self._yesterday - timedelta(days=back)
            for name in DAILY_SLICES:
                if (day, name) in facts.told:
                    continue
                if why := facts.stays.get((day, name)):
                    self._leave_out(facts, day, name, "kept_unread", why)
                    continue
                if not is_owed(day, connected_at=facts.connected_at):
                    if back <= len(DAYS_LATE):  # older dates were never ours to have
                        why = f"{facts.business_id} was connected on {facts.connected_at.date()}"
                        self._leave_out(facts, day, name, "before_the_connection", why)
                elif refusal := self._unrecoverable(facts, day, name):
                    self._leave_out(facts, day, name, *refusal)
                else:
                    yield facts, day, name

    def _unrecoverable(self, facts: Facts, day: date, name: str) -> tuple[Why, str] | None:
        if facts.switched_off:
            return facts.switched_off, _SWITCHED_OFF[facts.switched_off]
        try:
            refuse_unrecoverable(day, now=self._now)
        except NoLongerRecoverable as refusal:
            return NO_LONGER_RECOVERABLE, str(refusal)
        except DayNotRecoverable as refusal:
            return "day_not_recoverable", str(refusal)
        if name in facts.cut:
            return (
                "cut_at_cap",
                "one day alone is cut at 1,000 rows; two longer answers, cut as well, would tell little of it",
            )
        return None

    def _best(self, lost: Sequence[tuple[Facts, date, str]]) -> tuple[Facts, date, str] | None:
        """The most valuable lane that still fits into the budget; what costs nothing goes before."""
        fitting = [lane for lane in lost if len(self._missing(*lane)) <= self._free("recovery", lane[2])]
        return min(fitting, key=self._rank, default=None)

    def _rank(self, lane: tuple[Facts, date, str]) -> tuple[bool, bool, date, int, str]:
        facts, day, name = lane
        costs = bool(self._missing(facts, day, name))
        return costs, name != FIRST_IN_VALUE, day, _PLACE[name], facts.business_id

    def _recover(self, facts: Facts, day: date, name: str) -> PlannedLane:
        missing = self._missing(facts, day, name)
        self._spend("recovery", name, len(missing))
        self._fresh[facts.business_id, name].update(missing)
        return PlannedLane(facts.business_id, day, name, "recovery", missing, self._pair(day), facts.less.get(name))

    def _missing(self, facts: Facts, day: date, name: str) -> tuple[int, ...]:
        shorter, longer = sorted(self._pair(day))
        return tuple(days for days in (shorter, longer) if days not in self._fresh[facts.business_id, name])

    def _pair(self, day: date) -> tuple[int, int]:
        """`numOfDays` of the longer answer and of the shorter."""
        recovery = recovery_of(day, now=self._now)
        if recovery is None:
            raise ValueError(f"{day} is not recoverable at {self._now}")
        return recovery.minuend_days, recovery.subtrahend_days

    def _free(self, purpose: Purpose, name: str) -> int:
        return calls_free(self._spent, purpose=purpose, slice_name=name)

    def _spend(self, purpose: Purpose, name: str, calls: int) -> None:
        self._spent += [(purpose, name)] * calls

    def _leave_out(self, facts: Facts, day: date, name: str, why: Why, detail: str) -> None:
        self.left_out.append(LeftOut(facts.business_id, day, name, why, detail, (day, name) in facts.given_up))


_SWITCHED_OFF = {
    "disabled": "the business is not synced at present; `clarity-pipeline enable` or `connect` resumes it",
    "token_rejected": "Clarity rejects its token; `clarity-pipeline connect` it again with a fresh one",
}
