"""The whole site's numbers beside the visits of its pages: hand-made days, and six real ones where a folder of them is named."""

import json
import os
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from clarity_pipeline.clarity.answer import parse
from clarity_pipeline.clarity.dimensions import DIMENSIONS, TOTALS, Slice
from clarity_pipeline.normalize.normalize import normalize
from clarity_pipeline.rules.language.metric import METRICS
from clarity_pipeline.warehouse.marts import MARTS, refresh
from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline_tests.normalize.lanes import lane
from clarity_pipeline_tests.warehouse.lanes import DAY, load, put, rows_of

REAL = Path(os.environ.get("CLARITY_PAYLOADS_DIR", "nowhere")) / "analytics_hub_2026.json"
HOME, BASKET = "https://shop.example/", "https://shop.example/basket"
PAGES = [
    {
        "url": HOME,
        "device": "PC",
        "sessions": 60,
        "total_time_ms": 30_000,
        "engagement_time_ms": 12_000,
        "pages_per_session": 3.0,
    },
    {
        "url": HOME,
        "device": "Mobile",
        "sessions": 20,
        "total_time_ms": 10_000,
        "engagement_time_ms": 6_000,
        "pages_per_session": 2.0,
    },
    {
        "url": BASKET,
        "device": "PC",
        "sessions": 40,
        "total_time_ms": 50_000,
        "engagement_time_ms": 20_000,
        "pages_per_session": 4.0,
    },
    {"url": None, "device": None, "sessions": 0, "distinct_users": 7},
]
"""80 sessions of which 40 saw both pages: (60 x 30 + 20 x 10 + 40 x 50) / 80 = 50 s, of which active are
(60 x 12 + 20 x 6 + 40 x 20) / 80 = 20.5 s."""
SITE = {"sessions": 80, "distinct_users": 70, "pages_per_session": 2.75, "total_time_ms": 49_000, "engagement_time_ms": 21_000}


def put_day(warehouse: Warehouse, *, site: dict[str, Any] | None, pages: list[dict[str, Any]] = PAGES, day: date = DAY) -> None:
    load(warehouse, pages, day=day)
    if site is not None:
        load(warehouse, [site], day=day, slice_name="totals")
    summed(warehouse, day)


def summed(warehouse: Warehouse, day: date) -> None:
    with warehouse.connect() as connection:
        refresh(connection, list(MARTS.values()), business_id="acme", date=day)


def one(warehouse: Warehouse, query: str) -> dict[str, Any]:
    with warehouse.connect() as connection:
        (row,) = connection.sql(query).to_arrow_table().to_pylist()
    return row


def week(macro: str, *, last: date = DAY) -> str:
    return f"from {macro}('acme', date '{last - timedelta(days=6)}', date '{last}')"


def test_a_site_day_has_what_clarity_says_of_sessions_and_what_their_visits_add_up_to(warehouse: Warehouse) -> None:
    put_day(warehouse, site=SITE)
    found = one(warehouse, "from site_day")
    assert {name: found[name] for name in SITE} == SITE
    assert (found["total_time_by_pages_ms"], found["engagement_time_by_pages_ms"]) == (50_000, 20_500)
    visits = one(warehouse, "from business_day")
    assert (visits["sessions"], visits["total_time_ms"]) == (120, pytest.approx(4_000_000 / 120))


def test_a_time_that_the_totals_lack_is_what_the_visits_add_up_to(warehouse: Warehouse) -> None:
    put_day(warehouse, site={**SITE, "total_time_ms": None, "engagement_time_ms": None})
    found = one(warehouse, "from site_day")
    assert (found["total_time_ms"], found["engagement_time_ms"], found["engagement_time_sessions"]) == (50_000, 20_500, 80)
    assert one(warehouse, week("site_behavioral_aggregates"))["clarity_site_engagement_time_ms"] == 20_500


@pytest.mark.parametrize(
    "pages",
    [
        [{**PAGES[0], "truncated": True}, *PAGES[1:]],
        [{**PAGES[0], "total_time_ms": None, "engagement_time_ms": None}, *PAGES[1:]],
        [{**page, "quality": "recovered"} for page in PAGES],
        [],
    ],
    ids=["cut at the cap", "a visit without a time", "another window than the totals'", "not loaded"],
)
def test_visits_that_are_not_all_of_them_add_up_to_nothing(warehouse: Warehouse, pages: list[dict[str, Any]]) -> None:
    put_day(warehouse, site={**SITE, "total_time_ms": None}, pages=pages)
    found = one(warehouse, "from site_day")
    assert (found["total_time_ms"], found["total_time_by_pages_ms"], found["total_time_sessions"]) == (None, None, None)


def test_pages_per_session_is_of_a_page_or_of_the_site_and_never_a_mean_over_pages(warehouse: Warehouse) -> None:
    put_day(warehouse, site=SITE)
    over_pages = [name for name, mart in MARTS.items() if mart.slice_name == "url_device" and name != "url_day"]
    assert over_pages == ["business_day", "host_day", "device_day"]
    for mart in over_pages:
        assert rows_of(warehouse, f"select distinct pages_per_session from {mart}") == [(None,)]
    of_pages = dict(rows_of(warehouse, "select url, pages_per_session from url_day"))
    assert of_pages == {HOME: (60 * 3 + 20 * 2) / 80, BASKET: 4, None: None}
    assert rows_of(warehouse, "select pages_per_session from site_day") == [(2.75,)]


