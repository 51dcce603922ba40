"""Whom rules are asked about, and what they say where nothing comes from Clarity, from the stores on."""

from datetime import timedelta
from typing import Any

import pytest

from clarity_pipeline.home import Home
from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.rules.judging.business_days import evaluated_businesses
from clarity_pipeline.rules.judging.judgement import Judgement
from clarity_pipeline_tests.rules.asked import judged, stores
from clarity_pipeline_tests.rules.made_up import rule, threshold
from clarity_pipeline_tests.warehouse.test_entities import put
from clarity_pipeline_tests.world import DAY, World

NEXT, LATER = DAY + timedelta(days=1), DAY + timedelta(days=2)
VISITS = threshold("clarity_sessions", "above", 1, window_days=2)
SPEND = threshold("entity.spend", "above", 50, window_days=1)
RULES = [
    rule(VISITS, id="visits"),
    rule(SPEND, id="spend", scope="ad"),
    rule({"any": [SPEND, VISITS]}, id="either", scope="ad"),
    rule({"all": [SPEND, VISITS]}, id="both", scope="ad"),
]
MUTED = {"visits": "unknown", "spend": "fired", "either": "fired", "both": "unknown"}


@pytest.fixture
def synced(world: World) -> World:
    """acme has synced one day, and spends on every one."""
    world.connect()
    with world.home() as home:
        import_rules(home.state, clock=home.clock, rules=RULES)
        for day in (DAY, NEXT, LATER):
            put(home.warehouse, {"date": day, "numbers": {"spend": 100.0}})
    world.sync()
    return world


def said(home: Home, *days: Any, slug: str = "acme") -> dict[str, Judgement]:
    return {each.stored.rule.id: each for each in judged(home, [(slug, day) for day in days])}


def outcomes(found: dict[str, Judgement]) -> dict[str, str]:
    return {name: each.evaluation.outcome for name, each in found.items()}


def test_while_a_connection_is_stale_a_date_without_data_has_only_what_does_not_come_from_clarity(synced: World) -> None:
    synced.later(days=3)
    with synced.home() as home:
        found = said(home, LATER)
        assert outcomes(found) == MUTED
        reason = str(found["visits"].evaluation.reason)
        assert reason == f"muted while this lasts: the connection is not working (Stale for 72 h) and {LATER} has no data"
        assert [leaf.muted for leaf in found["either"].evaluation.evidence] == [False, True]
        assert set(outcomes(said(home, DAY)).values()) == {"fired"}, "a date with data is judged whatever became of it since"


def test_a_business_whose_sync_is_paused_is_judged_by_what_does_not_come_from_clarity(synced: World) -> None:
    synced.later(days=1)
    with synced.home() as home:
        home.connections.disable("acme")
        found = said(home, NEXT)
        assert outcomes(found) == MUTED
        assert found["visits"].evaluation.reason == f"muted while this lasts: the sync is paused and {NEXT} has no data"
        assert set(outcomes(said(home, DAY)).values()) == {"fired"}, "it was judged so before the pause"


def test_a_business_that_is_off_has_no_numbers_of_the_day_that_had_ended_then_whatever_is_stored(synced: World) -> None:
    with synced.home() as home:
        home.connections.reject("acme", home.connections.credentials("acme")[1])
        found = said(home, DAY)
        assert outcomes(found) == MUTED
        assert found["visits"].evaluation.evidence[0].value is None
        assert "Rejected (reconnect)" in str(found["visits"].evaluation.reason)
        beside = found["spend"].evaluation.attached
        assert beside is not None
        assert beside["clarity_sessions"] is None


def test_a_disconnected_business_is_judged_too(synced: World) -> None:
    synced.later(days=1)
    with synced.home() as home:
        home.connections.disconnect("acme")
        assert outcomes(said(home, NEXT)) == MUTED


def test_a_date_that_is_missing_for_another_cause_is_not_muted_by_a_later_outage(synced: World) -> None:
    """The windows of long ago must not change their answer with how the connection is today."""
    before = DAY - timedelta(days=1)
    with synced.home() as home:
        assert not said(home, before)["visits"].evaluation.is_muted
    synced.later(days=3)
    with synced.home() as home:
        assert not said(home, before)["visits"].evaluation.is_muted


def test_whoever_is_synced_or_rejected_is_asked_and_of_the_others_whom_a_rule_asks_about_spend(world: World) -> None:
    for slug in ("acme", "paused", "rejected", "gone"):
        world.connect(slug)
    with world.home() as home:
        home.connections.reject("rejected", home.connections.credentials("rejected")[1])
        home.connections.disable("paused")
        home.connections.disconnect("gone")
        asked = []
        for rules in ([RULES[0]], [rule(SPEND, id="spend", scope="ad", businesses=["gone"])]):
            import_rules(home.state, clock=home.clock, rules=rules)
            with stores(home) as (facts, _):
                asked.append(evaluated_businesses(facts))
        assert asked == [["acme", "rejected"], ["acme", "gone", "rejected"]]
        by_itself = {each.business_id for each in judged(home, None)}
        assert by_itself == {"acme", "gone", "rejected"}


def test_a_file_of_spend_that_comes_late_judges_the_days_behind_it_of_a_business_without_clarity_too(synced: World) -> None:
    with synced.home() as home:
        home.connections.disconnect("acme")
        found = {each.date for each in judged(home, [("acme", NEXT)], and_behind=True) if each.stored.rule.id == "spend"}
    assert found == {NEXT, LATER}
