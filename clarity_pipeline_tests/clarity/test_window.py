from datetime import UTC, date, datetime, timedelta

import pytest

from clarity_pipeline.clarity.window import coverage, quality, window

DAY = date(2026, 11, 1)


@pytest.mark.parametrize(
    ("hour", "minute", "share", "called"),
    [
        (0, 0, 1.0, "aligned"),
        (0, 5, 0.9965, "aligned"),
        (0, 28, 0.9806, "aligned"),
        (0, 29, 0.9799, "shifted"),
        (5, 50, 0.7569, "shifted"),
        (6, 0, 0.75, "shifted"),
    ],
)
def test_a_later_call_on_the_next_day_covers_less_of_the_date(hour: int, minute: int, share: float, called: str):
    fetched_at = datetime(2026, 11, 2, hour, minute, tzinfo=UTC)
    covered = coverage(DAY, *window(fetched_at, 1))
    assert covered == pytest.approx(share, abs=5e-5)
    assert quality(covered) == called


def test_a_window_ends_at_the_call_and_reaches_back_its_days():
    fetched_at = datetime(2026, 11, 2, 0, 5, tzinfo=UTC)
    assert window(fetched_at, 3) == (fetched_at - timedelta(hours=72), fetched_at)


def test_a_long_window_covers_the_whole_date_and_a_distant_one_nothing():
    fetched_at = datetime(2026, 11, 2, 5, 50, tzinfo=UTC)
    assert coverage(DAY, *window(fetched_at, 2)) == 1.0
    assert coverage(DAY - timedelta(days=2), *window(fetched_at, 2)) == 0.0
    assert coverage(DAY + timedelta(days=2), *window(fetched_at, 2)) == 0.0


def test_the_shares_of_all_dates_add_up_to_the_window():
    start, end = window(datetime(2026, 11, 2, 17, 33, 12, tzinfo=UTC), 3)
    assert sum(coverage(DAY + timedelta(days=offset), start, end) for offset in range(-4, 4)) == pytest.approx(3)
