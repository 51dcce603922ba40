"""Every rule can be read as a sentence, and no field of it is left out."""

from collections.abc import Iterator
from typing import Any

import pytest

from clarity_pipeline.rules.language.condition import LEAVES, leaves
from clarity_pipeline.rules.language.ready import library
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.rules.language.sentence import about_leaf, kinds_in_words, sentence
from clarity_pipeline_tests.rules.made_up import change, rule, threshold

SIGNAL = {"signal": "dead_click"}
LEAST: dict[str, dict[str, Any]] = {
    "threshold": {"metric": "clarity_rage_click_rate", "operator": "above", "value": 0.25},
    "change": {"metric": "clarity_dead_clicks", "ratio": 2, "floor": 30},
    "spike": SIGNAL,
    "since_change": SIGNAL,
    "connection": {"state": "stale"},
}
OTHER: dict[str, Any] = {
    "metric": "clarity_sessions", "operator": "at_most", "value": 0.5, "window_days": 5, "min_sessions": 70, "min_coverage": 0.9,
    "against": "same_weekdays", "baseline_days": 11, "baseline_weeks": 3, "ratio": 1.7, "floor": 41, "signal": "rage_click",
    "quantity": "events", "alpha": 0.0123, "ratio_floor": 3.5, "min_events": 9, "within_days": 6, "state": "rejected",
    "ends_at": 0.2,
}  # fmt: skip
OF_A_RATIO = {"ends_at": {"change": 1.2, "spike": 1.2, "since_change": 1.2}}
"""Where a field of one name takes other values in other kinds."""

BESIDE: dict[str, dict[str, Any]] = {"baseline_weeks": {"against": "same_weekdays"}}
"""What a field needs beside it to be valid."""

OF_THE_RULE: dict[str, Any] = {
    "severity": "critical", "action": "recommend_pause", "businesses": ["acme"], "scope": "url", "top": 7, "for_days": 3,
    "resolve_after_days": 4, "remind_after_days": None, "channels": ["ops"], "enabled": False,
}  # fmt: skip


def _fields_of_leaves() -> Iterator[tuple[str, str]]:
    for kind, model in LEAVES.items():
        for name in model.model_fields:
            yield kind, name


def test_the_missions_first_example_reads_as_a_person_would_say_it() -> None:
    asked = rule(threshold("clarity_rage_click_rate", value=0.25), action="recommend_pause", channels=["ops"])
    assert sentence(asked).startswith(
        "Recommend to the channel ops to pause the spend when rage clicks per visit of a page over the last 7 days"
        " are above 0.25."
    )


def test_the_missions_second_example_reads_as_a_person_would_say_it() -> None:
    asked = rule({"since_change": SIGNAL}, channels=["ops", "mail"])
    assert sentence(asked).startswith(
        "Tell the channels ops and mail when visits with dead clicks are worse beyond chance since the last change that somebody"
        " marked in the 28 days before (at least 1.25 times the normal, at least 5; by chance once in 100; "
    )


def test_all_any_and_not_keep_their_order_in_words() -> None:
    high, low = threshold(value=9), threshold(operator="below", value=2)
    told = sentence(rule({"any": [high, {"not": {"all": [high, low]}}]}))
    assert " or it is not so that (both dead clicks " in told
    assert told.index("above 9 or") < told.index("below 2)")


@pytest.mark.parametrize("kind", LEAVES)
def test_each_kind_of_leaf_has_words(kind: str) -> None:
    asked = rule({kind: LEAST[kind]})
    ((_, found, leaf),) = leaves(asked.when)
    assert about_leaf(found, leaf) in sentence(asked)
    assert "_" not in sentence(asked)


@pytest.mark.parametrize(("kind", "field"), list(_fields_of_leaves()))
def test_a_leaf_that_differs_in_one_field_reads_differently(kind: str, field: str) -> None:
    beside = BESIDE.get(field, {})
    plain, other = (
        {kind: {**LEAST[kind], **beside, **more}} for more in ({}, {field: OF_A_RATIO.get(field, {}).get(kind, OTHER[field])})
    )
    assert rule(plain).document() != rule(other).document()
    assert sentence(rule(plain)) != sentence(rule(other))


@pytest.mark.parametrize("field", sorted(Rule.model_fields.keys() - {"id", "name", "description", "when"}))
def test_a_rule_that_differs_in_one_field_reads_differently(field: str) -> None:
    """Id, name and description stand above it as they are."""
    beside = {"scope": "url"} if field == "top" else {}
    assert sentence(rule(change(), **beside)) != sentence(rule(change(), **{**beside, field: OF_THE_RULE[field]}))


@pytest.mark.parametrize("ready", library(), ids=lambda each: each.rule.id)
def test_a_ready_rule_reads_without_a_code_of_ours(ready: Any) -> None:
    told = sentence(ready.rule)
    assert "_" not in told
    assert told.startswith(("Tell every channel when", "Recommend to every channel to pause the spend when"))


def test_every_kind_can_be_chosen_by_its_words() -> None:
    told = {kind: (called, about) for kind, called, about in kinds_in_words()}
    assert list(told) == list(LEAVES)
    assert all(called and about for called, about in told.values())
