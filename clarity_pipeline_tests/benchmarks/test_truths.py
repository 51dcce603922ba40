"""The truth by page, and the two ways of counting whoever saw a page under two addresses."""

from datetime import date

import pytest

from benchmarks.accuracy.measures import MEASURES
from benchmarks.accuracy.truths import DayTruth, canonical
from clarity_pipeline.metrics.columns import MEASURES as COLUMNS
from clarity_pipeline.simulator.presets import mid_size
from clarity_pipeline.simulator.truth import Truth
from clarity_pipeline.simulator.window import SessionLog

SESSIONS = SessionLog(mid_size(), 7).day(date(2026, 9, 8))


def test_pages_hold_what_their_addresses_hold() -> None:
    told, addresses = DayTruth(SESSIONS), Truth(SESSIONS).by("url")
    assert told.of_site.sessions == sum(tally.sessions for tally in addresses.values())
    assert told.of_site.events["dead_clicks"] == int(SESSIONS.events[0].sum())
    assert told.of_site.scroll_depth == pytest.approx(Truth(SESSIONS).total.scroll_depth)
    assert set(told.by_page) == {None if url is None else canonical(url) for (url,) in addresses}
    assert sum(told.by_tuple(("url", "device")).values()) == told.of_site.sessions


def test_whoever_saw_a_page_under_two_addresses_is_two_in_the_answer_and_one_visit() -> None:
    told = DayTruth(SESSIONS)
    assert all(visits <= told.by_page[page].sessions for page, visits in told.visits_by_page.items())
    assert told.visitors < sum(told.visits_by_page.values()) < told.of_site.sessions


def test_every_measure_is_a_column_and_every_column_but_users_is_measured() -> None:
    assert {measure.name for measure in MEASURES} == {column.column for column in COLUMNS} - {"distinct_users"}
