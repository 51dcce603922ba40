"""Pairs that cannot be a longer and a shorter window: their difference would be a date that nobody had."""

import random
from typing import Any

import pytest

from clarity_pipeline.clarity.answer import parse
from clarity_pipeline.normalize.difference import Recovered, subtract_answers
from clarity_pipeline.normalize.plausible import ImplausibleDifference
from clarity_pipeline_tests.clarity.made_up import Seen, body, envelope, page
from clarity_pipeline_tests.normalize.pairs import URL_DEVICE, A, B, C, lane


def of(sent: object, shorter: object, *, neighbours: tuple[int, ...] = ()) -> Recovered:
    return subtract_answers(
        parse(body(sent), asked=URL_DEVICE), parse(body(shorter), asked=URL_DEVICE), lane=lane(), neighbours=neighbours
    )


def site(*sessions: int, **numbers: Any) -> list[dict[str, Any]]:
    return envelope(*(page(url, sessions=count, **numbers) for url, count in zip((A, B, C), sessions, strict=False)))


def test_answers_that_are_equal_row_by_row_are_no_windows_whatever_the_order_of_their_rows():
    same = site(400, 90, 3, events={"DeadClickCount": (2, 5)})
    other = site(400, 90, 3, events={"DeadClickCount": (2, 5)})
    for group in other:
        random.Random(7).shuffle(group["information"])
    with pytest.raises(ImplausibleDifference, match="2 days and for 1 are equal row by row") as refused:
        of(same, other)
    assert (refused.value.reason, "stays lost" in str(refused.value)) == ("implausible_difference", True)
    with pytest.raises(ImplausibleDifference):
        of(site(1), site(1))


def test_two_empty_windows_are_a_date_without_visits():
    assert of([], []).rows.num_rows == 0
    nobody = envelope(page(None, sessions=0, users=45))
    assert of(nobody, nobody).rows.num_rows == 0


def test_answers_that_differ_by_what_came_between_two_calls_are_no_windows():
    """A server that answers every length with its last 24 hours, asked twice within minutes."""
    with pytest.raises(ImplausibleDifference, match="leave 2 sessions for a date whose neighbours have 493"):
        of(site(402, 90, 3), site(400, 90, 3))


@pytest.mark.parametrize("rest", [25, 60, 490, 5000])
def test_a_quiet_date_and_a_busy_one_are_recovered(rest: int):
    recovered = of(site(400 + rest, 90, 3), site(400, 90, 3), neighbours=(510, 480, 60, 55, 500))
    assert sum(row["sessions"] for row in recovered.rows.to_pylist()) == rest


def test_the_dates_before_speak_too():
    with pytest.raises(ImplausibleDifference, match="neighbours have 2,950"):
        of(site(70), site(40), neighbours=(3000, 3100, 2900))
    assert of(site(70), site(40), neighbours=(35, 50)).rows.num_rows == 1


def test_a_longer_window_that_lacks_much_of_the_shorter_is_none():
    with pytest.raises(ImplausibleDifference, match="lacks 93 of the 493 sessions"):
        of(site(900), site(400, 90, 3))
    assert of(site(900, 88, 3), site(400, 90, 3)).negative == 1


def test_few_sessions_may_leave_none():
    recovered = of(envelope(page(A, sessions=4), page(B, sessions=0, bots=2)), envelope(page(A, sessions=4)))
    assert [(row["sessions"], row["bot_sessions"]) for row in recovered.rows.to_pylist()] == [(0, 2)]


def test_what_one_side_could_not_read_is_null_in_the_difference():
    longer = envelope(page(A, sessions=90, events={"RageClickCount": (3, 9)}), page(B, sessions=50))
    shorter = envelope(page(A, sessions=40, events={"RageClickCount": (1, 2)}), page(B, sessions=20))
    next(group for group in shorter if group["metricName"] == "RageClickCount")["information"] = None
    next(group for group in longer if group["metricName"] == "ScrollDepth")["information"][0]["averageScrollDepth"] = "-"
    found = {row["url"]: row for row in of(longer, shorter).rows.to_pylist()}
    assert [found[url]["sessions"] for url in (A, B)] == [50, 30]
    assert [found[url]["rage_clicks"] for url in (A, B)] == [None, None]
    assert [found[url]["scroll_depth"] for url in (A, B)] == [50.0, None]


def test_a_row_of_the_shorter_window_that_belongs_to_no_tuple_is_not_taken_for_nothing():
    """Naively the tuple is absent there, and the longer window's clicks would all be the date's."""
    longer = envelope(page(A, sessions=90, events={"DeadClickCount": (9, 30)}))
    shorter = envelope(page(A, sessions=40, events={"DeadClickCount": (4, 20)}), Seen(at={"Url": B, "Device": "PC"}, sessions=1))
    del next(group for group in shorter if group["metricName"] == "DeadClickCount")["information"][0]["Url"]
    assert of(longer, shorter).rows.to_pylist()[0]["dead_clicks"] is None
