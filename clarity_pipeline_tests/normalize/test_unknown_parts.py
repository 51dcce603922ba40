"""A number of which a part is not known is not known: several raw tuples in one row, and one of them damaged."""

from typing import Any

import pytest

from clarity_pipeline_tests.clarity.made_up import envelope, page, rows
from clarity_pipeline_tests.normalize.lanes import by_url
from clarity_pipeline_tests.normalize.sent import A, B

CLICKS = {"DeadClickCount": (2, 5)}


def shop() -> list[dict[str, Any]]:
    """Three raw tuples that become one row, and a row beside it."""
    three = [page(f"{A}?fbclid={number}", sessions=10, scroll=40, events=CLICKS) for number in range(3)]
    return envelope(*three, page(B, sessions=5, scroll=70, events=CLICKS))


def test_the_row_is_whole_where_nothing_is_damaged():
    row = by_url(shop())[A]
    assert (row["sessions"], row["dead_clicks"], row["dead_click_sessions"], row["scroll_depth"]) == (30, 15, 6, 40)


@pytest.mark.parametrize("cell", ["", "-", "1,234", None, -1])
def test_one_unread_count_of_three_makes_the_sum_null_and_nothing_else(cell: object):
    sent = shop()
    rows(sent, "DeadClickCount")[1]["subTotal"] = cell
    found = by_url(sent)
    assert (found[A]["dead_clicks"], found[A]["dead_click_sessions"], found[A]["rage_clicks"]) == (None, 6, 0)
    assert (found[A]["sessions"], found[B]["dead_clicks"]) == (30, 5)


def test_one_unread_average_of_three_makes_the_mean_null_and_not_that_of_the_others():
    sent = shop()
    rows(sent, "ScrollDepth")[-1]["averageScrollDepth"] = "-"
    assert (by_url(sent)[A]["scroll_depth"], by_url(sent)[B]["scroll_depth"]) == (None, 70)


def test_a_row_that_was_left_out_of_three_makes_the_sum_null():
    sent = shop()
    del rows(sent, "DeadClickCount")[0]
    assert (by_url(sent)[A]["dead_clicks"], by_url(sent)[B]["dead_clicks"]) == (None, 5)


def test_an_unread_count_of_a_tuple_without_sessions_is_null_and_not_zero():
    sent = envelope(page(A, sessions=0, bots=2))
    template = {"sessionsCount": 0, "sessionsWithMetricPercentage": 0, "sessionsWithoutMetricPercentage": 100, "pagesViews": 0}
    rows(sent, "DeadClickCount").append({**template, "subTotal": "-", "Url": A, "Device": "PC"})
    rows(sent, "RageClickCount").append({**template, "subTotal": None, "Url": A, "Device": "PC"})
    row = by_url(sent)[A]
    assert (row["dead_clicks"], row["rage_clicks"], row["script_errors"]) == (None, 0, 0)


def test_a_cut_metric_is_still_the_sum_of_what_it_has():
    sent = envelope(*(page(f"{A}?{number}", events=CLICKS) for number in range(1001)))
    rows(sent, "DeadClickCount").pop()
    assert by_url(sent)[A]["dead_clicks"] == 1000 * 5
