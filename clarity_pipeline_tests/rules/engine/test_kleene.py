"""Three-valued logic over random rules: what is known stays known whatever the unknown turns out to be."""

from collections.abc import Mapping, Set
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from clarity_pipeline.rules.engine.evidence import Outcome
from clarity_pipeline.rules.engine.history import History, Version
from clarity_pipeline.rules.engine.known import Change, Known
from clarity_pipeline.rules.language.condition import children
from clarity_pipeline.rules.language.metric import METRICS
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline_tests.rules.made_up import MONDAY, change, evaluate, rule, threshold

NAMES = ["clarity_dead_clicks", "clarity_excessive_scroll", "clarity_quick_backs", "clarity_script_errors"]
OPERATORS = st.sampled_from(["above", "at_least", "below", "at_most"])
LEAVES = st.one_of(
    st.builds(threshold, st.sampled_from(NAMES), OPERATORS, st.integers(0, 4), window_days=st.sampled_from([1, 2])),
    st.builds(change, st.sampled_from(NAMES), operator=OPERATORS, ratio=st.sampled_from([0.5, 2]), floor=st.just(1)),
    st.builds(
        change,
        st.sampled_from(NAMES),
        against=st.just("same_weekdays"),
        baseline_weeks=st.just(2),
        operator=OPERATORS,
        ratio=st.sampled_from([0.5, 1, 2]),
        floor=st.sampled_from([1, 3]),
    ),
    st.just({"spike": {"signal": "rage_click"}}),
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

RAGE = "rage_click_sessions"
SPOTS = [(column, place) for column in (*(METRICS[name].column for name in NAMES), RAGE) for place in (0, 1)]
FULL = st.fixed_dictionaries({spot: st.integers(0, 4) for spot in SPOTS})
HOLES = st.sets(st.sampled_from(SPOTS))
AS_OF = MONDAY
PAST = {"sessions": 1000, "rage_clicks": 40, RAGE: 1, **{METRICS[name].column: 2 for name in NAMES}}
"""Of every day before those two."""


def source(table: Mapping[tuple[str, int], int | None], *, cut: Set[int] = frozenset()) -> Known:
    """Six weeks, all of whose days have data of some kind; `cut` places are days whose answers were cut at 1,000 rows."""
    names = list(PAST)
    days: dict[int, dict[str, int | None]] = {place: dict(PAST) for place in range(42)}
    for (column, place), number in table.items():
        days[place][column] = number
    versions = [
        Version(
            date=AS_OF - timedelta(days=place),
            values=tuple(_scaled(name, values[name]) for name in names),
            truncated=place in cut,
        )
        for place, values in days.items()
    ]
    return Known(business_id="acme", business=History(names, versions))


def _scaled(name: str, number: int | None) -> int | None:
    """Of 1,000 sessions 40 have rage clicks as a rule, so that three and four times as many are a spike."""
    return number if number is None or name != RAGE else 40 * number


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


def lower_bounds_hold(tree: Rule, full: Table, lost: Table, cut: set[int], *, answer: Any) -> None:
    """What is told of a cut day is some of what there was."""
    told = {(name, place): max(0, n - lost[name, place]) if place in cut else n for (name, place), n in full.items()}
    assert answer(tree, told, cut) in {"unknown", kleene(tree, full)}


CUT = st.sets(st.sampled_from([0, 1]))


@settings(max_examples=150)
@given(RULES, FULL, FULL, CUT)
def test_no_answer_over_cut_days_is_other_than_that_over_whole_ones(tree: Rule, full: Table, lost: Table, cut: set[int]) -> None:
    lower_bounds_hold(
        tree, full, lost, cut, answer=lambda tree, told, cut: evaluate(tree, known=source(told, cut=cut), as_of=AS_OF).outcome
    )


def test_an_evaluator_that_takes_cut_counts_for_whole_ones_fails_that_property() -> None:
    @settings(max_examples=150, database=None, phases=[Phase.generate])
    @given(RULES, FULL, FULL, CUT)
    def trusting(tree: Rule, full: Table, lost: Table, cut: set[int]) -> None:
        lower_bounds_hold(tree, full, lost, cut, answer=lambda tree, told, _: kleene(tree, told))

    with pytest.raises(AssertionError):
        trusting()


EVERYTHING = st.recursive(
    LEAVES
    | st.just({"since_change": {"signal": "rage_click"}})
    | st.builds(lambda state: {"connection": {"state": state}}, st.sampled_from(["stale", "rejected"])),
    lambda below: (
        st.builds(lambda parts: {"all": parts}, st.lists(below, min_size=1, max_size=3))
        | st.builds(lambda parts: {"any": parts}, st.lists(below, min_size=1, max_size=3))
        | st.builds(lambda part: {"not": part}, below)
    ),
    max_leaves=8,
).map(rule)


@given(EVERYTHING, st.booleans())
def test_nothing_but_nulls_is_unknown_and_never_fires(tree: Rule, changed: bool) -> None:
    changes = [Change(None, AS_OF - timedelta(days=10))] if changed else []
    assert evaluate(tree, known=Known(business_id="acme", changes=changes), as_of=AS_OF).outcome == "unknown"
    nulls = dict.fromkeys(SPOTS)
    assert kleene(tree, nulls) != "fired"


@given(RULES, FULL)
def test_with_every_value_known_the_answer_is_the_two_valued_one(tree: Rule, table: Table) -> None:
    assert kleene(tree, table) == naive(tree, table)


@given(RULES, FULL, HOLES)
def test_not_turns_the_answer_and_keeps_the_unknown(tree: Rule, table: Table, holes: set[tuple[str, int]]) -> None:
    opposite = {"fired": "not", "not": "fired", "unknown": "unknown"}
    turned = rule({"not": tree.model_dump()["when"]})
    assert kleene(turned, with_holes(table, holes)) == opposite[kleene(tree, with_holes(table, holes))]
