"""A business whose connection does not work: dates without data are muted, dates with data are judged."""

from dataclasses import replace
from datetime import timedelta

import pytest

from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.rules.engine.known import Known, Outage
from clarity_pipeline.rules.judging.mutes import muted_without_connection
from clarity_pipeline.rules.language.rule_files import read_rules
from clarity_pipeline_tests.cli.conftest import FIRES_AT_ONCE
from clarity_pipeline_tests.rules.asked import judged
from clarity_pipeline_tests.world import DAY, World

NOT = FIRES_AT_ONCE.replace("operator: above, value: 1", "operator: below, value: 1000000")


@pytest.fixture
def stale(synced: World) -> World:
    """acme has synced one day, and nobody has tried for three."""
    with synced.home() as home:
        import_rules(home.state, clock=home.clock, rules=read_rules(NOT, source="test"))
    synced.later(days=3)
    return synced


def test_a_date_without_data_is_muted_and_says_why(stale: World) -> None:
    with stale.home() as home:
        (found,) = judged(home, [("acme", DAY + timedelta(days=2))])
    assert found.evaluation.outcome == "unknown"
    reason = str(found.evaluation.reason)
    assert reason.startswith("muted while this lasts: the connection is not working")
    assert str(DAY + timedelta(days=2)) in reason


def test_a_date_with_data_is_judged_whatever_became_of_the_connection(stale: World) -> None:
    with stale.home() as home:
        (found,) = judged(home, [("acme", DAY)])
    assert found.evaluation.outcome == "fired"


def test_rules_about_the_connection_are_never_muted(stale: World) -> None:
    with stale.home() as home:
        (found,) = judged(home, [("acme", DAY + timedelta(days=2))])
        leaf = found.evaluation.evidence[0].model_copy(update={"kind": "connection"})
        about = found.evaluation.model_copy(update={"evidence": (leaf,), "reason": None, "outcome": "fired"})
        kept = replace(found, evaluation=about)
        without = Known(business_id="acme", outage=Outage(DAY, "the connection is not working (Stale)"))
        assert muted_without_connection(kept, without) == kept
        assert muted_without_connection(found, without) != found


def test_a_business_that_works_is_never_muted(world: World) -> None:
    world.connect()
    with world.home() as home:
        import_rules(home.state, clock=home.clock, rules=read_rules(NOT, source="test"))
        (found,) = judged(home, [("acme", DAY - timedelta(days=5))])
    assert not str(found.evaluation.reason).startswith("muted")
