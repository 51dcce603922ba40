"""Rules put to use for one business, some, or all, and out of use again; how they were before, and back to it."""

import pytest

from clarity_pipeline.rules.book.rule_revisions import restore_rule, revisions_of
from clarity_pipeline.rules.book.rule_store import KnownRule, RuleChanged, UnknownRule, import_rules, save_rule
from clarity_pipeline.rules.book.rule_use import NobodyChosen, leave_rule, use_rules
from clarity_pipeline.rules.language.ready import library
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline_tests.alerts.made_up import HandClock
from clarity_pipeline_tests.rules.asked import rules_in
from clarity_pipeline_tests.rules.made_up import rule, threshold

READY = next(each.rule for each in library() if not each.rule.enabled)
EVERY = ("acme", "globex", "initech")


def of(state: StateDatabase, rule_id: str = READY.id) -> Rule:
    return {each.rule.id: each.rule for each in rules_in(state)}[rule_id]


def on(state: StateDatabase, clock: HandClock, *slugs: str) -> None:
    use_rules(state, [READY], businesses=slugs or "all", clock=clock, actor="panel:ann", author="panel:ann")


def off(state: StateDatabase, clock: HandClock, slug: str) -> None:
    leave_rule(state, READY.id, business_id=slug, every=EVERY, clock=clock, actor="panel:ann")


def test_a_ready_rule_is_switched_on_for_one_and_then_for_others_too(state: StateDatabase, clock: HandClock) -> None:
    on(state, clock, "acme")
    assert (of(state).enabled, of(state).businesses) == (True, ("acme",))
    on(state, clock, "globex", "acme")
    assert of(state).businesses == ("acme", "globex")
    on(state, clock)
    assert of(state).businesses == "all"
    on(state, clock, "acme")
    assert of(state).businesses == "all", "who has it keeps it"


def test_a_rule_is_taken_from_one_business_and_stays_with_the_others(state: StateDatabase, clock: HandClock) -> None:
    on(state, clock)
    off(state, clock, "acme")
    assert (of(state).enabled, of(state).businesses) == (True, ("globex", "initech"))
    off(state, clock, "globex")
    off(state, clock, "initech")
    assert of(state).enabled is False


def test_a_rule_that_nobody_had_on_begins_with_those_that_are_named(state: StateDatabase, clock: HandClock) -> None:
    import_rules(state, clock=clock, rules=[READY])
    assert of(state).businesses == "all"
    on(state, clock, "acme")
    assert of(state).businesses == ("acme",), "not for all of those that it was once meant for"


def test_a_rule_that_somebody_adapted_is_used_as_it_is_stored(state: StateDatabase, clock: HandClock) -> None:
    import_rules(state, clock=clock, rules=[READY.model_copy(update={"name": "Ours"})])
    on(state, clock, "acme")
    assert of(state).name == "Ours"


def test_nobody_and_nothing_are_refused(state: StateDatabase, clock: HandClock) -> None:
    with pytest.raises(NobodyChosen):
        use_rules(state, [], businesses="all", clock=clock, actor="panel:ann")
    with pytest.raises(NobodyChosen):
        use_rules(state, [READY], businesses=(), clock=clock, actor="panel:ann")
    with pytest.raises(UnknownRule):
        off(state, clock, "acme")
    assert rules_in(state) == ()


def test_every_change_is_kept_with_who_made_it_and_what_it_changed(any_state: StateDatabase, clock: HandClock) -> None:
    first, second = (rule(threshold(value=value), id="mine") for value in (1, 2))
    save_rule(any_state, first, revision=None, clock=clock, actor="panel:ann", author="panel:ann")
    clock.sleep(60)
    save_rule(any_state, second, revision=1, clock=clock, actor="panel:max", author="panel:max")
    newest, oldest = revisions_of(any_state, "mine")
    assert [(each.revision, each.author) for each in (newest, oldest)] == [(2, "panel:max"), (1, "panel:ann")]
    assert [(each.path, each.before, each.after) for each in newest.fields] == [("when.threshold.value", 1.0, 2.0)]
    assert newest.at > oldest.at
    assert Rule.model_validate(oldest.document) == first


def test_an_earlier_state_is_restored_as_a_change_like_any_other(state: StateDatabase, clock: HandClock) -> None:
    first, second = (rule(threshold(value=value), id="mine") for value in (1, 2))
    save_rule(state, first, revision=None, clock=clock, actor="panel:ann")
    save_rule(state, second, revision=1, clock=clock, actor="panel:ann")
    restore_rule(state, "mine", revision=1, present=2, clock=clock, actor="panel:max", author="panel:max")
    assert of(state, "mine") == first
    assert [each.revision for each in revisions_of(state, "mine")] == [3, 2, 1]
    with pytest.raises(RuleChanged):
        restore_rule(state, "mine", revision=2, present=2, clock=clock, actor="panel:max")
    with pytest.raises(UnknownRule):
        restore_rule(state, "mine", revision=9, present=3, clock=clock, actor="panel:max")


def test_nobody_saves_over_what_they_have_not_seen(state: StateDatabase, clock: HandClock) -> None:
    mine = rule(threshold(), id="mine")
    save_rule(state, mine, revision=None, clock=clock, actor="panel:ann")
    with pytest.raises(KnownRule):
        save_rule(state, mine, revision=None, clock=clock, actor="panel:max")
    with pytest.raises(RuleChanged):
        save_rule(state, mine, revision=7, clock=clock, actor="panel:max")
    with pytest.raises(RuleChanged):
        save_rule(state, rule(threshold(), id="gone"), revision=1, clock=clock, actor="panel:max")
