"""From stored days to a cause that stands in what is kept and is told first."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from clarity_pipeline.alerts.inbox import alerts_at
from clarity_pipeline.alerts.listing import alert_in_full, list_alerts
from clarity_pipeline.day.evaluate import evaluate_business_days
from clarity_pipeline.home import Home
from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.warehouse import regime
from clarity_pipeline.warehouse.marts import MARTS, refresh
from clarity_pipeline_tests.rules.made_up import rule, threshold
from clarity_pipeline_tests.warehouse.lanes import load
from clarity_pipeline_tests.warehouse.test_entities import put as put_ads
from clarity_pipeline_tests.world import World

LAST = date(2026, 5, 3)
CART, CHECKOUT = "https://shop.example/cart", "https://shop.example/checkout"
QUIET = {(CART, "PC"): 40, (CART, "Mobile"): 40, (CHECKOUT, "PC"): 40, (CHECKOUT, "Mobile"): 40}


def put(home: Home, back: int, dead: Mapping[tuple[str, str], int]) -> None:
    day = LAST - timedelta(days=back)
    rows = [
        {
            "url": url,
            "device": device,
            "sessions": 1000,
            "dead_clicks": 2 * count,
            "dead_click_sessions": count + (0, 3, -2, 1, -3, 2, -1)[back % 7],
        }
        for (url, device), count in dead.items()
    ]
    loaded_at = datetime.combine(day, datetime.min.time(), tzinfo=UTC) + timedelta(days=1)
    load(home.warehouse, rows, day=day, loaded_at=loaded_at)
    with home.warehouse.connect() as connection:
        refresh(connection, list(MARTS.values()), business_id="acme", date=day)


def test_the_page_and_device_that_broke_are_the_first_fact_of_the_alert_and_stay_so(world: World) -> None:
    with world.home() as home:
        import_rules(home.state, clock=home.clock, rules=[rule({"spike": {"signal": "dead_click"}}, id="spike")])
        for back in range(1, 31):
            put(home, back, QUIET)
        put(home, 0, QUIET | {(CHECKOUT, "Mobile"): 320})
        evaluate_business_days(home, [("acme", LAST)])
        (alert,) = list_alerts(home.state)
        shown = alert_in_full(home.state, alert["id"], now=home.clock())
        label, said = shown["facts"][0]
        assert label == "Cause"
        assert said.startswith("Mostly one page: /checkout, on Mobile, carries 100 % (")
        assert "the mix of visitors explains 0 %" in said
        assert "280 visits more than at the rate of before" in said
        assert alert["id"] in alerts_at(home.state, "open", now=home.clock())


def test_a_rise_that_all_pages_share_has_no_culprit(world: World) -> None:
    with world.home() as home:
        import_rules(home.state, clock=home.clock, rules=[rule({"spike": {"signal": "dead_click"}}, id="spike")])
        for back in range(1, 31):
            put(home, back, QUIET)
        put(home, 0, {which: 3 * count for which, count in QUIET.items()})
        evaluate_business_days(home, [("acme", LAST)])
        (alert,) = list_alerts(home.state)
        _, said = alert_in_full(home.state, alert["id"], now=home.clock())["facts"][0]
        assert said.startswith("Everywhere alike")


def told(world: World, when: dict[str, Any], last: Mapping[tuple[str, str], int], *, before: Callable[[Home], None]) -> str:
    """The cause in words of an alert on the last of a month's days."""
    with world.home() as home:
        import_rules(home.state, clock=home.clock, rules=[rule(when)])
        for back in range(1, 31):
            put(home, back, QUIET)
        put(home, 0, last)
        before(home)
        evaluate_business_days(home, [("acme", LAST)])
        (alert,) = list_alerts(home.state)
        label, said = alert_in_full(home.state, alert["id"], now=home.clock())["facts"][0]
        assert label == "Cause"
        return str(said)


@pytest.mark.parametrize(
    ("ads", "said"),
    [
        ([{"spend": 100.5, "currency": "EUR"}, {"spend": 20.0, "currency": "EUR"}], "ads that lead there cost 120.50 EUR"),
        ([{"spend": 100.5, "currency": "EUR"}, {"spend": 20.0, "currency": "USD"}], None),
        ([{"spend": 100.5, "currency": None}], None),
        ([{"spend": 100.5, "currency": "EUR", "landing_url": CART}], None),
    ],
    ids=["one currency", "two", "nobody said", "of another page"],
)
def test_what_ads_that_lead_to_the_broken_page_cost_is_told_in_one_currency_or_not_at_all(
    world: World, ads: list[dict[str, Any]], said: str | None
) -> None:
    def imported(home: Home) -> None:
        rows = [
            {"entity_id": f"a{number}", "date": LAST, "landing_url": each.get("landing_url", CHECKOUT)}
            | {"currency": each["currency"], "numbers": {"spend": each["spend"]}}
            for number, each in enumerate(ads)
        ]
        put_ads(home.warehouse, *rows)

    found = told(world, {"spike": {"signal": "dead_click"}}, QUIET | {(CHECKOUT, "PC"): 320}, before=imported)
    assert (said in found) if said else ("cost" not in found)


@pytest.mark.parametrize(
    ("kind", "said"), [("bot_share", "Bots: "), ("consent_missing", "Consent: "), ("tracking_gap", "Tracking: ")]
)
def test_days_of_which_something_else_is_known_are_the_cause_where_a_window_still_has_them(
    world: World, kind: str, said: str
) -> None:
    ended = {"kind": kind, "started_on": LAST - timedelta(days=2), "ended_on": LAST - timedelta(days=1)}
    event = ended | {"seen": 0.5, "expected": 0.1, "evidence": "of a test"}

    def known(home: Home) -> None:
        with home.warehouse.connect() as connection:
            regime.replace_events(connection, {"acme": [event]}, told_by={"acme": "of a test"})

    when = threshold("clarity_dead_clicks", "above", 1, window_days=3)
    assert told(world, when, QUIET, before=known).startswith(said)


def test_a_rule_about_a_page_asks_who_of_its_own_visits_carries_it(world: World) -> None:
    with world.home() as home:
        import_rules(home.state, clock=home.clock, rules=[rule({"spike": {"signal": "dead_click"}}, scope="url")])
        for back in range(1, 31):
            put(home, back, QUIET)
        put(home, 0, QUIET | {(CHECKOUT, "Mobile"): 320})
        evaluate_business_days(home, [("acme", LAST)])
        (alert,) = list_alerts(home.state)
        assert alert["entity"] == CHECKOUT
        _, said = alert_in_full(home.state, alert["id"], now=home.clock())["facts"][0]
        assert said.startswith("Mostly one device: Mobile carries 100 % (")
