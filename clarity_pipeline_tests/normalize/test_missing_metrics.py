import pytest

from clarity_pipeline.clarity.measures import MEASURES
from clarity_pipeline.normalize.dimension_hash import dimension_hash
from clarity_pipeline_tests.clarity.made_up import NINE, envelope, page, rows
from clarity_pipeline_tests.normalize.lanes import by_url
from clarity_pipeline_tests.normalize.sent import AVERAGES, EVENTS, A, B

COUNTS = [column for columns in EVENTS.values() for column in columns]


def test_a_bot_only_row_has_counts_of_zero_and_no_averages():
    row = by_url(envelope(page(A, sessions=5), page(B, sessions=0, bots=2, users=0)))[B]
    assert (row["sessions"], row["bot_sessions"], row["distinct_users"]) == (0, 2, 0)
    assert {row[column] for column in COUNTS} == {0}
    assert {row[column] for column in AVERAGES} == {None}


def test_an_average_that_was_sent_for_no_session_is_null():
    sent = envelope(page(None, sessions=0, users=1))
    rows(sent, "Traffic")[0]["pagesPerSessionPercentage"] = 1
    assert by_url(sent)[None]["pages_per_session"] is None


def test_the_row_of_the_null_url_is_kept_with_a_null_url():
    rows_by_url = by_url(envelope(page(A), page(None, sessions=0, users=2)))
    assert (rows_by_url[None]["distinct_users"], rows_by_url[None]["url"]) == (2, None)
    assert rows_by_url[None]["dimension_hash"] == dimension_hash({"url": None, "device": "PC"})


@pytest.mark.parametrize("metric", NINE)
def test_what_a_missing_metric_would_have_said_is_null_and_not_zero(metric: str):
    complete = by_url(envelope(page(A, sessions=5), page(B, sessions=0, bots=1)))
    sent = [group for group in envelope(page(A, sessions=5), page(B, sessions=0, bots=1)) if group["metricName"] != metric]
    incomplete = by_url(sent)
    expected = dict(complete[A])
    for measure in MEASURES:
        if measure.group == metric:
            expected[measure.column] = None
    del expected["raw_payload"]
    assert {name: incomplete[A][name] for name in expected} == expected
    if metric != "Traffic":
        assert incomplete[B]["dead_clicks"] == 0


def test_a_friction_row_that_a_cut_took_is_null_although_there_were_sessions():
    sent = envelope(page(A, sessions=5), page(B, sessions=5, events={"DeadClickCount": (1, 1)}))
    del rows(sent, "DeadClickCount")[0]
    assert (by_url(sent)[A]["dead_clicks"], by_url(sent)[A]["rage_clicks"], by_url(sent)[B]["dead_clicks"]) == (None, 0, 1)


def test_averages_of_a_tuple_that_traffic_lost_are_weighted_by_its_friction_rows():
    sent = envelope(page(f"{A}?1", sessions=9, scroll=10), page(f"{A}?2", sessions=1, scroll=90))
    rows(sent, "Traffic").clear()
    row = by_url(sent)[A]
    assert (row["sessions"], row["pages_per_session"]) == (None, None)
    assert row["scroll_depth"] == pytest.approx((10 * 9 + 90) / 10)
    assert row["dead_clicks"] == 0


def test_averages_without_any_count_of_sessions_are_still_averages():
    sent = [
        group for group in envelope(page(f"{A}?1", scroll=10), page(f"{A}?2", scroll=30)) if group["metricName"] == "ScrollDepth"
    ]
    assert by_url(sent)[A]["scroll_depth"] == 20


@pytest.mark.parametrize(
    ("sessions", "share", "affected"), [(85, 8.24, 7), (54, 7.41, 4), (187, 6.42, 12), (6, 16.67, 1), (3, 0, 0), (7, 100, 7)]
)
def test_affected_sessions_are_whole_again_from_a_rounded_share(sessions: int, share: float, affected: int):
    sent = envelope(page(A, sessions=sessions))
    rows(sent, "RageClickCount")[0]["sessionsWithMetricPercentage"] = share
    assert by_url(sent)[A]["rage_click_sessions"] == affected


def test_affected_sessions_are_rounded_before_they_are_added():
    sent = envelope(*(page(f"{A}?{number}", sessions=3, events={"DeadClickCount": (1, 1)}) for number in range(300)))
    assert by_url(sent)[A]["dead_click_sessions"] == 300


def test_an_average_of_one_raw_tuple_is_kept_to_the_last_digit():
    sent = envelope(page(A, sessions=11, pages=7.333333333333333, scroll=2.94))
    assert (by_url(sent)[A]["pages_per_session"], by_url(sent)[A]["scroll_depth"]) == (7.333333333333333, 2.94)
