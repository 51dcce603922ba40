import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from clarity_pipeline.rules.language.difference import ABSENT, FieldChange, difference
from clarity_pipeline_tests.rules.made_up import change, rule, threshold
from clarity_pipeline_tests.rules.random_rules import RULES


def test_a_difference_names_the_path_and_both_values_of_each_field_that_differs() -> None:
    before = rule({"all": [threshold(value=1), change(ratio=2)]}, severity="info")
    after = rule({"all": [threshold(value=1), change(ratio=3)]}, severity="critical", channels=["ops"])
    assert difference(before.document(), after.document()) == (
        FieldChange("severity", "info", "critical"),
        FieldChange("channels", "all", ["ops"]),
        FieldChange("when.all[1].change.ratio", 2.0, 3.0),
    )


def test_what_only_one_state_has_is_absent_in_the_other_and_null_is_a_value() -> None:
    found = difference({"a": None, "b": 1}, {"a": 0, "c": {}})
    assert found == (FieldChange("a", None, 0), FieldChange("c", ABSENT, {}), FieldChange("b", 1, ABSENT))
    assert [each.document() for each in found] == [
        {"path": "a", "before": None, "after": 0},
        {"path": "c", "after": {}},
        {"path": "b", "before": 1},
    ]


def test_true_is_not_one_in_a_list_either() -> None:
    assert difference({"enabled": True}, {"enabled": 1}) == (FieldChange("enabled", True, 1),)
    assert difference({"a": [None, False]}, {"a": [None, 0]}) == (FieldChange("a", [None, False], [None, 0]),)
    assert difference({"a": [[{"b": True}]]}, {"a": [[{"b": 1}]]}) != ()


@given(one=RULES, other=RULES)
def test_no_difference_is_shown_exactly_when_two_rules_are_the_same(one: Any, other: Any) -> None:
    assert difference(one.document(), one.document()) == ()
    assert bool(difference(one.document(), other.document())) == (one != other)


TREES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.text("ab", max_size=1),
    lambda below: st.lists(below, max_size=2) | st.dictionaries(st.sampled_from("xyz"), below, max_size=2),
    max_leaves=6,
)


@given(before=st.dictionaries(st.sampled_from("xyz"), TREES), after=st.dictionaries(st.sampled_from("xyz"), TREES))
def test_whatever_the_documents_are_no_difference_goes_unseen(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert bool(difference(before, after)) == (json.dumps(before, sort_keys=True) != json.dumps(after, sort_keys=True))
