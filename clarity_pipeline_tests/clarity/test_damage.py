"""What is damaged costs itself alone: the kinds that were met in public, and their neighbours, made up."""

from copy import deepcopy
from typing import Any

import pytest

from clarity_pipeline.clarity.damage import said
from clarity_pipeline.clarity.dimensions import TOTALS
from clarity_pipeline_tests.clarity.made_up import NINE, envelope, page, rows
from clarity_pipeline_tests.clarity.reading import SHOP, read, refusal

A, B = "https://shop.example/a", "https://shop.example/b"
LISTS: list[dict[str, Any]] = [
    {"metricName": "PopularPages", "information": [{"url": A, "visitsCount": "20"}]},
    {"metricName": "PageTitle", "information": [{"name": "Home", "sessionsCount": "20"}, {"name": 7, "sessionsCount": 1}]},
    {"metricName": "ReferrerUrl", "information": [{"name": None, "sessionsCount": "11"}]},
]


def group(sent: list[dict[str, Any]], metric: str) -> dict[str, Any]:
    return next(each for each in sent if each["metricName"] == metric)


@pytest.mark.parametrize("instead", [None, {}, "none", 7, {"rows": []}])
def test_a_metric_without_an_array_is_lost_alone_and_named_once(instead: object):
    sent = envelope(*SHOP)
    group(sent, "ExcessiveScroll")["information"] = instead
    answer = read(sent)
    assert [(each.code, each.metric) for each in answer.damage] == [("metric_unreadable", "ExcessiveScroll")]
    assert set(answer.groups) == set(NINE) - {"ExcessiveScroll"}
    assert answer.missing_metrics == ()
    group(sent, "Traffic")["information"] = instead
    assert "rows of Traffic" in refusal(sent)


def test_a_metric_under_other_keys_is_lost_and_they_are_named():
    sent = envelope(*SHOP)
    scroll = group(sent, "ScrollDepth")
    scroll["Information"] = scroll.pop("information")
    (damage,) = read(sent).damage
    assert (damage.metric, damage.why) == ("ScrollDepth", "its keys are metricName, Information")
    nameless = [{"MetricName": each["metricName"], "Information": []} for each in envelope(*SHOP)]
    assert "MetricName, Information" in refusal(nameless)


@pytest.mark.parametrize("wrong", [None, [], "row", 7])
def test_a_row_that_is_no_object_is_lost_alone(wrong: object):
    sent = envelope(*SHOP)
    rows(sent, "DeadClickCount").append(wrong)  # type: ignore[arg-type]
    answer = read(sent)
    assert [(each.code, each.metric, each.cells) for each in answer.damage] == [("rows_unreadable", "DeadClickCount", 1)]
    assert answer.groups["DeadClickCount"].numbers["subTotal"] == [40, 0]
    assert answer.row_counts["DeadClickCount"] == 3


@pytest.mark.parametrize("value", [7, True, [], {}, "absent"])
def test_a_row_without_its_tuple_is_lost_alone_and_a_metric_of_such_rows_as_a_whole(value: object):
    sent = envelope(*SHOP)
    for number, row in enumerate(rows(sent, "EngagementTime"), start=1):
        row.pop("Device") if value == "absent" else row.update(Device=value)
        answer = read(sent)
        if number == 1:
            assert [(each.code, each.metric, each.cells) for each in answer.damage] == [("rows_unreadable", "EngagementTime", 1)]
            assert answer.groups["EngagementTime"].keys == [(B, "Mobile")]
    assert [(each.code, each.cells) for each in answer.damage] == [("metric_unreadable", 2)]


def test_a_metric_sent_twice_is_read_once_where_both_agree_and_lost_where_they_do_not():
    sent = envelope(*SHOP)
    again = {"metricName": "Rage Click Count", "information": deepcopy(rows(sent, "RageClickCount"))[::-1]}
    answer = read([*sent, again])
    assert answer.groups["RageClickCount"].rows == rows(sent, "RageClickCount")
    assert [each.why for each in answer.damage] == ["sent twice and read once"]
    again["information"][0]["subTotal"] = 99
    assert [(each.code, each.metric) for each in read([*sent, again]).damage] == [("metric_unreadable", "RageClickCount")]
    traffic = {"metricName": "Traffic", "information": deepcopy(rows(sent, "Traffic"))}
    assert read([*sent, traffic]).groups["Traffic"].numbers == read(sent).groups["Traffic"].numbers
    traffic["information"][0]["totalSessionCount"] = 4
    assert "sent twice, with different rows" in refusal([*sent, traffic])


