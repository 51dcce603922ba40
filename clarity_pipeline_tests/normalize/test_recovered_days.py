from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

import pytest

from clarity_pipeline.clarity.answer import Answer
from clarity_pipeline.clarity.measures import MEASURES
from clarity_pipeline.clarity.recoverable import DaysLate
from clarity_pipeline.clarity.window import window
from clarity_pipeline.normalize.difference import Recovered, subtract_answers
from clarity_pipeline.normalize.normalize import Lane, normalize
from clarity_pipeline.simulator.presets import large_shop, mid_size
from clarity_pipeline.simulator.server import FakeClarity
from clarity_pipeline.simulator.site import Site
from clarity_pipeline_tests.normalize.pairs import AFFECTED, AT, AVERAGES, URL_DEVICE, asked, lane

COUNTS = [each.column for each in MEASURES if each.fold == "sum" and each.column != "distinct_users"]


def fake(site: Site) -> FakeClarity:
    return FakeClarity([site], clock=lambda: AT)


def recovered_day(clarity: FakeClarity, site: Site, day: date, *, days_late: DaysLate = 1, minutes: int = 0) -> Recovered:
    subtrahend_at = datetime(day.year, day.month, day.day, 0, 5, tzinfo=UTC) + timedelta(days=1 + days_late)
    minuend_at = subtrahend_at + timedelta(minutes=minutes)
    return subtract_answers(
        asked(clarity, site, num_of_days=days_late + 1, at=minuend_at),
        asked(clarity, site, num_of_days=days_late, at=subtrahend_at),
        lane=lane(day=day, days_late=days_late, minuend_at=minuend_at, subtrahend_at=subtrahend_at),
    )


def business(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Counts added, averages weighted by sessions."""
    found = {name: sum(row[name] or 0 for row in rows) for name in COUNTS}
    for name in AVERAGES:
        weighed = [(row[name], row["sessions"]) for row in rows if row[name] is not None]
        found[name] = sum(value * weight for value, weight in weighed) / sum(weight for _, weight in weighed)
    return found


def true_business(clarity: FakeClarity, site: Site, day: date) -> dict[str, float]:
    tallies = clarity.truth(site.project_id, day).by("url", "device").values()
    return business(
        [
            {
                "sessions": each.sessions,
                "bot_sessions": each.bot_sessions,
                **{str(event): count for event, count in each.events.items()},
                **{AFFECTED[event]: count for event, count in each.event_sessions.items()},
                "pages_per_session": each.pages_per_session,
                "scroll_depth": each.scroll_depth,
                "engagement_time_ms": each.active_s_per_session and 1000 * each.active_s_per_session,
                "total_time_ms": each.total_s_per_session and 1000 * each.total_s_per_session,
            }
            for each in tallies
            if each.sessions or each.bot_sessions
        ]
    )


@pytest.mark.parametrize("days_late", [1, 2])
def test_of_a_whole_pair_every_count_is_that_of_the_answer_that_was_lost(days_late: DaysLate):
    site = mid_size()
    clarity = fake(site)
    for number in (2, 7, 8):
        day = date(2026, 11, number)
        recovered = recovered_day(clarity, site, day, days_late=days_late)
        lost = {row["dimension_hash"]: row for row in on_time(clarity, site, day) if row["sessions"] or row["bot_sessions"]}
        found = {row["dimension_hash"]: row for row in recovered.rows.to_pylist()}
        assert (found.keys(), recovered.left_out, recovered.negative) == (lost.keys(), 0, 0)
        for key, row in found.items():
            assert {name: row[name] for name in COUNTS} == {name: lost[key][name] for name in COUNTS}
            assert row["pages_per_session"] == pytest.approx(lost[key]["pages_per_session"])
            assert {row[name] for name in ("window_start", "window_end")} == {
                lost[key][name] for name in ("window_start", "window_end")
            }


@pytest.mark.parametrize(
    ("site", "days_late", "numbers"),
    [
        (replace(large_shop(), click_id_share=0.25), 1, (5, 6, 7, 8, 12, 13, 14)),  # fewer URLs, so that two days fit in 1,000
        (mid_size(), 1, range(2, 15)),
        (mid_size(), 2, range(2, 15)),
    ],
    ids=["large_shop, a day late", "mid_size, a day late", "mid_size, two days late"],
)
def test_a_recovered_day_is_close_to_what_really_happened(site: Site, days_late: DaysLate, numbers: Sequence[int]):
    """Counts on every second date at least: one long visit after midnight is 5 % of a quiet date of a small site."""
    clarity = fake(site)
    errors: dict[str, list[float]] = {}
    for number in numbers:
        day = date(2026, 11, number)
        recovered = recovered_day(clarity, site, day, days_late=days_late, minutes=3)
        assert not any(recovered.rows["truncated"].to_pylist())
        found, true = business(recovered.rows.to_pylist()), true_business(clarity, site, day)
        for name in COUNTS:
            if true[name] >= 50:  # of less, one visit is more than 2 %
                errors.setdefault(name, []).append(abs(found[name] - true[name]) / true[name])
        assert found["scroll_depth"] == pytest.approx(true["scroll_depth"], abs=1)
        assert found["engagement_time_ms"] == pytest.approx(true["engagement_time_ms"], rel=0.03)
        assert found["total_time_ms"] == pytest.approx(true["total_time_ms"], rel=0.03)
    assert {name: median(each) for name, each in errors.items() if median(each) > 0.02} == {}
    assert len(errors) >= 5
    if site.sessions_a_day > 1000:
        assert max(errors["sessions"]) < 0.005


def test_a_recovered_day_of_a_cut_pair_counts_nobody_who_was_not_there():
    site, day = large_shop(), date(2026, 11, 4)
    clarity = fake(site)
    recovered = recovered_day(clarity, site, day, days_late=2)
    true = {row["dimension_hash"]: row for row in on_time(clarity, site, day)}
    found = {row["dimension_hash"]: row for row in recovered.rows.to_pylist()}
    assert set(recovered.rows["truncated"].to_pylist()) == {True}
    assert (found.keys() <= true.keys(), recovered.negative) == (True, 0)
    for key, row in found.items():
        assert all(row[name] is None or row[name] <= true[key][name] for name in COUNTS)

    at = datetime(2026, 11, 7, 0, 5, tzinfo=UTC)  # the naive version: page by page, of whatever each side still holds
    longer, shorter = (sessions_by_hash(asked(clarity, site, num_of_days=days, at=at), at=at) for days in (3, 2))
    assert min(sessions - shorter.get(key, 0) for key, sessions in longer.items() if sessions is not None) < 0


def on_time(clarity: FakeClarity, site: Site, day: date) -> list[dict[str, Any]]:
    """The rows of the answer that would have been fetched at 00:05, never cut here."""
    at = datetime(day.year, day.month, day.day, 0, 5, tzinfo=UTC) + timedelta(days=1)
    answer = asked(clarity, site, num_of_days=1, at=at)
    assert not answer.capped_metrics
    rows: list[dict[str, Any]] = normalize(answer, lane=one_day(at)).to_pylist()
    return rows


def sessions_by_hash(answer: Answer, *, at: datetime) -> dict[str, Any]:
    table = normalize(answer, lane=one_day(at))
    return dict(zip(table["dimension_hash"].to_pylist(), table["sessions"].to_pylist(), strict=True))


def one_day(at: datetime) -> Lane:
    start, end = window(at, 1)
    return Lane(
        business_id="shop",
        date=start.date(),
        slice=URL_DEVICE,
        window_start=start,
        window_end=end,
        fetched_at=at,
        num_of_days=1,
        loaded_at=at,
    )
