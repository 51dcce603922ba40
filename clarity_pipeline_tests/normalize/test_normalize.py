import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clarity_pipeline.clarity.dimensions import ROW_CAP, SLICES, TOTALS
from clarity_pipeline.clarity.errors import AnswerMalformed
from clarity_pipeline.clarity.measures import MEASURES
from clarity_pipeline.normalize.columns import DAILY_METRICS_SCHEMA
from clarity_pipeline.normalize.dimension_hash import dimension_hash
from clarity_pipeline_tests.clarity.made_up import FRICTION, NINE, Seen, envelope, page, rows
from clarity_pipeline_tests.normalize.lanes import FETCHED_AT, LOADED_AT, by_url, loaded, table

A, B, C = "https://shop.example/a", "https://shop.example/b", "https://shop.example/c"

EVENTS = {
    "DeadClickCount": ("dead_clicks", "dead_click_sessions"),
    "RageClickCount": ("rage_clicks", "rage_click_sessions"),
    "ExcessiveScroll": ("excessive_scroll", "excessive_scroll_sessions"),
    "QuickbackClick": ("quick_backs", "quick_back_sessions"),
    "ScriptErrorCount": ("script_errors", "script_error_sessions"),
    "ErrorClickCount": ("error_clicks", "error_click_sessions"),
}
AVERAGES = ("pages_per_session", "scroll_depth", "engagement_time_ms", "total_time_ms")
COUNTS = [column for columns in EVENTS.values() for column in columns]


def test_the_columns_are_the_table_of_the_public_surface_in_its_order():
    assert " ".join(DAILY_METRICS_SCHEMA.names) == (
        "business_id date slice dimension_hash url device country source medium campaign channel browser os"
        " sessions bot_sessions distinct_users pages_per_session scroll_depth engagement_time_ms total_time_ms"
        " dead_clicks rage_clicks excessive_scroll quick_backs script_errors error_clicks"
        " dead_click_sessions rage_click_sessions excessive_scroll_sessions quick_back_sessions script_error_sessions"
        " error_click_sessions raw_payload window_start window_end fetched_at loaded_at quality coverage truncated rows_merged"
    )
    assert {name for name in DAILY_METRICS_SCHEMA.names if DAILY_METRICS_SCHEMA.field(name).type == pa.float64()} == {
        "pages_per_session",
        "scroll_depth",
        "coverage",
    }


def test_metrics_are_joined_by_key_whatever_the_order_of_their_rows():
    events = {metric: (number, 10 * number) for number, metric in enumerate(FRICTION, start=1)}
    seen = [
        page(A, sessions=10, bots=2, users=8, pages=2.5, scroll=33.3, active=12, total=40, events=events),
        page(B, sessions=20, users=19, pages=1.25, scroll=99.9, active=7, total=8),
        page(C, sessions=30, users=1, scroll=1.0),
    ]
    rows_by_url = by_url(envelope(*seen))
    assert list(rows_by_url) == [A, B, C]
    row = rows_by_url[A]
    assert {name: row[name] for name in ("sessions", "bot_sessions", "distinct_users", *AVERAGES)} == {
        "sessions": 10,
        "bot_sessions": 2,
        "distinct_users": 8,
        "pages_per_session": 2.5,
        "scroll_depth": 33.3,
        "engagement_time_ms": 12_000,
        "total_time_ms": 40_000,
    }
    for number, metric in enumerate(FRICTION, start=1):
        assert (row[EVENTS[metric][1]], row[EVENTS[metric][0]]) == (number, 10 * number)
    assert (rows_by_url[B]["scroll_depth"], rows_by_url[B]["dead_clicks"], rows_by_url[B]["engagement_time_ms"]) == (
        99.9,
        0,
        7000,
    )
    assert (rows_by_url[C]["sessions"], rows_by_url[C]["scroll_depth"]) == (30, 1.0)


