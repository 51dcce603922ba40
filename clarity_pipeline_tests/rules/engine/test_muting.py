"""Muting acts on leaves: what happens to Clarity's numbers leaves an ad platform's own, and the three values decide."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from clarity_pipeline.rules.engine.evaluate import answers
from clarity_pipeline.rules.engine.evidence import Evaluation
from clarity_pipeline.rules.engine.known import Entity, Known, Outage
from clarity_pipeline.trust.regime import Event, Kind
from clarity_pipeline_tests.rules.made_up import MONDAY, change, history, rule, threshold

LAST = MONDAY + timedelta(days=6)
CLICKS = {"sessions": 100, "dead_clicks": 50}
PAGE = "https://shop.example/"
SPEND = threshold("entity.spend", value=50)
RAGE = threshold("clarity_dead_click_rate", value=0.1)
STALE = Outage(LAST, "the connection is not working (Stale for 40 h)")


def about(*, days: int = 7, spend: float = 10, **fields: Any) -> Known:
    """A week of a business whose every leaf holds: 70 spent on an ad, half a dead click a session."""
    ad = Entity("ad", "a1", "Blue", PAGE, history(MONDAY, [{"spend": spend}] * 7))
    seen = history(MONDAY, [CLICKS] * days)
    return Known(business_id="acme", business=seen, site=seen, pages={PAGE: seen}, entities=[ad], **fields)


def event(kind: Kind) -> Event:
    return Event(kind, LAST, None, 1.0, 2.0, "pages a session fell to 1.00 from 2.10")


def judged(when: dict[str, Any], known: Known, *, scope: str = "ad") -> Evaluation:
    (only,) = answers(rule(when, scope=scope), known=known, as_of=LAST)
    return only.evaluation()


MUTING = [about(events=[event("consent_missing")]), about(days=6, outage=STALE)]


@pytest.mark.parametrize("known", MUTING, ids=["consent", "stale"])
def test_a_rule_about_spend_alone_is_never_muted(known: Known) -> None:
    assert judged(SPEND, known).outcome == "fired"
    assert judged({"not": SPEND}, known).outcome == "not"


@pytest.mark.parametrize("known", MUTING, ids=["consent", "stale"])
def test_the_three_values_decide_a_rule_of_which_one_part_is_muted(known: Known) -> None:
    no_spend = replace(known, entities=about(spend=1).entities)
    assert judged({"any": [SPEND, RAGE]}, known).outcome == "fired"
    assert judged({"any": [SPEND, RAGE]}, no_spend).outcome == "unknown"
    assert judged({"all": [SPEND, RAGE]}, known).outcome == "unknown"
    assert judged({"all": [SPEND, RAGE]}, no_spend).outcome == "not"
    assert judged({"not": RAGE}, known).outcome == "unknown"


def test_a_muted_leaf_says_why_and_still_shows_its_numbers() -> None:
    found = judged({"any": [SPEND, RAGE]}, about(events=[event("consent_missing")]))
    spend, rage = found.evidence
    assert (spend.verdict, spend.supports, spend.muted, spend.note) == (True, True, False, None)
    assert (rage.verdict, rage.supports, rage.muted, rage.value) == (None, False, True, 0.5)
    assert rage.note == f"muted while this lasts: consent_missing since {LAST}: pages a session fell to 1.00 from 2.10"
    assert (found.reason, found.is_muted) == (None, False), "it has an answer"
    alone = judged(RAGE, about(days=6, outage=STALE))
    assert alone.reason == f"muted while this lasts: the connection is not working (Stale for 40 h) and {LAST} has no data"
    assert alone.is_muted


@pytest.mark.parametrize(
    "when",
    [
        RAGE,
        threshold("clarity_site_dead_clicks", value=1),
        threshold("url_clarity_dead_clicks", value=1),
        change("clarity_dead_clicks", ratio=0.1),
        {"since_change": {"signal": "dead_click"}},
        {"spike": {"signal": "dead_click"}},
    ],
    ids=["business", "site", "page", "change", "since_change", "spike"],
)
@pytest.mark.parametrize("known", MUTING, ids=["consent", "stale"])
def test_every_leaf_over_claritys_numbers_is_muted(when: dict[str, Any], known: Known) -> None:
    assert "muted while this lasts" in str(judged(when, known).reason)


def test_a_date_with_data_is_judged_whatever_became_of_the_connection_since() -> None:
    assert judged(RAGE, about(outage=STALE)).outcome == "fired"
    before = replace(STALE, since=LAST + timedelta(days=1))
    assert judged(RAGE, about(days=6, outage=before)).outcome == "fired", "it was missing before, for another cause"


def test_rules_about_the_connection_are_never_muted() -> None:
    known = about(days=6, outage=STALE, connection=frozenset({"stale"}), connection_on=LAST)
    for state in ("stale", "missing_data"):
        assert judged({"connection": {"state": state}}, known, scope="business").outcome == "fired"


def test_a_first_day_mutes_what_compares_and_a_gap_leaves_the_sessions() -> None:
    first, gap = about(events=[event("new_connection")]), about(events=[event("tracking_gap")])
    compares, counts = change("clarity_dead_clicks", ratio=0.1), threshold("clarity_sessions", value=1)
    assert judged({"any": [compares, RAGE]}, first).outcome == "fired"
    assert judged(compares, first).is_muted
    assert judged({"all": [counts, RAGE]}, gap).is_muted
    assert judged(counts, gap).outcome == "fired"


def test_an_event_that_is_over_mutes_nothing() -> None:
    over = replace(event("consent_missing"), started_on=MONDAY, ended_on=LAST - timedelta(days=1))
    assert judged(RAGE, about(events=[over])).outcome == "fired"


def test_what_fired_by_spend_alone_says_nothing_of_claritys_data() -> None:
    """An alert must not say that it may be wrong because of days that it does not rest on."""
    stale = about(days=6, outage=STALE)
    assert judged({"any": [SPEND, RAGE]}, stale).quality is None
    assert judged(SPEND, about()).quality is None
    both = judged({"all": [SPEND, RAGE]}, about()).quality
    assert both is not None
    assert both.days_with_data == 7
