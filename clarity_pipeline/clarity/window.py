"""What an answer covers: arithmetic on instants, no clock.

The API takes no dates and returns none: `numOfDays` means the last 24, 48 or 72 hours before the call
(`docs/clarity-api.md#window`). So a date is never what was asked for; it is what a window happens to cover, and by how much is
kept with every row. Called by `fetchable` before a call is spent, and by `normalize` for each row's quality.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

Quality = Literal["aligned", "shifted", "recovered"]
"""`aligned` and `shifted` follow from coverage; `recovered` is a row that did not come from one window."""

ALIGNED_COVERAGE = 0.98
"""The window of a call made up to 28 minutes after midnight still stands for the date."""

_DAY = timedelta(days=1)


def window(fetched_at: datetime, num_of_days: int) -> tuple[datetime, datetime]:
    """The half-open span `(start, end]` that a call made at `fetched_at` answers for; it ends at that instant."""
    return fetched_at - num_of_days * _DAY, fetched_at


def coverage(day: date, start: datetime, end: datetime) -> float:
    """The share of the UTC date that the window overlaps, 0..1: 0.9965 for a call at 00:05 of the next day, 0.757 at 05:50."""
    midnight = datetime.combine(day, time(), UTC)
    overlap = min(end - midnight, _DAY) - max(start - midnight, timedelta())
    return max(overlap / _DAY, 0.0)


def quality(covered: float) -> Quality:
    """What a coverage is called in the table."""
    return "aligned" if covered >= ALIGNED_COVERAGE else "shifted"
