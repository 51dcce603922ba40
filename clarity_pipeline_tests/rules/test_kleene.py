"""Three-valued logic over random rules: what is known stays known whatever the unknown turns out to be."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from clarity_pipeline.rules.condition import children
from clarity_pipeline.rules.evaluate import evaluate
from clarity_pipeline.rules.evidence import Outcome
from clarity_pipeline.rules.known import Known
from clarity_pipeline.rules.metric import METRICS
from clarity_pipeline.rules.rule import Rule
from clarity_pipeline_tests.rules.made_up import MONDAY, change, known, rule, threshold

NAMES = list(METRICS)[:4]
OPERATORS = st.sampled_from(["above", "at_least", "below", "at_most"])
LEAVES = st.one_of(
    st.builds(threshold, st.sampled_from(NAMES), OPERATORS, st.integers(0, 4), window_days=st.sampled_from([1, 2])),
    st.builds(change, st.sampled_from(NAMES), operator=OPERATORS, ratio=st.sampled_from([0.5, 2]), floor=st.just(1)),
)
TREES = st.recursive(
    LEAVES,
    lambda below: st.one_of(
        st.lists(below, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(below, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        below.map(lambda part: {"not": part}),
    ),
    max_leaves=8,
)
RULES = TREES.map(rule)
Table = dict[tuple[str, int], int]
"""Each column of today (place 0) and of the day before (1)."""

SPOTS = [(METRICS[name].column, place) for name in NAMES for place in (0, 1)]
FULL = st.fixed_dictionaries({spot: st.integers(0, 4) for spot in SPOTS})
HOLES = st.sets(st.sampled_from(SPOTS))
AS_OF = MONDAY


def source(table: Mapping[tuple[str, int], int | None]) -> Known:
    """Both days have data of some kind."""
    days = [{"bot_sessions": 0, **{column: number for (column, at), number in table.items() if at == place}} for place in (1, 0)]
    return known(AS_OF - timedelta(days=1), days)


def with_holes(table: Table, holes: set[tuple[str, int]]) -> dict[tuple[str, int], int | None]:
    return {spot: None if spot in holes else value for spot, value in table.items()}


def kleene(tree: Rule, table: Mapping[tuple[str, int], int | None]) -> Outcome:
    return evaluate(tree, known=source(table), as_of=AS_OF).outcome


def naive(tree: Rule, table: Mapping[tuple[str, int], int | None]) -> Outcome:
    """What most rule engines do: a condition on a null is false."""
    leaves = iter(evaluate(tree, known=source(table), as_of=AS_OF).evidence)

    def decide(node: Any) -> bool:
        parts = [decide(child) for child in children(node)]
        if not parts:
            return next(leaves).verdict is True
        return {"All": all, "AnyOf": any, "Not": lambda one: not one[0]}[type(node).__name__](parts)  # type: ignore[operator, no-any-return]

    return "fired" if decide(tree.when) else "not"


def known_answers_hold(tree: Rule, table: Table, holes: set[tuple[str, int]], *, answer: Any) -> None:
    before, after = answer(tree, with_holes(table, holes)), answer(tree, table)
    assert before in {"unknown", after}


@settings(max_examples=150)
@given(RULES, FULL, HOLES)
def test_no_filling_in_of_the_unknowns_changes_a_known_answer(tree: Rule, table: Table, holes: set[tuple[str, int]]) -> None:
    known_answers_hold(tree, table, holes, answer=kleene)


def test_an_evaluator_for_which_null_is_false_fails_that_property() -> None:
    @settings(max_examples=150, database=None, phases=[Phase.generate])
    @given(RULES, FULL, HOLES)
    def two_valued(tree: Rule, table: Table, holes: set[tuple[str, int]]) -> None:
        known_answers_hold(tree, table, holes, answer=naive)

    with pytest.raises(AssertionError):
        two_valued()


@given(RULES)
def test_nothing_but_nulls_is_unknown_and_never_fires(tree: Rule) -> None:
    assert kleene(tree, dict.fromkeys(SPOTS)) == "unknown"
    assert evaluate(tree, known=Known(business_id="acme"), as_of=AS_OF).outcome == "unknown"


@given(RULES, FULL)
def test_with_every_value_known_the_answer_is_the_two_valued_one(tree: Rule, table: Table) -> None:
    assert kleene(tree, table) == naive(tree, table)


@given(RULES, FULL, HOLES)
def test_not_turns_the_answer_and_keeps_the_unknown(tree: Rule, table: Table, holes: set[tuple[str, int]]) -> None:
    opposite = {"fired": "not", "not": "fired", "unknown": "unknown"}
    turned = rule({"not": tree.model_dump()["when"]})
    assert kleene(turned, with_holes(table, holes)) == opposite[kleene(tree, with_holes(table, holes))]
