"""From stored days to a cause that stands in what is kept and is told first."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from clarity_pipeline.alerts.inbox import alerts_at
from clarity_pipeline.alerts.listing import alert_in_full, list_alerts
from clarity_pipeline.day.evaluate import evaluate_business_days
from clarity_pipeline.home import Home
from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.warehouse.marts import MARTS, refresh
from clarity_pipeline_tests.rules.made_up import rule
from clarity_pipeline_tests.warehouse.lanes import load
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
