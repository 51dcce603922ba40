from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from clarity_pipeline.rules.language.metric import TEN
from clarity_pipeline.warehouse.published.file import publish
from clarity_pipeline.warehouse.rows import named
from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline_tests.warehouse.lanes import DAY, load

FROM = DAY - timedelta(days=6)
PAGE = "https://shop.example/"

BEHIND = ("days", "days_with_data", "quality", "coverage", "truncated", "findings")
NOTHING = {**dict.fromkeys(TEN), **dict(zip(BEHIND, (7, 0, None, None, None, 0), strict=True))}
TWO_OF_SEVEN = dict(zip(BEHIND, (7, 2, "aligned", pytest.approx(0.9965, abs=1e-4), False, 0), strict=True))
ACME = {
    "clarity_sessions": 10,
    "clarity_rage_clicks": 3,
    "clarity_dead_clicks": 5,
    "clarity_excessive_scroll": 2,
    "clarity_quick_backs": 1,
    "clarity_rage_click_rate": 0.3,
    "clarity_dead_click_rate": 0.5,
    "clarity_quick_back_rate": 0.1,
    "clarity_scroll_depth": (8 * 50 + 1 * 20) / 9,
    "clarity_engagement_time_ms": (8 * 3000 + 2 * 1000) / 10,
    **TWO_OF_SEVEN,
}


@pytest.fixture
def week(warehouse: Warehouse) -> Warehouse:
    first = {"url": PAGE, "sessions": 8, "rage_clicks": 3, "dead_clicks": 5, "excessive_scroll": 2, "quick_backs": 1}
    bots = {
        "url": None,
        "sessions": 0,
        "bot_sessions": 9,
        "rage_clicks": 0,
        "dead_clicks": 0,
        "excessive_scroll": 0,
        "quick_backs": 0,
    }
    load(warehouse, [{**first, "scroll_depth": 50.0, "engagement_time_ms": 3000}, bots], day=FROM)
    quiet = {
        "sessions": 1,
        "rage_clicks": 0,
        "dead_clicks": 0,
        "excessive_scroll": 0,
        "quick_backs": 0,
        "engagement_time_ms": 1000,
    }
    load(warehouse, [{**quiet, "url": PAGE, "scroll_depth": 20.0}, {**quiet, "url": f"{PAGE}b"}])
    load(warehouse, [{"sessions": 10, "rage_clicks": 99}], slice_name="url_source")
    for outside in (FROM - timedelta(days=1), DAY + timedelta(days=1)):
        load(warehouse, [{"sessions": 1000, "rage_clicks": 1000, "url": PAGE}], day=outside)
    load(warehouse, [bots], business_id="only_bots")
    return warehouse


def macro(copy: Path, call: str, business: str, from_date: date, to_date: date) -> list[dict[str, object]]:
    with duckdb.connect(copy, read_only=True) as connection:
        found = connection.sql(f"from {call}($business, $from_date, $to_date)", params=locals_of(business, from_date, to_date))
        return found.to_arrow_table().to_pylist()


def locals_of(business: str, from_date: date, to_date: date) -> dict[str, object]:
    return {"business": business, "from_date": from_date, "to_date": to_date}


def test_the_macros_say_the_same_in_the_published_copy_under_any_name(week: Warehouse, tmp_path: Path) -> None:
    copy = publish(week, tmp_path / "what the analyst likes.db").path
    (business,) = macro(copy, "business_behavioral_aggregates", "acme", FROM, DAY)
    assert list(business) == [*TEN, *BEHIND]
    assert business == {name: value if name in BEHIND else pytest.approx(value) for name, value in ACME.items()}
    assert macro(copy, "business_behavioral_aggregates", "unknown", FROM, DAY) == [NOTHING]
    pages = {page.pop("url"): page for page in macro(copy, "url_behavioral_aggregates", "acme", FROM, DAY)}
    assert {page: metrics["clarity_sessions"] for page, metrics in pages.items()} == {PAGE: 9, f"{PAGE}b": 1, None: 0}
    assert list(pages[PAGE]) == [*TEN, *BEHIND]
    assert {name: pages[f"{PAGE}b"][name] for name in BEHIND} == TWO_OF_SEVEN
    assert pages[f"{PAGE}b"]["clarity_scroll_depth"] is None
    assert macro(copy, "url_behavioral_aggregates", "unknown", FROM, DAY) == []


def test_a_business_of_bots_alone_has_no_rates_and_no_averages(week: Warehouse, tmp_path: Path) -> None:
    copy = publish(week, tmp_path / "copy.duckdb").path
    assert macro(copy, "business_behavioral_aggregates", "only_bots", FROM, DAY) == [
        {
            **NOTHING,
            **TWO_OF_SEVEN,
            "days_with_data": 1,
            **dict.fromkeys(["clarity_sessions", "clarity_rage_clicks", "clarity_dead_clicks"], 0),
            **dict.fromkeys(["clarity_excessive_scroll", "clarity_quick_backs"], 0),
        }
    ]


def test_both_ends_of_the_dates_are_included(week: Warehouse, tmp_path: Path) -> None:
    copy = publish(week, tmp_path / "copy.duckdb").path
    (one_day,) = macro(copy, "business_behavioral_aggregates", "acme", DAY, DAY)
    assert one_day["clarity_sessions"] == 2


def test_a_number_that_cannot_be_is_left_out_of_the_macros_with_its_sessions_in_a_rate(warehouse: Warehouse) -> None:
    good = {"sessions": 100, "rage_clicks": 7, "dead_clicks": 5, "scroll_depth": 40.0}
    load(warehouse, [good, {"sessions": 10, "rage_clicks": -30, "dead_clicks": 5, "scroll_depth": 130.0}])
    with warehouse.connect() as connection:
        span = {"day": DAY}
        (row,) = named(connection.execute("from business_behavioral_aggregates('acme', $day, $day)", span))
    assert (row["clarity_sessions"], row["clarity_rage_clicks"], row["clarity_dead_clicks"]) == (110, 7, 10)
    assert (row["clarity_rage_click_rate"], row["clarity_dead_click_rate"]) == (7 / 100, 10 / 110)
    assert row["clarity_scroll_depth"] == 40.0


def test_a_number_that_did_not_come_for_a_page_takes_its_sessions_out_of_the_rate(warehouse: Warehouse) -> None:
    load(warehouse, [{"sessions": 100, "rage_clicks": 7}, {"sessions": 300, "rage_clicks": None}])
    with warehouse.connect() as connection:
        (row,) = named(connection.execute("from business_behavioral_aggregates('acme', $day, $day)", {"day": DAY}))
    assert (row["clarity_sessions"], row["clarity_rage_click_rate"]) == (400, 7 / 100)
