import json
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clarity_pipeline.clarity.dimensions import TOTALS
from clarity_pipeline.clarity.measure import Measure
from clarity_pipeline.clarity.measures import MEASURES
from clarity_pipeline.normalize.columns import DAILY_METRICS_SCHEMA
from clarity_pipeline.normalize.dimension_hash import dimension_hash
from clarity_pipeline.normalize.page_identity import PageIdentity
from clarity_pipeline.normalize.subtract import ROUNDED_SHARE
from clarity_pipeline_tests.clarity.made_up import FRICTION, NINE, Seen, envelope, page, rows
from clarity_pipeline_tests.normalize.pairs import AFFECTED, AT, AVERAGES, DAY, EVENT_OF, A, B, C, by_url, difference


def test_counts_subtract_by_tuple_whatever_the_order_of_the_rows():
    events = {metric: (number, 10 * number) for number, metric in enumerate(FRICTION, start=1)}
    longer = envelope(page(A, sessions=30, bots=9, events=events), page(B, sessions=7, bots=1))
    shorter = envelope(
        page(B, sessions=3),
        page(A, sessions=10, bots=2, events={metric: (1, 5 * number) for number, metric in enumerate(FRICTION, start=1)}),
    )
    recovered = difference(longer, shorter)
    found = by_url(recovered)
    assert (found[A]["sessions"], found[A]["bot_sessions"]) == (20, 7)
    assert (found[B]["sessions"], found[B]["bot_sessions"], found[B]["dead_clicks"]) == (4, 1, 0)
    assert [found[A][EVENT_OF[metric]] for metric in FRICTION] == [5, 10, 15, 20, 25, 30]
    assert [found[A][AFFECTED[EVENT_OF[metric]]] for metric in FRICTION] == [0, 1, 2, 3, 4, 5]
    assert (recovered.left_out, recovered.negative) == (0, 0)

    def row_by_row() -> list[int]:  # the naive version: the first row minus the first
        ours, theirs = rows(longer, "DeadClickCount"), rows(shorter, "DeadClickCount")
        return [own["subTotal"] - other["subTotal"] for own, other in zip(ours, theirs, strict=True)]

    assert row_by_row() == [10, -5]


def test_averages_are_those_of_the_sessions_that_remain():
    longer = envelope(page(A, sessions=40, pages=2.5, scroll=50, active=10, total=25))
    shorter = envelope(page(A, sessions=30, pages=3, scroll=40, active=12, total=30))
    row = by_url(difference(longer, shorter))[A]
    assert [row[name] for name in AVERAGES] == [1, 80, 4_000, 10_000]
    difference_of_averages = 50 - 40
    last_day_taken_for_both = 2 * 50 - 40
    assert row["scroll_depth"] not in (difference_of_averages, last_day_taken_for_both)