def test_a_row_says_whose_it_is_and_what_its_answer_covers():
    (row,) = loaded(envelope(page(A)), asked=SLICES["url_device"])
    assert (row["business_id"], row["date"], row["slice"]) == ("shop", date(2026, 11, 1), "url_device")
    assert row["dimension_hash"] == dimension_hash({"url": A, "device": "PC"})
    assert (row["url"], row["device"]) == (A, "PC")
    assert {row[name] for name in ("country", "source", "medium", "campaign", "channel", "browser", "os")} == {None}
    assert row["window_start"] == datetime(2026, 11, 1, 0, 5, tzinfo=UTC)
    assert row["window_end"] == row["fetched_at"] == FETCHED_AT
    assert row["loaded_at"] == LOADED_AT
    assert (row["quality"], row["truncated"], row["rows_merged"]) == ("aligned", False, 1)
    assert row["coverage"] == pytest.approx(0.99653, abs=1e-5)


def test_a_late_answer_is_marked_shifted():
    (row,) = loaded(envelope(page(A)), fetched_at=datetime(2026, 11, 2, 5, 50, tzinfo=UTC))
    assert row["quality"] == "shifted"
    assert row["coverage"] == pytest.approx(0.757, abs=1e-3)


@pytest.mark.parametrize("asked", [each for each in SLICES.values() if each.dimensions])
def test_every_slice_fills_its_own_dimensions_as_sent(asked: Any):
    at = {dimension.row_key: f" Some {dimension.name}?#x " for dimension in asked.dimensions}
    (row,) = loaded(envelope(Seen(at=at)), asked=asked)
    assert row["url"] == "Some url"
    for name in asked.dimension_names[1:]:
        assert row[name] == f" Some {name}?#x "


def test_variants_of_a_page_become_one_row():
    sent = envelope(
        page(
            f"{A}?fbclid=1",
            sessions=30,
            bots=1,
            users=20,
            pages=2,
            scroll=80,
            active=5,
            total=6,
            events={"DeadClickCount": (3, 7)},
        ),
        page(
            f"{A}/?fbclid=2",
            sessions=10,
            bots=2,
            users=9,
            pages=6,
            scroll=20,
            active=10,
            total=11,
            events={"DeadClickCount": (1, 2)},
        ),
        page(f"{A}#top", sessions=0, bots=4, users=0),
        page(f"{A}?fbclid=1", device="Mobile", sessions=1),
    )
    desktop, mobile = loaded(sent)
    assert (desktop["url"], desktop["device"], desktop["rows_merged"]) == (A, "PC", 3)
    assert (mobile["url"], mobile["device"], mobile["rows_merged"]) == (A, "Mobile", 1)
    assert (desktop["sessions"], desktop["bot_sessions"], desktop["distinct_users"]) == (40, 7, 29)
    assert (desktop["dead_clicks"], desktop["dead_click_sessions"]) == (9, 4)
    assert desktop["pages_per_session"] == pytest.approx((2 * 30 + 6 * 10) / 40)
    assert desktop["scroll_depth"] == pytest.approx((80 * 30 + 20 * 10) / 40)
    assert (desktop["engagement_time_ms"], desktop["total_time_ms"]) == (6250, 7250)


def test_a_kept_parameter_keeps_rows_apart():
    sent = envelope(page(f"{A}?id=1&x=1"), page(f"{A}?id=2&x=1"), page(f"{A}?id=2&x=2"))
    assert {url: row["rows_merged"] for url, row in by_url(sent, kept=("id",)).items()} == {f"{A}?id=1": 1, f"{A}?id=2": 2}
    assert {url: row["rows_merged"] for url, row in by_url(sent).items()} == {A: 3}


def test_the_same_raw_tuple_twice_in_a_metric_folds():
    (row,) = loaded(envelope(page(A, sessions=3, scroll=40), page(A, sessions=1, scroll=60)))
    assert (row["rows_merged"], row["sessions"]) == (2, 4)
    assert row["scroll_depth"] == 50  # nothing says which of the two rows has three sessions
    assert row["pages_per_session"] == 1.5


def test_a_twice_sent_tuple_weighs_no_more_than_its_sessions():
    (row,) = loaded(
        envelope(page(A, sessions=1, scroll=40), page(A, sessions=1, scroll=60), page(f"{A}/", sessions=6, scroll=10))
    )
    assert row["scroll_depth"] == pytest.approx((50 * 2 + 10 * 6) / 8)


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


