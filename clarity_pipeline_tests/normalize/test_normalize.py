import json
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest

from clarity_pipeline.clarity.dimensions import ROW_CAP, SLICES, TOTALS
from clarity_pipeline.normalize.columns import DAILY_METRICS_SCHEMA
from clarity_pipeline.normalize.dimension_hash import dimension_hash
from clarity_pipeline_tests.clarity.made_up import FRICTION, NINE, Seen, envelope, page, rows
from clarity_pipeline_tests.normalize.lanes import FETCHED_AT, LOADED_AT, by_url, loaded, table
from clarity_pipeline_tests.normalize.sent import AVERAGES, EVENTS, A, B, C


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


@pytest.mark.parametrize(("count", "truncated"), [(ROW_CAP - 1, {False}), (ROW_CAP, {True})])
def test_a_lane_cut_at_the_cap_is_marked_truncated_in_every_row(count: int, truncated: set[bool]):
    sent = envelope(page(B, sessions=0), *(page(f"{A}/{number}?x={number}") for number in range(count)))
    rows(sent, "Traffic").pop()
    assert {row["truncated"] for row in loaded(sent)} == truncated


@pytest.mark.parametrize("sent", [[], [{"metricName": metric, "information": []} for metric in NINE]])
def test_a_day_without_visits_is_a_table_without_rows(sent: object):
    assert table(sent).num_rows == 0
    assert table(sent).schema == DAILY_METRICS_SCHEMA


def test_counts_that_add_up_to_more_than_a_column_holds_are_null_and_the_most_that_can_be_is_not():
    sent = envelope(page(f"{A}?1"), page(f"{A}?2"))
    for row in rows(sent, "DeadClickCount"):
        row["subTotal"] = 2**63 - 1
    assert (by_url(sent)[A]["dead_clicks"], by_url(sent)[A]["rage_clicks"]) == (None, 0)
    for row, most in zip(rows(sent, "DeadClickCount"), (0, 10**9), strict=True):
        row["subTotal"] = most
    assert by_url(sent)[A]["dead_clicks"] == 10**9
    rows(sent, "EngagementTime")[0]["activeTime"] = 2**63 - 1
    assert (by_url(sent)[A]["engagement_time_ms"], by_url(sent)[A]["total_time_ms"]) == (None, 20_000)


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