def test_averages_stay_within_what_is_possible():
    low = difference(
        envelope(page(A, sessions=10, pages=1.1, scroll=20, active=5, total=6)),
        envelope(page(A, sessions=9, pages=1.2, scroll=30, active=6, total=7)),
    )
    assert [by_url(low)[A][name] for name in AVERAGES] == [1, 0, 0, 0]
    high = difference(envelope(page(A, sessions=10, scroll=90)), envelope(page(A, sessions=9, scroll=80)))
    assert by_url(high)[A]["scroll_depth"] == 100
    huge = envelope(page(A, sessions=10, active=2**62 // 1000))
    assert by_url(difference(huge, envelope(page(A, sessions=9, active=0))))[A]["engagement_time_ms"] == 2**63 - 1


def test_a_tuple_of_the_longer_window_alone_is_the_dates_to_the_last_digit():
    found = by_url(
        difference(
            envelope(page(A, sessions=3, pages=7.333333333333333, events={"DeadClickCount": (1, 4)}), page(B, sessions=5)),
            envelope(page(B, sessions=5)),
        )
    )
    assert list(found) == [A]
    row = found[A]
    assert (row["sessions"], row["pages_per_session"], row["dead_clicks"], row["dead_click_sessions"]) == (
        3,
        7.333333333333333,
        4,
        1,
    )
    assert json.loads(row["raw_payload"])["subtrahend"] == {}


def test_a_tuple_of_the_shorter_window_alone_is_left_out_and_counted():
    recovered = difference(envelope(page(A, sessions=2)), envelope(page(A, sessions=1), page(B, sessions=4), page(C, bots=1)))
    assert list(by_url(recovered)) == [A]
    assert (recovered.left_out, recovered.negative) == (2, 0)


def test_a_tuple_that_was_not_seen_on_the_date_is_no_row():
    same = (page(A, sessions=2, bots=1, events={"DeadClickCount": (1, 4)}), page(None, sessions=0, users=2))
    recovered = difference(envelope(*same, page(B)), envelope(*same))
    assert (recovered.rows["url"].to_pylist(), recovered.left_out, recovered.negative) == ([B], 0, 0)
    assert recovered.rows.schema == DAILY_METRICS_SCHEMA


def test_bots_and_events_alone_are_a_row_without_averages():
    longer = envelope(page(A, sessions=2, bots=3), page(B, sessions=2, events={"DeadClickCount": (1, 9)}))
    found = by_url(difference(longer, envelope(page(A, sessions=2), page(B, sessions=2, events={"DeadClickCount": (1, 4)}))))
    assert (found[A]["sessions"], found[A]["bot_sessions"], found[A]["dead_clicks"]) == (0, 3, 0)
    assert (found[B]["sessions"], found[B]["dead_clicks"]) == (0, 5)
    assert {row[name] for row in found.values() for name in AVERAGES} == {None}


def test_users_of_two_windows_are_not_subtracted():
    assert by_url(difference(envelope(page(A, sessions=5, users=5)), envelope(page(A, users=1))))[A]["distinct_users"] is None
    assert by_url(difference(envelope(page(A, users=5)), []))[A]["distinct_users"] is None


def test_a_count_below_zero_is_zero_and_marks_the_row():
    longer = envelope(page(A, sessions=9, bots=1, events={"DeadClickCount": (1, 2)}), page(B, sessions=4), page(C, sessions=1))
    shorter = envelope(page(A, sessions=8, bots=2, events={"DeadClickCount": (2, 5)}), page(B), page(C, sessions=2))
    recovered = difference(longer, shorter)
    found = by_url(recovered)
    assert (found[A]["sessions"], found[A]["bot_sessions"], found[A]["dead_clicks"], found[A]["dead_click_sessions"]) == (
        1,
        0,
        0,
        0,
    )
    assert json.loads(found[A]["raw_payload"])["negative"] == ["bot_sessions", "dead_clicks", "dead_click_sessions"]
    assert json.loads(found[B]["raw_payload"])["negative"] == []
    assert C not in found
    assert recovered.negative == 2  # C too, of which nothing is left


def test_what_rounded_shares_explain_is_zero_and_marks_nothing():
    longer = envelope(page(A, sessions=30_000, events={"DeadClickCount": (1, 1)}))
    shorter = envelope(page(A, sessions=15_000, events={"DeadClickCount": (1, 1)}))
    assert rows(longer, "DeadClickCount")[0]["sessionsWithMetricPercentage"] == 0  # 0.0033 %
    assert rows(shorter, "DeadClickCount")[0]["sessionsWithMetricPercentage"] == 0.01  # 0.0067 %, which makes 1.5 of them
    recovered = difference(longer, shorter)
    assert by_url(recovered)[A]["dead_click_sessions"] == 0
    assert recovered.negative == 0


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 10**6), st.floats(0, 1))
def test_the_bound_on_rounding_holds(sessions: int, share: float):
    affected = round(share * sessions)
    sent = round(100 * affected / sessions, 2)
    assert abs(round(sessions * sent / 100) - affected) <= ROUNDED_SHARE * sessions * (1 + 1e-9)
    assert sessions >= 10_000 or round(sessions * sent / 100) == affected


@pytest.mark.parametrize("metric", NINE)
@pytest.mark.parametrize("lacking", ["longer", "shorter"])
def test_what_one_side_does_not_say_is_null_and_not_zero(metric: str, lacking: str):
    clicked = {"DeadClickCount": (2, 7), "RageClickCount": (1, 1)}
    longer = envelope(page(A, sessions=5, events=clicked), page(B, sessions=2, events=clicked))
    shorter = envelope(page(A, sessions=2))
    complete = by_url(difference(longer, shorter))
    cut_off = [each for each in (longer if lacking == "longer" else shorter) if each["metricName"] != metric]
    incomplete = by_url(difference(cut_off, shorter) if lacking == "longer" else difference(longer, cut_off))

    def unsaid(measure: Measure, url: str) -> bool:
        if metric == "Traffic":
            return measure.group == metric or measure.fold == "mean"  # no weights
        needs_no_other_side = lacking == "shorter" and url == B and measure.fold == "mean"
        return measure.group == metric and not needs_no_other_side

    for url in (A, B):
        for measure in MEASURES:
            expected = None if unsaid(measure, url) else complete[url][measure.column]
            assert incomplete[url][measure.column] == expected, (url, measure.column)


def test_where_no_session_remains_what_was_not_said_is_zero():
    shorter = [each for each in envelope(page(A, sessions=5)) if each["metricName"] != "DeadClickCount"]
    row = by_url(difference(envelope(page(A, sessions=5, bots=1)), shorter))[A]
    assert (row["sessions"], row["bot_sessions"], row["dead_clicks"], row["dead_click_sessions"]) == (0, 1, 0, 0)


