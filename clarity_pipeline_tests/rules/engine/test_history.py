"""Days by index: any window says what its own days would, and a late day is not there before it came."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clarity_pipeline.rules.engine.history import History, Version, flags_of, seen_from
from clarity_pipeline.rules.engine.window import Window, least_days
from clarity_pipeline.rules.language.metric import METRICS, metric_of
from clarity_pipeline_tests.rules.made_up import MONDAY, days_from, history

SPEND, RATE = metric_of("entity.spend"), METRICS["clarity_rage_click_rate"]
NUMBERS = st.none() | st.integers(-(10**12), 10**12).map(lambda number: number / 1000) | st.integers(0, 10**9)


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


def at(number: int, hour: int) -> datetime:
    """An instant of the `number`th day."""
    return datetime.combine(day(number), time(hour), tzinfo=UTC)


@given(st.lists(NUMBERS, max_size=30), st.integers(-5, 35), st.integers(1, 40))
def test_any_window_of_running_sums_is_the_exact_sum_of_its_own_days(values: list[float | None], end: int, length: int) -> None:
    days = history(MONDAY, [{"spend": value, "other": 0} for value in values]).now()
    inside = [value for value in values[max(0, end - length + 1) : max(0, end + 1)] if value is not None]
    found = Window.back(days, day(end), length).value(SPEND)
    assert found == (float(sum(map(Fraction, inside))) if inside else None)


def test_a_sum_of_floats_does_not_drift_with_where_its_window_is() -> None:
    """Differences of plain running sums do: 0.1 three times is 0.30000000000000004 or less, by what went before."""
    days = history(MONDAY, [{"spend": 10.1}] * 300).now()
    assert {Window.back(days, day(end), 7).value(SPEND) for end in range(6, 300)} == {float(7 * Fraction(10.1))}


def test_a_rate_is_sum_over_sum_and_nothing_without_sessions() -> None:
    days = history(MONDAY, [{"rage_clicks": 1, "sessions": 10}, {"rage_clicks": 3, "sessions": 30}, {"sessions": 0}]).now()
    assert Window.back(days, day(1), 2).value(RATE) == 0.1
    assert Window.back(days, day(2), 1).value(RATE) is None


def test_weekdays_of_the_weeks_before_are_one_window_of_several_spans() -> None:
    days = history(MONDAY, [{"spend": number} for number in range(35)]).now()
    window = Window.same_weekdays(days, day(34), 2, weeks=4)
    assert window.value(SPEND) == sum(number for end in (27, 20, 13, 6) for number in (end, end - 1))
    assert (window.from_date, window.to_date, window.length) == (day(5), day(27), 8)


@pytest.mark.parametrize(
    ("length", "share", "least"), [(2, 0.7, 2), (7, 0.7, 5), (10, 0.7, 7), (14, 0.7, 10), (7, 0, 0), (7, 1, 7)]
)
def test_a_share_of_days_is_the_number_that_a_person_would_say(length: int, share: float, least: int) -> None:
    assert least_days(length, share) == least


@pytest.mark.parametrize(("number", "hour", "seen"), [(1, 0, 0), (1, 10, 0), (1, 11, 1), (3, 9, 2)])
def test_what_is_learnt_by_ten_is_known_of_the_day_before(number: int, hour: int, seen: int) -> None:
    assert seen_from(at(number, hour)) == day(seen)


def test_a_late_day_is_missing_until_it_came_and_a_corrected_one_is_as_it_was() -> None:
    known = History(
        ["spend"],
        [
            Version(date=day(0), values=(1,), known_from=at(1, 0)),
            Version(date=day(1), values=(2,), known_from=at(4, 0)),  # recovered two days late
            Version(date=day(2), values=(4,), known_from=at(3, 0), known_until=at(6, 12)),
            Version(date=day(2), values=(40,), known_from=at(6, 12)),
            Version(date=day(3), values=(8,), known_from=at(4, 0), known_until=at(5, 0)),  # withdrawn by an empty answer
        ],
    )
    told = [Window.back(known.at(day(end)), day(end), 9).value(SPEND) for end in range(8)]
    assert told == [1, 1, 5, 15, 7, 7, 43, 43]
    assert Window.back(known.now(), day(7), 8).value(SPEND) == 43


VERSIONS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 12), st.integers(1, 100)), max_size=12)


@given(VERSIONS, st.lists(st.integers(0, 12), min_size=1, max_size=8))
def test_the_days_known_then_are_those_of_the_latest_version_by_then(
    loads: Sequence[tuple[int, int, int]], asked: Sequence[int]
) -> None:
    """Each load is (date, days after the date's own morning, value); a later one takes the place of an earlier one."""
    by_date: dict[int, dict[int, int]] = {}
    for number, late, value in loads:
        by_date.setdefault(number, {})[late] = value
    versions = []
    for number, known in by_date.items():
        order = sorted(known)
        for late, following in zip(order, [*order[1:], None], strict=True):
            until = None if following is None else at(number + 1 + following, 0)
            versions.append(
                Version(date=day(number), values=(known[late],), known_from=at(number + 1 + late, 0), known_until=until)
            )
    past = History(["spend"], versions)
    for as_of in asked:
        days = past.at(day(as_of))
        for number in range(min(as_of, 6) + 1):
            then = [late for late in by_date.get(number, {}) if number + late <= as_of]
            version = days.version(day(number))
            assert (version.values[0] if version else None) == (by_date[number][max(then)] if then else None)


def test_a_day_is_flagged_by_what_its_rows_are_like() -> None:
    assert flags_of(Version(date=MONDAY)) == frozenset()
    assert flags_of(Version(date=MONDAY, quality="recovered", truncated=True)) == {"recovered", "truncated"}


def test_days_without_any_value_are_no_days() -> None:
    days = history(MONDAY, [{"spend": None}, {"spend": 3}, None, {"spend": float("nan")}]).now()
    assert [days.version(each) is not None for each in days_from(MONDAY, 4)] == [False, True, False, True]
    assert Window.back(days, day(3), 4).with_data(SPEND) == 1
