"""Numbers that cannot be are None in the rows and a finding, also where folding would hide them."""

from typing import Any

import pytest

from clarity_pipeline.clarity.answer import Answer, parse
from clarity_pipeline.clarity.measures import MEASURES
from clarity_pipeline.normalize.impossible import LeftOut, left_out
from clarity_pipeline.normalize.normalize import normalize
from clarity_pipeline.normalize.page_identity import PLAIN
from clarity_pipeline.trust.answer_findings import found_in_numbers
from clarity_pipeline_tests.clarity.made_up import body, envelope, page
from clarity_pipeline_tests.normalize.lanes import lane
from clarity_pipeline_tests.normalize.sent import A, B


def answer(**other: Any) -> Answer:
    """A page that came as two addresses of ten sessions each, of which the second has other numbers, and a page by itself."""
    events = {"DeadClickCount": (2, 3)}
    plain = {"sessions": 10, "users": 10, "events": events}
    sent = envelope(page(A, **plain), page(f"{A}#x", **plain | other), page(B, **plain))
    return parse(body(sent), asked=lane().slice)


def row_of(found: Answer) -> dict[str, Any]:
    rows = {row["url"]: row for row in normalize(found, lane=lane()).to_pylist()}
    assert (rows[B]["scroll_depth"], rows[B]["dead_click_sessions"]) == (50, 2)
    return rows[A]


@pytest.mark.parametrize(
    ("other", "column"),
    [({"scroll": 130.0}, "scroll_depth"), ({"scroll": -1.0}, "scroll_depth"), ({"pages": -2.0}, "pages_per_session")],
)
def test_a_mean_that_would_hide_it_is_missing_and_said(other: dict[str, Any], column: str) -> None:
    found = answer(**other)
    row = row_of(found)
    assert row[column] is None, "and not the 90 of a mean"
    assert (row["sessions"], row["dead_clicks"], row["dead_click_sessions"]) == (20, 6, 4)
    assert left_out(found, pages=PLAIN) == [LeftOut(column, None, 20)]
    (told,) = found_in_numbers(found, PLAIN)
    assert (told.code, told.severity, told.metric, told.figure) == ("impossible_in_a_fold", "warning", column, 20)


@pytest.mark.parametrize("affected", [25, -1])
def test_more_sessions_than_there_were_are_not_added_to_others(affected: int) -> None:
    found = answer(events={"DeadClickCount": (affected, 3)})
    row = row_of(found)
    assert (row["dead_click_sessions"], row["rage_click_sessions"], row["scroll_depth"]) == (None, 0, 50)
    assert left_out(found, pages=PLAIN) == [LeftOut("dead_click_sessions", None, 20)]


def test_one_off_is_no_fault() -> None:
    found = answer(events={"DeadClickCount": (11, 11)})
    assert left_out(found, pages=PLAIN) == []
    assert row_of(found)["dead_click_sessions"] == 13


@pytest.mark.parametrize(
    ("other", "column"),
    [
        ({"scroll": -40.0}, "scroll_depth"),
        ({"scroll": 900.0}, "scroll_depth"),
        ({"pages": -2.0}, "pages_per_session"),
        ({"events": {"DeadClickCount": (-1, 3)}}, "dead_click_sessions"),
        ({"events": {"RageClickCount": (25, 3)}}, "rage_click_sessions"),
        ({"events": {"RageClickCount": (3, 2**63 - 1)}}, "rage_clicks"),
        ({"events": {"ScriptErrorCount": (3, 10**9 + 1)}}, "script_errors"),
    ],
)
def test_a_number_out_of_its_range_is_none_in_its_own_row_and_a_finding(other: dict[str, Any], column: str) -> None:
    alone = parse(body(envelope(page(A, sessions=10, **other), page(B, sessions=7))), asked=lane().slice)
    rows = {row["url"]: row for row in normalize(alone, lane=lane()).to_pylist()}
    assert (rows[A][column], rows[B][column] is None) == (None, False)
    assert rows[A]["sessions"] == 10
    (told,) = found_in_numbers(alone, PLAIN)
    assert (told.code, told.severity, told.metric, told.figure) == ("number_out_of_range", "warning", column, 10)


def test_every_measure_of_the_registry_with_an_upper_end_is_held_to_it() -> None:
    """What one row of a measure may be at most is the registry's: the value above it is None, the value itself is not."""
    assert [measure.column for measure in MEASURES if measure.most is not None] == ["scroll_depth"]
    for scroll, told in ((100.0, 100.0), (100.01, None), (0.0, 0.0), (-0.01, None)):
        alone = parse(body(envelope(page(A, sessions=10, scroll=scroll))), asked=lane().slice)
        assert normalize(alone, lane=lane()).to_pylist()[0]["scroll_depth"] == told


def test_in_a_cut_answer_affected_sessions_are_not_held_against_those_of_traffic() -> None:
    pages = [page(f"https://shop.example/{number}", sessions=10) for number in range(1, 1000)]
    found = parse(body(envelope(page(A, sessions=10, events={"DeadClickCount": (10, 10)}), *pages)), asked=lane().slice)
    assert found.capped_metrics
    assert left_out(found, pages=PLAIN) == []


def test_nothing_is_said_of_an_answer_without_fault() -> None:
    assert row_of(answer())["scroll_depth"] == 50
    assert found_in_numbers(answer(), PLAIN) == ()
