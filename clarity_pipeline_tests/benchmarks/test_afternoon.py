"""The method of an afternoon does what the report says of it, no worse."""

from datetime import UTC, date, datetime

import pytest

from benchmarks.accuracy.afternoon import TRIES, Afternoon
from clarity_pipeline.simulator import faults
from clarity_pipeline.simulator.presets import small
from clarity_pipeline.simulator.server import FakeClarity

PROJECT = small().project_id
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def fake():
    with FakeClarity([small()], clock=lambda: NOON) as running:
        yield running


@pytest.fixture
def afternoon(fake: FakeClarity, slept: list[float]) -> Afternoon:
    return Afternoon(fake.base_url, fake.token(PROJECT), sleep=slept.append)


def test_it_stores_the_last_24_hours_under_today_once(fake: FakeClarity, afternoon: Afternoon) -> None:
    afternoon.run(NOON)
    afternoon.run(NOON)
    assert list(afternoon.days) == [date(2026, 5, 4)]
    assert len(fake.calls()) == 1
    site = afternoon.site(date(2026, 5, 4)) or {}
    assert site["sessions"] == sum(row["sessions"] for row in afternoon.days[date(2026, 5, 4)].values()) > 0
    assert 0 < site["scroll_depth"] < 100


def test_it_tries_a_429_again_and_gives_up_in_the_end(fake: FakeClarity, afternoon: Afternoon, slept: list[float]) -> None:
    fake.script(PROJECT, faults.QUOTA_SPENT, faults.QUOTA_SPENT)
    afternoon.run(NOON)
    assert (len(afternoon.days), slept) == (1, [1.0, 2.0])
    afternoon.days.clear()
    fake.spend_day(PROJECT)
    afternoon.run(NOON)
    assert (afternoon.days, len(fake.calls())) == ({}, 3 + TRIES)


def test_what_fails_otherwise_leaves_no_number(fake: FakeClarity, afternoon: Afternoon) -> None:
    fake.script(PROJECT, faults.SERVER_ERROR)
    afternoon.run(NOON)
    assert afternoon.days == {}


def test_urls_lose_their_query_and_nothing_else(afternoon: Afternoon) -> None:
    afternoon.run(NOON)
    urls = afternoon.days[date(2026, 5, 4)]
    assert not any("?" in url or "#" in url for url in urls)
    assert "https://roofmaster.example/" in urls