@pytest.mark.parametrize("nothing", [[], [{"metricName": metric, "information": []} for metric in NINE]])
def test_of_a_shorter_window_without_visits_everything_is_the_dates(nothing: object):
    sent = envelope(page(A, sessions=5, bots=1), page(B, sessions=0, bots=2))
    found = by_url(difference(sent, nothing))
    assert {url: (row["sessions"], row["bot_sessions"], row["dead_clicks"]) for url, row in found.items()} == {
        A: (5, 1, 0),
        B: (0, 2, 0),
    }
    assert difference(nothing, nothing).rows.num_rows == 0
    emptied = difference(nothing, sent)
    assert (emptied.rows.num_rows, emptied.left_out) == (0, 2)


def test_a_row_says_whose_it_is_what_it_covers_and_where_it_comes_from():
    minuend_at = AT + timedelta(minutes=4)
    longer = envelope(page(f"{A}?1", sessions=5), page(f"{A}?2", sessions=2))
    recovered = difference(longer, envelope(page(f"{A}?2", sessions=1)), minuend_at=minuend_at)
    assert recovered.rows.schema == DAILY_METRICS_SCHEMA
    (row,) = recovered.rows.to_pylist()
    assert (row["business_id"], row["date"], row["slice"], row["url"], row["device"]) == ("shop", DAY, "url_device", A, "PC")
    assert row["dimension_hash"] == dimension_hash({"url": A, "device": "PC"})
    assert (row["window_start"], row["window_end"]) == (minuend_at - timedelta(days=2), AT - timedelta(days=1))
    assert (row["fetched_at"], row["loaded_at"]) == (minuend_at, AT + timedelta(minutes=1))
    assert (row["quality"], row["truncated"], row["rows_merged"]) == ("recovered", False, 2)
    assert row["coverage"] == pytest.approx(1 - 9 / 1440)
    payload = json.loads(row["raw_payload"])
    assert list(payload) == ["minuend", "subtrahend", "fetched_at", "negative"]
    assert [datetime.fromisoformat(each) for each in payload["fetched_at"]] == [minuend_at, AT]
    assert [each["totalSessionCount"] for each in payload["minuend"]["Traffic"]] == [2, 5]
    assert [each["totalSessionCount"] for each in payload["subtrahend"]["Traffic"]] == [1]


def test_the_payload_masks_what_could_name_a_visitor_on_both_sides():
    (row,) = difference(
        envelope(page(f"{A}?id=1&mail=SECRET", sessions=3)), envelope(page(f"{A}?id=1&mail=SECRET2#SECRET")), kept=("id",)
    ).rows.to_pylist()
    assert "SECRET" not in str(row)
    assert (row["url"], row["sessions"]) == (f"{A}?id=1", 2)


def test_pages_subtract_by_what_the_business_means_by_a_page():
    longer = envelope(page(f"{A}#/one", sessions=30), page(f"{A}#/two", sessions=20), page("https://b.example/", sessions=9))
    shorter = envelope(page(f"{A}#/one", sessions=10), page(f"{A}#/two", sessions=15), page("http://localhost/", sessions=4))
    pages = PageIdentity(hash_routes=True, other_hosts="grouped", site_hosts=("shop.example",))
    found = by_url(difference(longer, shorter, pages=pages))
    assert {url: row["sessions"] for url, row in found.items()} == {f"{A}#/one": 20, f"{A}#/two": 5, "(other hosts)": 5}
    assert {url: row["sessions"] for url, row in by_url(difference(longer, shorter)).items()} == {A: 25, "https://b.example/": 9}


def test_the_totals_of_a_site_subtract_too():
    sent = envelope(Seen(at={}, sessions=9, scroll=40))
    sent.append({"metricName": "Browser", "information": [{"name": "Chrome", "sessionsCount": 9}]})
    (row,) = difference(sent, envelope(Seen(at={}, sessions=6, scroll=30)), asked=TOTALS).rows.to_pylist()
    assert (row["sessions"], row["scroll_depth"]) == (3, 60)


def test_a_tuple_whose_sessions_were_not_sent_is_a_row_only_if_something_shows_a_visit():
    longer = envelope(page(A, sessions=5, events={"DeadClickCount": (1, 2)}), page(B, sessions=2))
    shorter = envelope(page(A, sessions=2))
    rows(longer, "Traffic").clear()
    recovered = difference(longer, shorter)
    assert {url: (row["sessions"], row["dead_clicks"]) for url, row in by_url(recovered).items()} == {A: (None, 2)}
    assert (recovered.left_out, recovered.negative) == (1, 0)
