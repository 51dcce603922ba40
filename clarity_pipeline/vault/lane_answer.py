"""What in the vault tells a lane: asked by `capture` before it pays, by `day.load`, by `past_loads` and by `day.plan`.

A lane is told by its own answer of one day; if that was lost, by a pair of longer answers whose difference is the date: 2 days
minus 1 in the folder of the date after it, else 3 minus 2 in that of the one after that. Decided anew each time from what lies
in the vault, by today's parser: a better parser takes back what an older one refused, and a date's own answer that comes to
light takes the place of a pair. An answer may have been asked for with fewer dimensions than its slice has (a back-off): its
sidecar says so, it is read by that question, and only answers to one question make a pair.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from clarity_pipeline.clarity.answer import Answer
from clarity_pipeline.clarity.damage import Damage
from clarity_pipeline.clarity.dimensions import Slice
from clarity_pipeline.clarity.errors import AnswerMalformed
from clarity_pipeline.clarity.fetchable import covers_enough
from clarity_pipeline.clarity.parsed import parse_once
from clarity_pipeline.clarity.recoverable import DAYS_LATE, PAIR_MINUTES, DaysLate, difference_window
from clarity_pipeline.vault.stored_answer import StoredAnswer
from clarity_pipeline.vault.vault import Vault

PAIR = timedelta(minutes=PAIR_MINUTES)


@dataclass(frozen=True, slots=True)
class LaneAnswer:
    """What may tell the lane of `date`, not read yet: its own answer, or the longer of a pair and the shorter to subtract."""

    date: date
    stored: StoredAnswer
    shorter: StoredAnswer | None = None

    @property
    def members(self) -> tuple[StoredAnswer, ...]:
        """The one answer, or both of the pair."""
        return (self.stored,) if self.shorter is None else (self.stored, self.shorter)

    @property
    def window(self) -> tuple[datetime, datetime]:
        """The span `(start, end]` that it stands for; of a pair, that of the difference."""
        if self.shorter is None:
            return self.stored.window_start, self.stored.window_end
        return difference_window(
            days_late_of(self.shorter),
            minuend_fetched_at=self.stored.fetched_at,
            subtrahend_fetched_at=self.shorter.fetched_at,
        )

    @property
    def known_at(self) -> datetime:
        """When it was complete: a pair is so with its second answer."""
        return max(each.fetched_at for each in self.members)


@dataclass(frozen=True, slots=True)
class Told:
    """A lane's answer as today's parser reads it; `shorter` is the second answer of a pair."""

    by: LaneAnswer
    answer: Answer
    shorter: Answer | None = None

    @property
    def damage(self) -> tuple[Damage, ...]:
        """What could not be read of the answer; of a pair, of both, and once where both have it."""
        return tuple(dict.fromkeys((*self.answer.damage, *(self.shorter.damage if self.shorter else ()))))

    @property
    def proved(self) -> tuple[str, ...]:
        """Fields that were read in spite of a percent sign; of a pair, of both."""
        return tuple(dict.fromkeys((*self.answer.proved, *(self.shorter.proved if self.shorter else ()))))


def told(vault: Vault, *, business_id: str, date: date, asked: Slice) -> Told | None:
    """The best that the vault has for a lane; None when nothing well-formed stands for it. Raises `VaultDamaged`."""
    return first_well_formed(vault, lane_answers(vault, business_id=business_id, date=date, slice_name=asked.name), asked)


def first_well_formed(vault: Vault, answers: Iterable[LaneAnswer], asked: Slice) -> Told | None:
    """The first of `answers` that today's parser takes. Raises `VaultDamaged`."""
    for by in answers:
        try:
            return read(vault, by, asked)
        except AnswerMalformed:
            continue
    return None


def read(vault: Vault, by: LaneAnswer, asked: Slice) -> Told:
    """Parse what `by` names, each by the question that it answers. Raises `AnswerMalformed` or `VaultDamaged`."""
    return Told(by, *(parse_once(vault.read(each), asked=asked.by(each.dimensions)) for each in by.members))


def lane_answers(vault: Vault, *, business_id: str, date: date, slice_name: str) -> Iterator[LaneAnswer]:
    """What may stand for the lane if it is well-formed, the one to prefer first; only sidecars are read.

    A date's own answers come before any pair, those asked for as the lane before tests, newer before older (`Vault.answers`).
    Raises `VaultDamaged`.
    """
    for stored in vault.answers(business_id, date=date, slice_name=slice_name, num_of_days=1):
        own = LaneAnswer(date, stored)
        if _covers(own):
            yield own
    for days_late in DAYS_LATE:
        yield from _pairs(vault, business_id, date, slice_name, days_late=days_late)


def fresh_halves(
    vault: Vault, *, business_id: str, folder: date, asked: Slice, now: datetime, token_hint: str | None
) -> set[int]:
    """`numOfDays` of each well-formed answer in the folder of a date that a call for `asked` made now could be paired with."""
    found: set[int] = set()
    for stored in vault.answers(business_id, date=folder, slice_name=asked.name):
        if stored.num_of_days not in found and could_pair(stored, asked=asked, now=now, token_hint=token_hint):
            with suppress(AnswerMalformed):
                parse_once(vault.read(stored), asked=asked)
                found.add(stored.num_of_days)
    return found


def could_pair(stored: StoredAnswer, *, asked: Slice, now: datetime, token_hint: str | None) -> bool:
    """Whether a call for `asked` made now would make a pair with it: the same question and token, at about the same time."""
    same_token = token_hint is None or stored.token_hint == token_hint
    return same_token and stored.dimensions == asked.fewer and abs(now - stored.fetched_at) <= PAIR


def is_of_an_earlier_token(by: LaneAnswer, *, token_hint: str | None) -> bool:
    """Whether another token than the present one brought it; False where nobody knows."""
    return None not in (by.stored.token_hint, token_hint) and by.stored.token_hint != token_hint


def days_late_of(shorter: StoredAnswer) -> DaysLate:
    """How many midnights the lane missed that this answer is subtracted for."""
    return DAYS_LATE[shorter.num_of_days - 1]


def _pairs(vault: Vault, business_id: str, day: date, slice_name: str, *, days_late: DaysLate) -> Iterator[LaneAnswer]:
    """Pairs of the folder, the newest longer answer first and of the shorter ones the nearest to it."""
    folder = day + timedelta(days=days_late)
    for longer in vault.answers(business_id, date=folder, slice_name=slice_name, num_of_days=days_late + 1):
        shorter = vault.answers(business_id, date=folder, slice_name=slice_name, num_of_days=days_late)
        for each in sorted(shorter, key=lambda other: abs(other.fetched_at - longer.fetched_at)):
            pair = LaneAnswer(day, longer, each)
            same = (each.dimensions, each.token_hint) == (longer.dimensions, longer.token_hint)
            is_pair = same and abs(each.fetched_at - longer.fetched_at) <= PAIR
            if is_pair and _covers(pair):
                yield pair


def _covers(by: LaneAnswer) -> bool:
    start, end = by.window
    return covers_enough(by.date, start=start, end=end)
