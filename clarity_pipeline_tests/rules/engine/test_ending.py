"""What fired can end: on a day without an answer, where the leaves that fired say no."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clarity_pipeline.rules.engine.ending import Said, Says, ends_when_its_leaves_say_no
from clarity_pipeline.rules.engine.evaluate import OUTCOMES
from clarity_pipeline.rules.engine.evidence import Outcome, Truth
from clarity_pipeline.rules.engine.incidents import Incident, fold
from clarity_pipeline.rules.engine.kleene import truth_of
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline_tests.rules.made_up import rule, threshold

LETTERS: Mapping[str, Said] = {"y": True, "n": False, "?": None, "q": "quiet", "~": "lingers"}


def any_of(*parts: Any) -> Rule:
    return rule({"any": [part or threshold() for part in parts]})


TWO = any_of(None, None)


def says_of_days(days: Sequence[str]) -> dict[date, Says]:
    """From the first of November on; a letter a leaf."""
    return {date(2026, 11, n): tuple(map(LETTERS.__getitem__, day)) for n, day in enumerate(days, start=1)}


def outcomes_of(by: Rule, says: Mapping[date, Says]) -> dict[date, Outcome]:
    plain: dict[Said, Truth] = {"quiet": None, "lingers": False}
    verdicts = {day: [plain[said] if isinstance(said, str) else said for said in leaves] for day, leaves in says.items()}
    return {day: OUTCOMES[truth_of(by.when, iter(truths))] for day, truths in verdicts.items()}


def folded(by: Rule, *days: str, **fields: int) -> tuple[Incident, ...]:
    says = says_of_days(days)
    return fold(outcomes_of(by, says), is_over=ends_when_its_leaves_say_no(by, says.get), **fields)


def states(by: Rule, *days: str, **fields: int) -> list[tuple[str, int | None]]:
    return [(each.state, each.resolved_on.day if each.resolved_on else None) for each in folded(by, *days, **fields)]


def test_the_leaf_that_fired_says_no_and_the_other_nothing() -> None:
    assert states(TWO, "y?", "n?") == [("resolved", 2)]
    assert states(TWO, "?y", "?n") == [("resolved", 2)]
    assert states(TWO, "?y", "n?") == [("firing", None)], "the one that fired says nothing"
    assert states(TWO, "yy", "n?") == [("firing", None)], "both fired, and one of them says nothing"
    assert states(TWO, "y?", "??") == [("firing", None)]


def test_a_test_that_found_nothing_has_said_enough_to_end_what_it_began() -> None:
    assert states(TWO, "yy", "nq") == [("resolved", 2)]
    assert states(rule(threshold()), "y", "q") == [("resolved", 2)]
    assert states(rule({"not": threshold()}), "n", "q") == [("firing", None)], "what fired is that there is no spike"


def test_a_leaf_that_said_no_while_another_fired_need_not_say_it_again() -> None:
    assert states(TWO, "y?", "ny", "?n") == [("resolved", 3)]
    assert states(TWO, "y?", "?y", "?n") == [("firing", None)]


def test_of_parts_that_only_hold_together_one_is_enough_to_end_it() -> None:
    by = any_of({"all": [threshold(), threshold()]}, None)
    assert states(by, "yy?", "ny?") == [("resolved", 2)]
    assert states(by, "yy?", "?y?") == [("firing", None)]


def test_a_leaf_that_is_not_clearly_back_keeps_what_it_began_and_begins_nothing() -> None:
    one = rule(threshold())
    assert states(one, "y", "~", "y", "n") == [("resolved", 4)], "one incident, not two"
    assert states(one, "y", "~", "~") == [("firing", None)]
    assert states(one, "~", "~") == []
    assert states(TWO, "yn", "n~") == [("resolved", 2)], "the other one lingers, and began nothing"
    assert states(TWO, "y?", "~?", "n?") == [("resolved", 3)], "whatever else is unknown"


def test_days_on_which_it_lingers_begin_the_count_anew() -> None:
    assert states(rule(threshold()), "y", "n", "~", "n", resolve_after_days=2) == [("firing", None)]
    assert states(rule(threshold()), "y", "n", "~", "n", "n", resolve_after_days=2) == [("resolved", 5)]


def test_of_parts_that_only_hold_together_one_that_is_clearly_back_ends_it() -> None:
    by = rule({"all": [threshold(), threshold()]})
    assert states(by, "yy", "~y") == [("firing", None)]
    assert states(by, "yy", "~n") == [("resolved", 2)]


def test_one_that_is_not_told_yet_is_dropped_on_the_first_day_that_it_does_not_hold() -> None:
    assert states(rule(threshold()), "y", "~", "y", for_days=2) == [("pending", None)]


def test_it_takes_as_many_days_as_the_rule_says() -> None:
    assert states(TWO, "y?", "n?", "n?", resolve_after_days=2) == [("resolved", 3)]
    assert states(TWO, "y?", "n?", "y?", "n?", resolve_after_days=2) == [("firing", None)]
    assert states(TWO, "y?", "n?", "??", "nn", resolve_after_days=2) == [("resolved", 4)]


def test_one_that_is_not_told_yet_ends_without_a_word() -> None:
    assert states(TWO, "y?", "n?", for_days=2) == []


def test_it_is_no_longer_unknown_since_when_what_fired_is_over() -> None:
    (incident,) = folded(TWO, "y?", "??", "n?", resolve_after_days=2)
    assert (incident.state, incident.unknown_since, incident.last_evaluated_on.day) == ("firing", None, 3)


def test_a_day_of_which_nothing_was_kept_ends_nothing() -> None:
    days = {date(2026, 11, 1): "fired", date(2026, 11, 2): "unknown"}
    (incident,) = fold(days, is_over=ends_when_its_leaves_say_no(TWO, lambda _: None))  # type: ignore[arg-type]
    assert incident.state == "firing"


DAYS = st.lists(st.text("yn?q", min_size=2, max_size=2), max_size=12)


@given(DAYS, st.integers(1, 3))
def test_on_the_day_that_ends_it_every_leaf_that_fired_last_says_no(days: list[str], resolve_after_days: int) -> None:
    for each in folded(TWO, *days, resolve_after_days=resolve_after_days):
        if each.resolved_on is not None:
            fired, ended = days[each.last_fired_on.day - 1], days[each.resolved_on.day - 1]
            assert all(said in "nq" for letter, said in zip(fired, ended, strict=True) if letter == "y")


@given(DAYS, st.integers(1, 3), st.integers(1, 3))
def test_it_ends_no_later_than_by_known_answers_alone(days: list[str], for_days: int, resolve_after_days: int) -> None:
    """And fires on the same days: what is over may be over sooner, and begins nothing."""
    how = {"for_days": for_days, "resolve_after_days": resolve_after_days}
    outcomes = outcomes_of(TWO, says_of_days(days))
    slow = fold(outcomes, **how)
    for each in folded(TWO, *days, **how):
        (same,) = (one for one in slow if one.opened_on <= each.opened_on <= (one.resolved_on or date.max))
        assert each.resolved_on is None or each.resolved_on <= (same.resolved_on or date.max)


@pytest.mark.parametrize("days", [["y?", "n?"], ["yy", "nq"]])
def test_without_its_leaves_an_unknown_day_ends_nothing(days: list[str]) -> None:
    outcomes: dict[date, Outcome] = {date(2026, 11, 1): "fired", date(2026, 11, 2): "unknown"}
    assert [each.state for each in fold(outcomes)] == ["firing"]
    assert states(TWO, *days) == [("resolved", 2)]
