"""How far the days of an ad account and of Clarity are apart is reckoned from zone and dates, and said where they meet."""

from datetime import date, timedelta
from typing import Any

import pytest

from clarity_pipeline.alerts.messages import explanation, wording
from clarity_pipeline.rules.engine.ad_days import ad_history
from clarity_pipeline.rules.engine.clocks import hours_apart
from clarity_pipeline.rules.engine.evaluate import answers
from clarity_pipeline.rules.engine.evidence import Evaluation
from clarity_pipeline.rules.engine.history import AdRows
from clarity_pipeline.rules.engine.known import Entity, Known
from clarity_pipeline_tests.rules.made_up import MONDAY, change, days_from, history, rule, threshold

SUMMER, WINTER = date(2026, 7, 15), date(2026, 11, 20)
JOINED = {"all": [threshold("entity.spend", "above", 1, window_days=1), threshold("clarity_dead_click_rate", "above", 0.2)]}


@pytest.mark.parametrize(
    ("zone", "on", "hours"),
    [
        ("Pacific/Auckland", WINTER, 13),
        ("Pacific/Auckland", SUMMER, 12),
        ("America/Los_Angeles", WINTER, 8),
        ("America/Los_Angeles", SUMMER, 7),
        ("Asia/Kolkata", WINTER, 5.5),
        ("Asia/Kathmandu", WINTER, 5.75),
        ("Europe/Lisbon", WINTER, 0),
        ("UTC", WINTER, 0),
    ],
)
def test_the_hours_are_those_of_the_zone_on_the_date(zone: str, on: date, hours: float) -> None:
    assert hours_apart([zone, "UTC"], on, on) == hours


def test_a_window_over_a_change_of_clocks_says_the_most() -> None:
    changed = date(2026, 9, 27)  # New Zealand's clocks go forward
    assert hours_apart(["Pacific/Auckland", "UTC"], changed - timedelta(days=3), changed - timedelta(days=1)) == 12
    assert hours_apart(["Pacific/Auckland", "UTC"], changed - timedelta(days=3), changed) == 13


def test_a_zone_that_nobody_knows_any_more_gives_no_figure() -> None:
    assert hours_apart(["Atlantis/Capital", "UTC"], WINTER, WINTER) is None


def asked(when: dict[str, Any], *zones: str, scope: str = "ad", days: int = 1, **fields: Any) -> Evaluation:
    """Of ads or campaigns with spend in the given zones, beside a business whose visitors click in vain."""
    dates = days_from(MONDAY, days)
    entities = [
        Entity(
            "ad" if scope == "ad" else "campaign",
            f"a{place}",
            None,
            None,
            ad_history(
                {day: {"spend": 80.0} for day in dates},
                rows={day: AdRows(currencies=frozenset({"NZD"}), time_zones=frozenset({zone})) for day in dates},
            ),
        )
        for place, zone in enumerate(zones)
    ]
    business = history(MONDAY, [{"sessions": 1000, "dead_clicks": 281}] * days)
    known = Known(business_id="acme", business=business, entities=entities, **fields)
    first, *_ = answers(rule(when, scope=scope), known=known, as_of=dates[-1])
    return first.evaluation()


@pytest.mark.parametrize(("zone", "hours"), [("Pacific/Auckland", "13"), ("America/Los_Angeles", "8"), ("Asia/Kolkata", "5.5")])
def test_a_rule_that_joins_spend_and_clarity_says_by_how_much_their_dates_differ(zone: str, hours: str) -> None:
    evaluation = asked(JOINED, zone)
    said = f"these dates differ by up to {hours} hours: entity.spend counts days of {zone}, Clarity those of UTC"
    assert [leaf.caveat for leaf in evaluation.evidence] == [said, None]
    assert said in explanation.caveat(evaluation)


@pytest.mark.parametrize("zone", ["", "UTC", "Africa/Abidjan"])
def test_days_of_utc_are_no_news(zone: str) -> None:
    assert [leaf.caveat for leaf in asked(JOINED, zone).evidence] == [None, None]


def test_a_rule_on_spend_alone_has_nothing_to_differ_from() -> None:
    evaluation = asked(threshold("entity.spend", "above", 1, window_days=1), "Pacific/Auckland")
    assert [leaf.caveat for leaf in evaluation.evidence] == [None]


def test_a_business_that_adds_up_two_accounts_says_how_far_their_days_are_apart() -> None:
    spend = threshold("entity.spend", "above", 1, window_days=1)
    (leaf,) = asked(spend, "Pacific/Auckland", "America/Los_Angeles", scope="business").evidence
    assert leaf.caveat == (
        "these dates differ by up to 21 hours: entity.spend adds up days of America/Los_Angeles and Pacific/Auckland"
    )


def test_weekdays_of_clarity_are_said_to_be_days_of_utc_where_the_client_lives_by_another_clock() -> None:
    usual = change("clarity_dead_clicks", against="same_weekdays", baseline_weeks=4, ratio=1, floor=1)
    (leaf,) = asked(usual, days=33, scope="business", time_zone="Pacific/Auckland").evidence
    assert leaf.to_date.isoweekday() == 5
    assert leaf.caveat == "its Fridays are days of UTC, in Pacific/Auckland from Friday 13:00 to Saturday 13:00"
    (plain,) = asked(usual, days=33, scope="business").evidence
    assert plain.caveat is None


def test_a_baseline_of_weekdays_says_how_many_it_has_and_by_whose_days() -> None:
    usual = change("entity.spend", against="same_weekdays", baseline_weeks=4, ratio=1, floor=1, min_coverage=0.5)
    evaluation = asked(usual, "Pacific/Auckland", days=22)
    (leaf,) = evaluation.evidence
    assert (leaf.baseline_days, leaf.verdict) == (3, True)
    sentence = wording.fired("Acme", rule(usual, scope="ad", name="It rose"), evaluation.evidence)
    assert sentence == (
        "Acme: It rose. Spend was 80.00 NZD on 2026-11-23, 1.0 times the normal 80.00 NZD of the same weekdays of the weeks"
        " before (3 of 4 days, by the days of Pacific/Auckland)."
    )


def test_money_is_said_with_its_currency_in_sentence_and_facts() -> None:
    when = threshold("entity.spend", "above", 50, window_days=1)
    evaluation = asked(when, "UTC", "UTC", scope="business")
    sentence = wording.fired("Acme", rule(when, name="Dear"), evaluation.evidence)
    assert sentence == "Acme: Dear. Spend over campaigns was 160.00 NZD on 2026-11-02, above the limit of 50.00 NZD."
    (leaf,) = evaluation.evidence
    assert explanation.say(leaf, 160.0) == "160.00 NZD"