def test_a_tuple_with_sessions_that_one_metric_lacks_is_named():
    sent = envelope(*SHOP)
    del rows(sent, "ScrollDepth")[0]
    assert [(each.code, each.metric, each.cells) for each in read(sent).damage] == [("rows_unreadable", "ScrollDepth", 1)]
    sent = envelope(*SHOP)
    rows(sent, "Traffic")[:] = [row for row in rows(sent, "Traffic") if row["Url"] != B]
    assert [(each.metric, each.why) for each in read(sent).damage] == [("Traffic", "not sent, though other metrics have it")]


def test_clicks_under_a_tuple_without_sessions_are_nobodys():
    """A page was lost on the way: naively its clicks would be those of the row without a page."""
    sent = envelope(*SHOP)
    rows(sent, "DeadClickCount")[0]["Url"] = None
    answer = read(sent)
    assert answer.groups["DeadClickCount"].keys == [(B, "Mobile")]
    assert {each.why for each in answer.damage} == {"of a tuple of which Traffic counts no session"}


@pytest.mark.parametrize("shape", [None, "none", 7, [1, None], [{"name": "Purchase"}], {"deep": [1]}])
def test_an_unknown_metric_may_have_any_shape(shape: object):
    answer = read([*envelope(*SHOP), {"metricName": "SmartEvents", "information": shape}])
    assert (answer.unknown_metrics, answer.damage) == (("SmartEvents",), ())


def test_lists_beside_a_dimensioned_answer_are_kept_and_nothing_is_wrong():
    answer = read([*envelope(*SHOP), *deepcopy(LISTS), {"metricName": "Browser", "information": None}])
    assert (answer.damage, answer.unknown, answer.missing_metrics) == ((), (), ())
    assert answer.groups["PageTitle"].numbers["sessionsCount"] == [20]
    assert answer.groups["PageTitle"].keys == []


def test_an_entry_of_a_list_of_the_site_that_is_no_text_is_lost_alone():
    sent = [*envelope(page(None, device=None)), *deepcopy(LISTS)]
    for each in sent[:9]:
        for row in each["information"]:
            del row["Url"], row["Device"]
    answer = read(sent, asked=TOTALS)
    assert [(each.code, each.metric, each.cells) for each in answer.damage] == [("rows_unreadable", "PageTitle", 1)]


SHARES = "sessionsWithMetricPercentage", "sessionsWithoutMetricPercentage"


@pytest.mark.parametrize(
    ("sessions", "with_it", "without", "pages", "events", "is_read"),
    [
        (20, "15%", 85, 3, 6, True),
        (20, "15%", "85%", 3, 6, True),
        (20, "15.00%", "85", 4, 4, True),
        (20, "23.7%", 76.3, 5, 9, False),  # 4.74 sessions
        (20, "15%", 80, 3, 6, False),  # the remainder says otherwise
        (20, "15%", None, 3, 6, False),
        (20, "15%", 85, 2, 6, False),  # three sessions on two pages
        (20, "15%", 85, 3, 0, False),  # three sessions with an event, and no event
        (20, "0%", 100, 0, 0, True),
        (1000, "15%", "85%", 150, 150, False),  # 145 to 154 sessions are 15 %
        (1000, "15%", 85, 150, 150, True),
        (None, "15%", 85, 3, 6, False),
        (20, "15 %", 85, 3, 6, False),
        (20, "1,5%", 98.5, 3, 6, False),
    ],
)
def test_a_percent_sign_is_read_only_where_its_row_allows_one_reading(
    sessions: int | None, with_it: str, without: object, pages: int, events: int, is_read: bool
):
    sent = envelope(page(A, sessions=sessions or 20))
    (row,) = rows(sent, "DeadClickCount")
    row.update({"sessionsCount": sessions, SHARES[0]: with_it, SHARES[1]: without, "pagesViews": pages, "subTotal": events})
    answer = read(sent)
    (share,) = answer.groups["DeadClickCount"].numbers[SHARES[0]]
    assert share == (float(with_it.strip("%")) if is_read else None)
    assert (f"DeadClickCount.{SHARES[0]}" in answer.proved) is is_read
    assert any(each.field == SHARES[0] for each in answer.damage) is not is_read


def test_what_is_said_of_damage_is_one_line_and_not_long():
    sent = envelope(*SHOP)
    for metric in NINE[:6]:
        for field in rows(sent, metric)[0].copy():
            if field not in ("Url", "Device"):
                rows(sent, metric)[0][field] = "-"
    line = said(read(sent).damage)
    assert line is not None
    assert "and 18 more" in line
    assert "\n" not in line
    assert said(()) is None