@pytest.mark.parametrize(("count", "truncated"), [(ROW_CAP - 1, {False}), (ROW_CAP, {True})])
def test_a_lane_cut_at_the_cap_is_marked_truncated_in_every_row(count: int, truncated: set[bool]):
    sent = envelope(page(B, sessions=0), *(page(f"{A}/{number}?x={number}") for number in range(count)))
    rows(sent, "Traffic").pop()
    assert {row["truncated"] for row in loaded(sent)} == truncated


@pytest.mark.parametrize("sent", [[], [{"metricName": metric, "information": []} for metric in NINE]])
def test_a_day_without_visits_is_a_table_without_rows(sent: object):
    assert table(sent).num_rows == 0
    assert table(sent).schema == DAILY_METRICS_SCHEMA


def test_counts_that_add_up_to_more_than_a_column_holds_are_refused_and_the_largest_one_is_not():
    sent = envelope(page(f"{A}?1"), page(f"{A}?2"))
    for row in rows(sent, "DeadClickCount"):
        row["subTotal"] = 2**63 - 1
    with pytest.raises(AnswerMalformed, match="add up"):
        loaded(sent)
    rows(sent, "DeadClickCount")[0]["subTotal"] = 0
    assert by_url(sent)[A]["dead_clicks"] == 2**63 - 1
    rows(sent, "EngagementTime")[0]["activeTime"] = 2**63 - 1
    with pytest.raises(AnswerMalformed, match="add up"):
        loaded(sent)


def test_the_totals_of_a_site_become_one_row():
    sent = envelope(Seen(at={}, sessions=85, bots=34, events={"ScriptErrorCount": (13, 30)}))
    sent += [
        {
            "metricName": "Browser",
            "information": [{"name": "Chrome", "sessionsCount": 78}, {"name": "Safari", "sessionsCount": 7}],
        },
        {"metricName": "ReferrerUrl", "information": [{"name": "https://l.example/?u=SECRET", "sessionsCount": 44}]},
        {"metricName": "PopularPages", "information": [{"url": "/a?mail=SECRET", "visitsCount": 42}]},
    ]
    (row,) = loaded(sent, asked=TOTALS)
    assert (row["url"], row["device"], row["sessions"], row["script_errors"]) == (None, None, 85, 30)
    assert (row["script_error_sessions"], row["rows_merged"], row["slice"]) == (13, 1, "totals")
    payload = json.loads(row["raw_payload"])
    assert [each["name"] for each in payload["Browser"]] == ["Chrome", "Safari"]
    assert payload["PopularPages"] == [{"url": "/a?mail=***", "visitsCount": 42}]
    assert "SECRET" not in row["raw_payload"]


# raw_payload


def test_the_payload_holds_the_raw_rows_of_the_tuple_by_metric():
    sent = envelope(page(A, sessions=4, events={"DeadClickCount": (1, 5)}), page(B, sessions=0, bots=1), as_strings=True)
    rows(sent, "Traffic")[0]["a new %s field"] = {"of": [True, None, '100 % "new"']}
    sent.append(
        {
            "metricName": "HoverCount",
            "information": [{"hovers": 3, "Url": A, "Device": "PC"}, {"hovers": 1, "Url": C, "Device": "PC"}],
        }
    )
    sent.append({"metricName": "SiteScore", "information": [{"score": 99}]})
    found = {url: json.loads(row["raw_payload"]) for url, row in by_url(sent).items()}
    assert set(found) == {A, B}
    assert found[A] == {
        group["metricName"]: [row for row in group["information"] if row.get("Url") == A]
        for group in sent
        if group["metricName"] != "SiteScore"
    }
    assert found[B] == {"Traffic": [row for row in rows(sent, "Traffic") if row["Url"] == B]}


