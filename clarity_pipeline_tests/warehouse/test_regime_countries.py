"""Which countries are looked at day by day, and what rules read of a business without them: from the lane that has countries."""

from datetime import date, timedelta
from typing import Any

import pytest

from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.warehouse.marts import MARTS, refresh
from clarity_pipeline.warehouse.published.panel_copy import PanelCopy, regimes
from clarity_pipeline.warehouse.regime import all_events, country_dates, country_days, events, replace_events
from clarity_pipeline.warehouse.rule_days import COLUMNS, FACTS, page_shares, rest_days
from clarity_pipeline.warehouse.spellings import note_spellings
from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline_tests.warehouse.lanes import lane, load

START = date(2026, 10, 3)
LOST = START + timedelta(days=28)
HOME, SHOP = "https://a.example/", "https://a.example/shop"


def rows(country: str | None, home: tuple[int, float], shop: tuple[int, float]) -> list[dict[str, Any]]:
    """A country's visits of two pages: sessions, and pages a session."""
    return [
        {"url": url, "country": country, "sessions": sessions, "pages_per_session": pages, "dead_clicks": sessions}
        for url, (sessions, pages) in ((HOME, home), (SHOP, shop))
        if sessions
    ]


def day(number: int) -> list[dict[str, Any]]:
    is_lost = number >= 28
    turkey = rows("Türkiye" if number % 2 else "Turkey", (60, 1.0) if is_lost else (40, 3.0), (50, 1.0) if is_lost else (30, 3.0))
    return [*turkey, *rows("Kenya", (70, 2.5), (0, 0)), *rows(None, (5, 1.0), (0, 0))]


@pytest.fixture
def five_weeks(warehouse: Warehouse) -> Warehouse:
    for number in range(35):
        made, on = day(number), START + timedelta(days=number)
        load(warehouse, made, slice_name="url_country", day=on)
        with warehouse.connect(what="test") as connection:
            note_spellings(connection, lane(made, slice_name="url_country", day=on), business_id="acme")
            refresh(connection, [MARTS["country_day"]], business_id="acme", date=on)
    return warehouse


def looked_at(warehouse: Warehouse) -> list[dict[str, Any]]:
    with warehouse.connect() as connection:
        return country_days(connection, ["acme"], left=0.3, evidence=20.7, least_days=7)


def test_a_country_that_may_have_lost_consent_is_read_whole_in_one_spelling_and_others_are_not(five_weeks: Warehouse) -> None:
    found = looked_at(five_weeks)
    assert {row["country"] for row in found} == {"Turkey"}, "as the marts call it"
    assert len(found) == 35
    before, since = found[0], found[-1]
    assert {name: before[name] for name in ("date", "sessions", "surplus", "elsewhere", "elsewhere_surplus")} == {
        "date": START,
        "sessions": 70,
        "surplus": 140.0,
        "elsewhere": 30,
        "elsewhere_surplus": 60.0,
    }
    assert (since["sessions"], since["surplus"], since["elsewhere"]) == (110, 0.0, 50)
    with five_weeks.connect() as connection:
        dates = country_dates(connection, ["acme"])
    assert [(row["date"], row["sessions"]) for row in dates][:1] == [(START, 145)]
    assert len(dates) == 35


def test_days_that_were_asked_for_by_country_alone_are_not_compared(five_weeks: Warehouse) -> None:
    """They count visits, and their pages a session are not those of visits of pages."""
    with five_weeks.connect(what="test") as connection:
        connection.execute("update clarity_lane_loads set asked = 'country' where date >= $lost", {"lost": LOST})
        assert len(country_dates(connection, ["acme"])) == 28
        told = [*rest_days(connection, business_id="acme", countries=["Turkey"], from_date=LOST, to_date=LOST)]
    assert (looked_at(five_weeks), told) == ([], [])


def test_a_day_that_does_not_say_its_pages_is_no_day_of_single_pages(five_weeks: Warehouse) -> None:
    with five_weeks.connect(what="test") as connection:
        connection.execute("update clarity_daily_metrics set pages_per_session = null where date >= $lost", {"lost": LOST})
    assert looked_at(five_weeks) == []


def test_the_rest_of_a_business_is_without_every_spelling_of_the_countries_and_with_what_has_none(five_weeks: Warehouse) -> None:
    with five_weeks.connect() as connection:
        told = [*rest_days(connection, business_id="acme", countries=["Turkey"], from_date=START, to_date=LOST)]
        shares = page_shares(connection, business_id="acme", countries=["Turkey"], from_date=LOST, to_date=LOST)
    names = ("business_id", *FACTS, *COLUMNS)
    found = [dict(zip(names, row, strict=True)) for row in told]
    assert [row["date"] for row in found] == [START + timedelta(days=number) for number in range(29)]
    assert {(row["sessions"], row["dead_clicks"]) for row in found} == {(75, 75)}
    assert shares == {HOME: 60 / 135, SHOP: 1.0}


def test_an_event_comes_back_as_it_was_told_and_so_does_the_panels_copy(warehouse: Warehouse, state: StateDatabase) -> None:
    site = {"kind": "bot_share", "started_on": START, "ended_on": LOST, "seen": 0.5, "expected": 0.1, "evidence": "bots"}
    country = {
        **site,
        "kind": "consent_missing",
        "ended_on": None,
        "country": "Congo, Germany",
        "countries": ("Congo", "Germany"),
        "share_before": 0.4,
        "share_after": 0.64,
    }
    with warehouse.connect(what="test") as connection:
        replace_events(connection, {"acme": [site], "zeta": [country]}, told_by={"acme": "the test", "zeta": "the test"})
        (back,) = events(connection, ["zeta"])
        everybody = all_events(connection)
    assert {name: back[name] for name in country} == country
    (plain,) = [event for event in everybody if event["business_id"] == "acme"]
    assert (plain["country"], plain["countries"], plain["share_after"]) == (None, (), None)
    copy = PanelCopy(state, lambda: pytest.fail("no instant is kept of them"))
    of_zeta = {name: value for name, value in back.items() if name != "business_id"}
    copy.tell_regimes({"zeta": [of_zeta]})
    assert regimes(state, ["acme", "zeta"]) == {"zeta": [of_zeta]}
    copy.tell_regimes({})
    assert regimes(state, ["zeta"]) == {}
