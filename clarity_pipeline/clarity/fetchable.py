"""Which date the API can still answer for: asked before a slot is claimed, so that no call is spent on a wrong day.

The API takes no dates: `numOfDays=1` is the last 24 hours before the call (`docs/clarity-api.md#window`), and whoever backfills
an old date with it stores today's numbers under a false name.
"""

from datetime import UTC, date, datetime, time, timedelta

from clarity_pipeline.clarity.window import coverage, window
from clarity_pipeline.errors import ClarityPipelineError

FETCHABLE_COVERAGE = 0.75
"""A date is asked for only while the last 24 hours cover this share of it: until 06:00 UTC of the next day."""


class DayNotFetchable(ClarityPipelineError):
    """The API cannot answer for this date any more, or not yet."""

    reason = "day_not_fetchable"


def covers_enough(day: date, *, start: datetime, end: datetime) -> bool:
    """Whether a window may stand for a UTC date: it covers 75 % of it and was not taken before the date was over."""
    return end >= _midnight(day + timedelta(days=1)) and coverage(day, start, end) >= FETCHABLE_COVERAGE


def is_fetchable(day: date, *, now: datetime) -> bool:
    """Whether a call made now would stand for `day`."""
    start, end = window(now, 1)
    return covers_enough(day, start=start, end=end)


def refuse_unfetchable(day: date, *, now: datetime) -> None:
    """Raise `DayNotFetchable`, saying why and what is still possible, unless a call made now would stand for `day`."""
    if is_fetchable(day, now=now):
        return
    start, end = window(now, 1)
    today = now.astimezone(UTC).date()
    if day >= today:
        raise DayNotFetchable(
            f"{day} is not over yet; it can be fetched from {day + timedelta(days=1)} 00:00 UTC until 06:00 UTC"
        )
    yesterday = today - timedelta(days=1)
    possible = (
        f"{yesterday} can be fetched now"
        if covers_enough(yesterday, start=start, end=end)
        else f"next is {today}, from {today + timedelta(days=1)} 00:00 UTC until 06:00 UTC"
    )
    raise DayNotFetchable(
        f"{day} can no longer be fetched: the API answers for the last 24 hours only, and these cover"
        f" {coverage(day, start, end):.0%} of that date ({FETCHABLE_COVERAGE:.0%} needed); {possible}"
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