def test_the_payload_masks_whatever_could_name_a_visitor():
    sent = envelope(page("https://anna:SECRET@shop.example/a?utm_source=SECRET&id=7&SECRET#SECRET", sessions=2))
    rows(sent, "Traffic")[0]["landing"] = ["https://shop.example/?mail=SECRET"]
    (row,) = loaded(sent, kept=("id",))
    assert "SECRET" not in str(row)
    payload = json.loads(row["raw_payload"])
    assert payload["Traffic"][0]["Url"] == "https://***@shop.example/a?utm_source=***&id=7&***#***"
    assert payload["Traffic"][0]["landing"] == ["https://shop.example/?mail=***"]
    assert row["url"] == "https://shop.example/a?id=7"


# What was sent is what is there.

URLS = st.sampled_from(
    [
        None,
        "",
        "https://Electron",
        A,
        f"{A}/",
        f"{A}?fbclid=1",
        f"{A}?fbclid=2",
        f"{A}/index.html#x",
        B,
        f"{B}?id=1",
        "http://shop.example/b",
    ]
)
COUNT = st.integers(0, 10**6)


@st.composite
def seen(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Seen:
    sessions = draw(st.integers(0, 5000))
    events = {metric: (draw(st.integers(0, sessions)), draw(COUNT)) for metric in draw(st.sets(st.sampled_from(FRICTION)))}
    return page(
        draw(URLS),
        draw(st.sampled_from(["PC", "Mobile", None])),
        sessions=sessions,
        bots=draw(COUNT),
        users=draw(COUNT),
        pages=draw(st.floats(1, 50)),
        scroll=draw(st.floats(0, 100)),
        active=draw(st.integers(0, 10**5)),
        total=draw(st.integers(0, 10**5)),
        events=events,
    )


@settings(max_examples=120, deadline=None)
@given(st.lists(seen(), max_size=12), st.booleans())
def test_sums_are_conserved_from_the_wire_to_the_rows_and_their_payloads(sent_tuples: list[Seen], as_strings: bool):
    sent = envelope(*sent_tuples, as_strings=as_strings)
    found = loaded(sent)
    payloads = [json.loads(row["raw_payload"]) for row in found]

    def sent_sum(metric: str, field: str) -> int:
        return sum(int(row[field]) for row in rows(sent, metric))

    def kept_sum(metric: str, field: str) -> int:
        return sum(int(row[field]) for payload in payloads for row in payload.get(metric, []))

    def loaded_sum(column: str) -> int:
        return sum(row[column] for row in found)

    fields = [(column, metric, "subTotal") for metric, (column, _) in EVENTS.items()]
    fields += [("sessions", "Traffic", "totalSessionCount"), ("bot_sessions", "Traffic", "totalBotSessionCount")]
    fields += [("distinct_users", "Traffic", "distinctUserCount")]
    for column, metric, field in fields:
        assert loaded_sum(column) == sent_sum(metric, field) == kept_sum(metric, field)
    for metric, (_, affected) in EVENTS.items():
        assert loaded_sum(affected) == sum(each.events.get(metric, (0, 0))[0] for each in sent_tuples if each.sessions)

    assert loaded_sum("rows_merged") == len(sent_tuples)
    assert len({row["dimension_hash"] for row in found}) == len(found) == len({(row["url"], row["device"]) for row in found})
    for column in ("pages_per_session", "scroll_depth"):
        weighed = sum(row[column] * row["sessions"] for row in found if row[column] is not None)
        attribute = "pages" if column == "pages_per_session" else "scroll"
        if column == "pages_per_session" or len({tuple(each.at.values()) for each in sent_tuples}) == len(sent_tuples):
            assert weighed == pytest.approx(sum(getattr(each, attribute) * each.sessions for each in sent_tuples), rel=1e-9)


@settings(max_examples=50, deadline=None)
@given(st.lists(seen(), max_size=8), st.randoms())
def test_the_order_of_what_is_sent_changes_no_row(sent_tuples: list[Seen], random: Any):
    sent = envelope(*sent_tuples)
    expected = {row["dimension_hash"]: row for row in loaded(sent)}
    for group in sent:
        random.shuffle(group["information"])
    random.shuffle(sent)
    for row in loaded(sent):
        for name, value in expected[row["dimension_hash"]].items():
            if name != "raw_payload":
                assert row[name] == (pytest.approx(value) if name in ("pages_per_session", "scroll_depth") else value), name
