"""Which lost date the API can still tell, though no call answers for it alone: by the difference of two windows.

Two windows that end together, one a day longer than the other, differ by that day: numOfDays=2 minus 1 gives the date before
yesterday, 3 minus 2 the one before that, and there is no 4. Asked by `day_plan` and `recovery`, before a slot is claimed;
`normalize.difference` does the subtracting. Pure: arithmetic on instants, no clock.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from clarity_pipeline.clarity.fetchable import FETCHABLE_COVERAGE, covers_enough
from clarity_pipeline.clarity.window import window
from clarity_pipeline.errors import ClarityPipelineError

PAIR_MINUTES = 10
"""The two answers of a pair lie at most this far apart: what came in between is in the difference, up to 0.7 % of a date."""

DaysLate = Literal[1, 2]
"""Midnights that a date missed: after one it is differenced out of two days, after two out of three."""

DAYS_LATE: tuple[DaysLate, ...] = (1, 2)
_OPEN_FOR = timedelta(days=1 - FETCHABLE_COVERAGE)


class DayNotRecoverable(ClarityPipelineError):
    """No difference of two windows stands for this date now; at another hour one may."""

    reason = "day_not_recoverable"


class NoLongerRecoverable(DayNotRecoverable):
    """No window reaches back to this date any more, nor will one."""

    reason = "no_longer_recoverable"


def is_owed(day: date, *, connected_at: datetime) -> bool:
    """Whether a date is ours to have: the business was connected while it could still be fetched, until 06:00 UTC after it."""
    return connected_at <= datetime.combine(day + timedelta(days=1), time(), UTC) + _OPEN_FOR


@dataclass(frozen=True, slots=True)
class Recovery:
    """How a date is recovered: the longer window minus the shorter, both fetched within `PAIR_MINUTES`."""

    day: date
    days_late: DaysLate

    @property
    def minuend_days(self) -> int:
        """`numOfDays` of the longer answer, which costs a call."""
        return self.days_late + 1

    @property
    def subtrahend_days(self) -> int:
        """`numOfDays` of the shorter; for a date one day late it is the regular answer for the date after it."""
        return self.days_late

    @property
    def both(self) -> tuple[int, int]:
        """`numOfDays` of the shorter and of the longer."""
        return self.subtrahend_days, self.minuend_days

    @property
    def folder(self) -> date:
        """The date on which both windows end, under which the vault keeps their answers."""
        return self.day + timedelta(days=self.days_late)


def recovery_of(day: date, *, now: datetime) -> Recovery | None:
    """How a pair fetched now would recover `day`; None unless its difference covers 75 % of it: from 00:00 to 06:00 UTC."""
    for days_late in DAYS_LATE:
        start, end = difference_window(days_late, minuend_fetched_at=now, subtrahend_fetched_at=now)
        if covers_enough(day, start=start, end=end):
            return Recovery(day, days_late)
    return None


def difference_window(
    days_late: DaysLate, *, minuend_fetched_at: datetime, subtrahend_fetched_at: datetime
) -> tuple[datetime, datetime]:
    """The half-open span `(start, end]` that is in the longer window and not in the shorter, at its far end.

    At the near end a pair differs too, by what lies between its two instants: that much of another date is added, or taken.
    """
    start, _ = window(minuend_fetched_at, days_late + 1)
    end, _ = window(subtrahend_fetched_at, days_late)
    return start, end


def refuse_unrecoverable(day: date, *, now: datetime) -> None:
    """Raise `NoLongerRecoverable` for good, or `DayNotRecoverable` for now, unless a pair fetched now would stand for `day`."""
    if recovery_of(day, now=now) is not None:
        return
    chances = [datetime.combine(day + timedelta(days=1 + late), time(), UTC) for late in DAYS_LATE]
    coming = next((chance for chance in chances if now < chance), None)
    if coming is None:
        raise NoLongerRecoverable(
            f"no longer recoverable: the API reaches back three days, and {day} could be had until"
            f" {chances[-1] + _OPEN_FOR:%Y-%m-%d %H:%M} UTC; it stays as it is"
        )
    raise DayNotRecoverable(
        f"{day} cannot be recovered at this hour; next from {coming:%Y-%m-%d %H:%M} until {coming + _OPEN_FOR:%H:%M} UTC"
    )
