from datetime import timedelta

import pytest
import sqlalchemy as sa

from clarity_pipeline.rules.book.rule_store import Imported, export_rules, import_rules
from clarity_pipeline.rules.language.rule_files import RulesInvalid, read_rules, shipped_rules
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.rules import rules
from clarity_pipeline_tests.alerts.made_up import NOW, HandClock
from clarity_pipeline_tests.rules.asked import rules_in
from clarity_pipeline_tests.rules.made_up import rule, threshold


def revisions(state: StateDatabase) -> dict[str, int]:
    return {stored.rule.id: stored.revision for stored in rules_in(state)}


def test_an_import_says_what_it_added_changed_and_left(any_state: StateDatabase, clock: HandClock) -> None:
    one, two = rule(threshold(), id="one"), rule(threshold(), id="two")
    assert import_rules(any_state, clock=clock, rules=[one, two]) == Imported(("one", "two"), (), ())
    clock.sleep(60)
    changed = rule(threshold(value=99), id="two")
    assert import_rules(any_state, clock=clock, rules=[one, changed]) == Imported((), ("two",), ("one",))
    assert revisions(any_state) == {"one": 1, "two": 2}
    first, second = rules_in(any_state)
    assert (first.rule, second.rule) == (one, changed)
    assert (first.updated_at, second.updated_at) == (NOW, NOW + timedelta(seconds=60))


def test_a_round_trip_through_the_exported_yaml_changes_nothing(any_state: StateDatabase, clock: HandClock) -> None:
    import_rules(any_state, clock=clock, rules=[*shipped_rules(), rule({"not": threshold()}, id="third", businesses=["acme"])])
    text = export_rules(any_state)
    again = import_rules(any_state, clock=clock, rules=read_rules(text, source="export"))
    assert (again.added, again.changed, len(again.unchanged)) == ((), (), 3)
    assert export_rules(any_state) == text


def test_an_import_deletes_nothing(state: StateDatabase, clock: HandClock) -> None:
    import_rules(state, clock=clock, rules=[rule(threshold(), id="one")])
    import_rules(state, clock=clock, rules=[rule(threshold(), id="two")])
    assert revisions(state) == {"one": 1, "two": 1}


def test_a_stored_rule_that_this_version_cannot_read_is_named(state: StateDatabase, clock: HandClock) -> None:
    import_rules(state, clock=clock, rules=[rule(threshold(), id="old")])
    with state.write() as connection:
        connection.execute(sa.update(rules).values(document={"id": "old", "name": "Old", "when": {"spyke": {}}}))
    with pytest.raises(RulesInvalid, match=r"^stored rule 'old': when: unknown condition 'spyke'; .*; import a corrected one$"):
        rules_in(state)


def test_an_empty_store_exports_an_empty_list(state: StateDatabase) -> None:
    assert export_rules(state) == "rules: []\n"
