from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clarity_pipeline.clarity.recoverable import (
    PAIR_MINUTES,
    DayNotRecoverable,
    NoLongerRecoverable,
    Recovery,
    difference_window,
    recovery_of,
    refuse_unrecoverable,
)
from clarity_pipeline.clarity.window import coverage

DAY = date(2026, 11, 1)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "minuend_days", "subtrahend_days"),
    [(at(3, 0), 2, 1), (at(3, 0, 5), 2, 1), (at(3, 6), 2, 1), (at(4, 0), 3, 2), (at(4, 5, 59), 3, 2)],
)
def test_a_date_is_recovered_at_the_two_midnights_after_it_was_due(now: datetime, minuend_days: int, subtrahend_days: int):
    recovery = recovery_of(DAY, now=now)
    assert recovery is not None
    assert (recovery.day, recovery.days_late) == (DAY, subtrahend_days)
    assert (recovery.minuend_days, recovery.subtrahend_days) == (minuend_days, subtrahend_days)
    refuse_unrecoverable(DAY, now=now)


@pytest.mark.parametrize(
    "now", [at(1, 12), at(2, 0, 5), at(2, 23, 59), at(3, 6, 1), at(3, 12), at(4, 6, 1), at(5, 0, 5), at(30, 0, 5)]
)
def test_at_any_other_hour_no_difference_stands_for_the_date(now: datetime):
    assert recovery_of(DAY, now=now) is None
    with pytest.raises(DayNotRecoverable):
        refuse_unrecoverable(DAY, now=now)


def test_the_hour_is_that_of_utc():
    now = at(3, 0, 5).astimezone(timezone(timedelta(hours=-8)))
    assert now.day == 2
    assert recovery_of(DAY, now=now) == Recovery(DAY, 1)


@pytest.mark.parametrize("now", [at(4, 6, 1), at(5, 0, 5), at(30, 12)])
def test_a_date_beyond_three_days_is_no_longer_recoverable(now: datetime):
    with pytest.raises(NoLongerRecoverable, match=r"\Ano longer recoverable: .*2026-11-01 .* 2026-11-04 06:00 UTC") as refused:
        refuse_unrecoverable(DAY, now=now)
    assert refused.value.reason == "no_longer_recoverable"


@pytest.mark.parametrize(
    ("now", "chance"),
    [(at(2, 3), "2026-11-03 00:00 until 06:00"), (at(3, 6, 1), "2026-11-04 00:00 until 06:00"), (at(1, 0), "2026-11-03 00:00")],
)
def test_a_date_that_will_have_another_midnight_says_when(now: datetime, chance: str):
    with pytest.raises(DayNotRecoverable, match=chance) as refused:
        refuse_unrecoverable(DAY, now=now)
    assert refused.value.reason == "day_not_recoverable"


def test_a_difference_is_the_far_end_of_the_longer_window():
    now = at(3, 0, 5)
    assert difference_window(1, minuend_fetched_at=now, subtrahend_fetched_at=now) == (at(1, 0, 5), at(2, 0, 5))
    later = now + timedelta(minutes=PAIR_MINUTES)
    assert difference_window(1, minuend_fetched_at=later, subtrahend_fetched_at=now) == (at(1, 0, 15), at(2, 0, 5))
    assert difference_window(2, minuend_fetched_at=at(4, 0, 5), subtrahend_fetched_at=at(4, 0, 9)) == (at(1, 0, 5), at(2, 0, 9))


@settings(max_examples=200, deadline=None)
@given(st.integers(-2 * 24 * 60, 6 * 24 * 60))
def test_whatever_is_recovered_is_three_quarters_there(minutes: int):
    now = at(1, 0) + timedelta(minutes=minutes)
    recovery = recovery_of(DAY, now=now)
    shares = {
        days_late: coverage(DAY, *difference_window(days_late, minuend_fetched_at=now, subtrahend_fetched_at=now))
        for days_late in (1, 2)
    }
    if recovery is None:
        assert all(share < 0.75 or now.hour > 6 for share in shares.values())
    else:
        assert shares[recovery.days_late] >= 0.75
        assert now.date() - DAY == timedelta(days=1 + recovery.days_late)
