"""What every browser test is held to can fail: each of the three is told when it is not so. No browser is needed for that."""

from typing import Any

import pytest

from clarity_pipeline.panel.access.notice import Notice
from clarity_pipeline_tests.panel.hand import wrong

FINE: dict[str, Any] = {
    "wide": 0,
    "texts": ["Saved."],
    "seen": ["Saved."],
    "focused": ["Saved."],
    "active": "<p>",
    "activeInView": True,
    "document": "",
}
BEFORE: dict[str, Any] = FINE | {"texts": [], "document": "1"}


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        ({}, None),
        ({"wide": 358}, "in view: the page is 358 px wider"),
        ({"seen": []}, "in view: the answer is off the screen: 'Saved.'"),
        ({"focused": [], "active": ""}, "focus: it is at nothing, and not at the answer"),
        ({"activeInView": False}, "in view: what has the focus is off the screen"),
        ({"document": "1", "texts": [], "active": ""}, "focus: it was lost when a part of the page was exchanged"),
    ],
)
def test_what_a_person_would_stumble_over_is_told(seen: dict[str, Any], told: str | None) -> None:
    found = wrong(BEFORE, FINE | seen, is_visit=False)
    assert found == [] if told is None else any(each.startswith(told) for each in found), found


def test_an_answer_that_stood_there_before_a_part_was_exchanged_is_none_of_this_action() -> None:
    still = FINE | {"document": "1", "seen": [], "focused": []}
    assert wrong(BEFORE | {"texts": ["Saved."]}, still, is_visit=False) == []
    assert wrong(BEFORE, still, is_visit=False) != []


@pytest.mark.parametrize(
    "notice", [Notice("Saved."), Notice("Rejected “so”.", "test", is_problem=True), Notice('{"notice": odd')]
)
def test_a_notice_is_read_as_it_was_left(notice: Notice) -> None:
    assert Notice.read(notice.stored()) == notice
    assert Notice.read(None) is None
    assert Notice.read("Words of an older version.") == Notice("Words of an older version.")
    assert len(Notice("x" * 900, "test").stored()) < 600
