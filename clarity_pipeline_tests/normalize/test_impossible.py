"""Numbers that cannot be, in raw tuples that folding would hide."""

from typing import Any

import pytest

from clarity_pipeline.clarity.answer import Answer, parse
from clarity_pipeline.normalize.impossible import sessions_by_measure
from clarity_pipeline.normalize.normalize import normalize
from clarity_pipeline.normalize.page_identity import PLAIN
from clarity_pipeline.trust.answer_findings import found_in_folds
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
    assert sessions_by_measure(found, pages=PLAIN) == {column: 20}
    (told,) = found_in_folds(found, PLAIN)
    assert (told.code, told.severity, told.metric, told.figure) == ("impossible_in_a_fold", "warning", column, 20)


@pytest.mark.parametrize("affected", [25, -1])
def test_more_sessions_than_there_were_are_not_added_to_others(affected: int) -> None:
    found = answer(events={"DeadClickCount": (affected, 3)})
    row = row_of(found)
    assert (row["dead_click_sessions"], row["rage_click_sessions"], row["scroll_depth"]) == (None, 0, 50)
    assert sessions_by_measure(found, pages=PLAIN) == {"dead_click_sessions": 20}


def test_one_off_is_no_fault_and_a_tuple_by_itself_is_published_as_it_came() -> None:
    assert sessions_by_measure(answer(events={"DeadClickCount": (11, 11)}), pages=PLAIN) == {}
    alone = parse(body(envelope(page(A, sessions=10, scroll=130.0))), asked=lane().slice)
    assert sessions_by_measure(alone, pages=PLAIN) == {}
    assert normalize(alone, lane=lane()).to_pylist()[0]["scroll_depth"] == 130


def test_nothing_is_said_of_an_answer_without_fault() -> None:
    assert row_of(answer())["scroll_depth"] == 50
    assert found_in_folds(answer(), PLAIN) == ()
