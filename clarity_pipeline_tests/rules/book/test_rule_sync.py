"""A folder as the master: nothing deleted, all or nothing, and everything that changed said."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings

from clarity_pipeline.connections.audit import AuditLog
from clarity_pipeline.rules.book.rule_changes import RuleChange
from clarity_pipeline.rules.book.rule_store import (
    UnknownRule,
    add_missing_rules,
    export_rules,
    import_rules,
    switch_rules,
    sync_rules,
)
from clarity_pipeline.rules.language.difference import FieldChange
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.rules.language.rule_files import read_rules
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.rules import rules as rules_table
from clarity_pipeline_tests.alerts.made_up import NOW, HandClock
from clarity_pipeline_tests.rules.asked import rules_in
from clarity_pipeline_tests.rules.made_up import rule, threshold
from clarity_pipeline_tests.rules.random_rules import EVERYTHING

ONE, TWO, THREE = (rule(threshold(), id=name) for name in ("one", "two", "three"))
OTHER_TWO = rule(threshold(value=99), id="two")
Store = list[tuple[str, int, bool, str | None]]


def stored(state: StateDatabase) -> Store:
    return [(each.rule.id, each.revision, each.rule.enabled, each.author) for each in rules_in(state)]


def turns(changes: tuple[RuleChange, ...]) -> dict[str, str]:
    return {each.rule_id: each.turn for each in changes}


def test_a_sync_adds_changes_and_disables_and_deletes_nothing(any_state: StateDatabase, clock: HandClock) -> None:
    import_rules(any_state, clock=clock, rules=[ONE, TWO, THREE], actor="cli:anna")
    clock.sleep(60)
    new = rule(threshold(), id="zero")
    changes = sync_rules(any_state, clock=clock, rules=[new, ONE, OTHER_TWO], actor="cli:ben", author="release 41")
    assert turns(changes) == {"zero": "added", "one": "unchanged", "two": "changed", "three": "disabled"}
    by_id = {each.rule_id: each.fields for each in changes}
    assert by_id["two"] == (FieldChange("when.threshold.value", 100.0, 99.0),)
    assert by_id["three"] == (FieldChange("enabled", True, False),)
    assert stored(any_state) == [
        ("one", 1, True, "cli:anna"),
        ("three", 2, False, "release 41"),
        ("two", 2, True, "release 41"),
        ("zero", 1, True, "release 41"),
    ]
    assert [each.updated_at for each in rules_in(any_state)] == [NOW, *[NOW + timedelta(seconds=60)] * 3]


def test_a_sync_done_twice_changes_nothing_the_second_time(state: StateDatabase, clock: HandClock) -> None:
    import_rules(state, clock=clock, rules=[ONE, THREE])
    sync_rules(state, clock=clock, rules=[ONE])
    before = stored(state), len(AuditLog(state).entries())
    assert set(turns(sync_rules(state, clock=clock, rules=[ONE])).values()) == {"unchanged"}
    assert (stored(state), len(AuditLog(state).entries())) == before


def test_a_dry_run_says_the_same_and_writes_nothing(any_state: StateDatabase, clock: HandClock) -> None:
    import_rules(any_state, clock=clock, rules=[ONE, TWO])
    before = export_rules(any_state), stored(any_state), AuditLog(any_state).entries()
    dry = sync_rules(any_state, clock=clock, rules=[OTHER_TWO, THREE], dry_run=True)
    assert (export_rules(any_state), stored(any_state), AuditLog(any_state).entries()) == before
    assert sync_rules(any_state, clock=clock, rules=[OTHER_TWO, THREE]) == dry


def test_a_sync_that_is_cut_off_halfway_leaves_everything_as_it_was(any_state: StateDatabase, clock: HandClock) -> None:
    import_rules(any_state, clock=clock, rules=[ONE, TWO])
    before = stored(any_state)
    with pytest.raises(sa.exc.IntegrityError):  # the third write of the transaction fails
        sync_rules(any_state, clock=clock, rules=[OTHER_TWO, THREE, THREE])
    assert stored(any_state) == before


def test_rules_come_back_when_the_folder_has_them_again(state: StateDatabase, clock: HandClock) -> None:
    import_rules(state, clock=clock, rules=[ONE, TWO])
    sync_rules(state, clock=clock, rules=[ONE])
    assert turns(sync_rules(state, clock=clock, rules=[ONE, TWO])) == {"one": "unchanged", "two": "enabled"}
    assert stored(state)[1][:3] == ("two", 3, True)


def test_a_rule_that_only_an_older_release_could_read_can_be_replaced_and_disabled(
    state: StateDatabase, clock: HandClock
) -> None:
    import_rules(state, clock=clock, rules=[ONE, TWO])
    with state.write() as connection:
        old = {"id": "two", "name": "Old", "enabled": True, "when": {"spyke": {}}}
        connection.execute(sa.update(rules_table).where(rules_table.c.rule_id == "two").values(document=old))
    assert turns(sync_rules(state, clock=clock, rules=[ONE], dry_run=True)) == {"one": "unchanged", "two": "disabled"}
    changes = sync_rules(state, clock=clock, rules=[ONE, TWO])
    assert turns(changes) == {"one": "unchanged", "two": "changed"}
    assert len(rules_in(state)) == 2


def test_a_field_that_is_newer_than_a_stored_rule_does_not_make_it_another_rule(state: StateDatabase, clock: HandClock) -> None:
    import_rules(state, clock=clock, rules=[ONE])
    old = {name: value for name, value in ONE.document().items() if name != "remind_after_days"}
    with state.write() as connection:
        connection.execute(sa.update(rules_table).values(document=old))
    assert import_rules(state, clock=clock, rules=[ONE]).unchanged == ("one",)


def test_rules_are_switched_by_id_all_or_none(any_state: StateDatabase, clock: HandClock) -> None:
    import_rules(any_state, clock=clock, rules=[ONE, TWO], actor="cli:anna")
    assert turns(switch_rules(any_state, ["one", "one"], enabled=False, clock=clock, actor="cli:ben")) == {"one": "disabled"}
    assert turns(switch_rules(any_state, ["one"], enabled=False, clock=clock)) == {"one": "unchanged"}
    before = stored(any_state)
    assert before == [("one", 2, False, "cli:ben"), ("two", 1, True, "cli:anna")]
    with pytest.raises(UnknownRule, match="no stored rule is called 'tow'; did you mean two\\?"):
        switch_rules(any_state, ["one", "tow"], enabled=True, clock=clock)
    assert stored(any_state) == before


def test_every_change_is_a_line_of_the_audit_log_and_nothing_else_is(any_state: StateDatabase, clock: HandClock) -> None:
    import_rules(any_state, clock=clock, rules=[ONE, TWO], actor="cli:anna", author="somebody else")
    import_rules(any_state, clock=clock, rules=[ONE, TWO], actor="cli:anna")
    sync_rules(any_state, clock=clock, rules=[OTHER_TWO], actor="cli:ben")
    switch_rules(any_state, ["one"], enabled=True, clock=clock, actor="cli:cleo")
    entries = AuditLog(any_state).entries()
    assert [(each.actor, each.business_id, each.sentence) for each in entries] == [
        ("cli:cleo", None, "rules (switch): enabled one"),
        ("cli:ben", None, "rules (sync): changed two; disabled one"),
        ("cli:anna", None, "rules (import): added one, two"),
    ]


def test_missing_rules_are_added_once_and_never_forced_back(state: StateDatabase, clock: HandClock) -> None:
    assert add_missing_rules(state, clock=clock, rules=[ONE, TWO], actor="cli:anna") == ("one", "two")
    switch_rules(state, ["two"], enabled=False, clock=clock)
    assert add_missing_rules(state, clock=clock, rules=[ONE, OTHER_TWO, THREE]) == ("three",)
    assert [each[:3] for each in stored(state)] == [("one", 1, True), ("three", 1, True), ("two", 2, False)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rules=EVERYTHING)
def test_a_round_trip_through_yaml_changes_nothing_whatever_the_rules_are(state: StateDatabase, rules: list[Rule]) -> None:
    clock = HandClock()
    with state.write() as connection:
        connection.execute(sa.delete(rules_table))
    import_rules(state, clock=clock, rules=rules)
    before, text = stored(state), export_rules(state)
    if rules:
        again = read_rules(text, source="export")
        assert {rule.id: rule for rule in again} == {rule.id: rule for rule in rules}
        assert not import_rules(state, clock=clock, rules=again).changed
        assert {each.turn for each in sync_rules(state, clock=clock, rules=again)} == {"unchanged"}
    assert (stored(state), export_rules(state)) == (before, text)