def test_four_days_of_seven_do_not_look_like_seven(warehouse: Warehouse) -> None:
    for back in range(4):
        put_day(warehouse, site=SITE if back < 2 else None, day=DAY - timedelta(days=back))
    load(warehouse, [{**PAGES[0], "quality": "shifted", "coverage": 0.757, "truncated": True}], day=DAY)
    summed(warehouse, DAY)
    behind = {"days": 7, "days_with_data": 4, "quality": "shifted", "truncated": True}
    found = one(warehouse, week("business_behavioral_aggregates"))
    assert (found["clarity_sessions"], found["coverage"]) == (60 + 3 * 120, pytest.approx(0.9965, abs=1e-4))
    assert {name: found[name] for name in behind} == behind
    of_basket = one(warehouse, f"{week('url_behavioral_aggregates')} where url = '{BASKET}'")
    assert (of_basket["clarity_sessions"], of_basket["days"], of_basket["days_with_data"]) == (3 * 40, 7, 4)
    of_site = one(warehouse, week("site_behavioral_aggregates"))
    assert (of_site["clarity_site_sessions"], of_site["days"], of_site["days_with_data"]) == (160, 7, 2)
    assert (of_site["quality"], of_site["truncated"]) == ("aligned", False)


def test_findings_of_the_slice_and_the_dates_are_counted_but_for_information(warehouse: Warehouse) -> None:
    put_day(warehouse, site=SITE)
    asked = "insert into clarity_findings values ('acme', $day, $slice, null, 'made_up', $severity, null, $day, 1)"
    with warehouse.connect() as connection:
        for day, slice_name, severity in (
            (DAY, "url_device", "error"),
            (DAY - timedelta(days=1), "url_device", "warning"),
            (DAY, "url_device", "info"),
            (DAY - timedelta(days=7), "url_device", "error"),
            (DAY, "totals", "warning"),
        ):
            connection.execute(asked, {"day": day, "slice": slice_name, "severity": severity})
    found = {macro: one(warehouse, week(f"{macro}_behavioral_aggregates"))["findings"] for macro in ("business", "site")}
    assert found == {"business": 2, "site": 1}


def test_a_day_without_a_visit_is_a_day_with_data(warehouse: Warehouse) -> None:
    put_day(warehouse, site=None)
    load(warehouse, [], day=DAY - timedelta(days=1))
    assert one(warehouse, week("business_behavioral_aggregates"))["days_with_data"] == 2


def test_the_macro_and_the_rules_give_the_same_names_to_a_site(warehouse: Warehouse) -> None:
    put_day(warehouse, site=SITE)
    found = one(warehouse, week("site_behavioral_aggregates"))
    named = {name for name in found if name.startswith("clarity_site_")}
    assert len(named) == 13
    assert named < METRICS.keys()
    assert found["clarity_site_distinct_users"] == 70


@pytest.mark.skipif(not REAL.exists(), reason="CLARITY_PAYLOADS_DIR names no folder with that answer")
def test_six_real_days_by_page_add_up_to_the_second_to_what_the_site_itself_says(warehouse: Warehouse) -> None:
    answers = json.loads(REAL.read_text())
    by_url = answers["snapshotsByUrl"]
    assert len(by_url) == 6
    for text, sent in by_url.items():
        day = date.fromisoformat(text)
        for asked, said in ((Slice("url_device", (DIMENSIONS["url"],)), sent), (TOTALS, answers["snapshots"][text])):
            put_answer(warehouse, said, asked=asked, day=day)
        summed(warehouse, day)
        found = one(warehouse, f"from site_day where date = '{day}'")
        for name in ("engagement_time", "total_time"):
            assert abs(found[f"{name}_by_pages_ms"] - found[f"{name}_ms"]) < 1000, (day, name)  # the wire has whole seconds
    site, visits = (one(warehouse, f"from {mart} where date = '2026-08-01'") for mart in ("site_day", "business_day"))
    assert (site["sessions"], site["distinct_users"]) == (931, 710)
    assert (site["engagement_time_ms"], site["total_time_ms"]) == (97_000, 396_000)
    assert round(site["total_time_by_pages_ms"] / 1000, 2) == 396.07
    assert (visits["sessions"], visits["distinct_users"], round(visits["engagement_time_ms"] / 1000)) == (1122, 945, 80)
    week_of_site = one(warehouse, week("site_behavioral_aggregates", last=date(2026, 8, 4)))
    assert (week_of_site["clarity_site_sessions"], week_of_site["days"], week_of_site["days_with_data"]) == (3898, 7, 6)


def put_answer(warehouse: Warehouse, sent: list[dict[str, Any]], *, asked: Slice, day: date) -> None:
    answer = parse(json.dumps(sent).encode(), asked=asked)
    about = {"business_id": "acme", "date": day}
    made = replace(lane(asked=asked), **about)
    put(
        warehouse,
        normalize(answer, lane=made),
        slice_name=asked.name,
        window_start=made.window_start,
        window_end=made.window_end,
        answer_sha256="0" * 64,
        loaded_at=made.loaded_at,
        **about,
    )
