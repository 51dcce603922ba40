"""The truth by page, and the two ways of counting whoever saw a page under two addresses."""

from collections import defaultdict
from datetime import date

import pytest

from benchmarks.accuracy.measures import MEASURES
from benchmarks.accuracy.truths import DayTruth, added, canonical
from clarity_pipeline.clarity.measures import MEASURES as COLUMNS
from clarity_pipeline.simulator.presets import mid_size
from clarity_pipeline.simulator.truth import Tally, Truth
from clarity_pipeline.simulator.window import SessionLog

SESSIONS = SessionLog(mid_size(), 7).day(date(2026, 9, 8))


def test_pages_hold_exactly_what_the_simulator_s_own_truth_counts_of_their_addresses() -> None:
    slow: defaultdict[str | None, list[Tally]] = defaultdict(list)
    for (url,), tally in Truth(SESSIONS).by("url").items():
        slow[None if url is None else canonical(url)].append(tally)
    quick = {page: tally for page, tally in DayTruth(SESSIONS).by_page.items() if page in slow}
    assert quick.keys() == slow.keys()
    for page, tallies in slow.items():
        assert told(added(tallies)) == pytest.approx(told(quick[page])), page
    assert told(DayTruth(SESSIONS).of_site) == pytest.approx(told(added(quick.values())))


def told(tally: Tally) -> dict[str, float]:
    counts = {name: float(getattr(tally, name)) for name in ("sessions", "bot_sessions", "pages", "views", "scroll")}
    return counts | {measure.name: measure.truth(tally) or 0.0 for measure in MEASURES}


def test_whoever_saw_a_page_under_two_addresses_is_two_in_the_answer_and_one_visit() -> None:
    truth = DayTruth(SESSIONS)
    assert all(visits <= truth.by_page[page].sessions for page, visits in truth.visits_by_page.items())
    assert truth.visitors < sum(truth.visits_by_page.values()) < truth.of_site.sessions
    assert sum(truth.by_tuple(("url", "device")).values()) == truth.of_site.sessions


def test_every_measure_is_a_column_and_every_column_but_users_is_measured() -> None:
    assert {measure.name for measure in MEASURES} == {column.column for column in COLUMNS} - {"distinct_users"}
