"""A form says everything that a rule can say: each kind of leaf, each field, and nothing is lost on the way there and back."""

from collections.abc import Iterator

import pytest
from hypothesis import assume, given, settings

from clarity_pipeline.panel.views.rule_draft import NEEDED, SOME, Draft, Node, changed, new_draft, of_form, of_rule
from clarity_pipeline.panel.views.rule_fields import fields_of
from clarity_pipeline.rules.language.condition import LEAVES
from clarity_pipeline.rules.language.ready import library
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.rules.language.rule_files import shipped_rules, write_rules
from clarity_pipeline_tests.rules.language.test_sentence import LEAST
from clarity_pipeline_tests.rules.made_up import change, rule, threshold
from clarity_pipeline_tests.rules.random_rules import RULES

RATIO = {"threshold": {"ratio": {"of": "entity.spend", "over": "entity.leads"}, "operator": "above", "value": 80}}


def sent(draft: Draft) -> Draft:
    """What comes back of a form that shows this draft."""
    form: dict[str, str] = {**draft.values}
    listed: dict[str, list[str]] = {}
    for name in SOME:
        names = draft.some[name]
        form |= {f"{name}:all": "all"} if names is None else {}
        listed[name] = list(names or ())
    for place, node in _placed(draft.when, "when"):
        form[f"{place}:kind"] = node.kind
        form |= {f"{place}:{name}": text for name, text in node.values.items()}
    return of_form(form, listed)


def _placed(node: Node, place: str) -> Iterator[tuple[str, Node]]:
    yield place, node
    for number, part in enumerate(node.parts):
        yield from _placed(part, f"{place}.{number}")


@pytest.mark.parametrize("asked", [*shipped_rules(), *(each.rule for each in library())], ids=lambda each: each.id)
def test_a_form_gives_back_the_rule_that_it_shows_and_the_same_yaml(asked: Rule) -> None:
    found = sent(of_rule(asked)).check()
    assert found.rule == asked
    assert write_rules([asked]) == write_rules([found.rule])


@settings(max_examples=80, deadline=None)
@given(RULES)
def test_any_rule_at_all_goes_through_a_form_unchanged(asked: Rule) -> None:
    assume(asked.name.strip() and (asked.description.strip() or not asked.description))
    assert sent(of_rule(asked)).check().rule == asked


@pytest.mark.parametrize("kind", LEAVES)
def test_every_kind_of_leaf_has_a_field_for_all_that_it_may_say(kind: str) -> None:
    assert {each.name for each in fields_of(LEAVES[kind])} == set(LEAVES[kind].model_fields)
    assert all(each.widget != "document" for each in fields_of(LEAVES[kind]))


def test_a_ratio_of_two_columns_is_a_line_that_a_person_can_type() -> None:
    draft = of_rule(rule(RATIO, scope="campaign"))
    assert draft.when.values["metric"] == "entity.spend / entity.leads"
    assert sent(draft).check().rule == rule(RATIO, scope="campaign")


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("value", "lots", "number"),
        ("value", "1e999", "finite"),
        ("value", "9" * 39, None),
        ("window_days", "91", "90"),
        ("window_days", "2.5", "integer"),
        ("metric", "clarity_rage_clickrate", "did you mean clarity_rage_click_rate"),
        ("metric", "<script>", "unknown metric"),
        ("operator", "", NEEDED),
    ],
)
def test_what_is_wrong_is_said_at_its_field(field: str, typed: str, said: str | None) -> None:
    draft = of_rule(rule({"any": [threshold(), change()]}))
    part, other = draft.when.parts
    spoiled = Node(part.kind, {**part.values, field: typed})
    problems = sent(Draft(draft.values, draft.some, Node("any", parts=(spoiled, other)))).check().problems
    assert [*problems] == ([] if said is None else [f"when.any[0].threshold.{field}"])
    assert said is None or said.lower() in problems[f"when.any[0].threshold.{field}"].lower()


def test_a_metric_that_the_scope_has_not_is_said_at_the_metric() -> None:
    page = threshold("url_clarity_dead_clicks")
    draft = of_rule(rule({"all": [page]}, scope="url"))
    wrong = Draft({**draft.values, "scope": "business"}, draft.some, draft.when)
    assert [*wrong.check().problems] == ["when.all[0].threshold.metric"]


def test_no_business_and_no_channel_are_said_at_their_lists() -> None:
    draft = of_rule(rule(threshold()))
    assert set(Draft(draft.values, {"businesses": (), "channels": ()}, draft.when).check().problems) == {"businesses", "channels"}


def test_buttons_build_a_tree_and_take_it_apart_again() -> None:
    draft = new_draft("acme")
    plain = draft.when
    two = changed(draft, "add when", {"when:add": "spike"})
    assert (two.when.kind, [each.kind for each in two.when.parts]) == ("all", ["threshold", "spike"])
    three = changed(two, "add when", {"when:add": "any"})
    assert [each.kind for each in three.when.parts[2].parts] == ["threshold"]
    turned = changed(changed(three, "swap when", {}), "turn when.1", {})
    assert (turned.when.kind, turned.when.parts[1].kind, turned.when.parts[1].parts[0].kind) == ("any", "not", "spike")
    assert changed(turned, "turn when.1", {}).when.parts[1].kind == "spike"
    less = changed(changed(turned, "remove when.2.0", {}), "remove when.1", {})
    assert less.when == Node("any", parts=(plain,))
    assert changed(less, "remove when", {}) == less, "a rule has a condition"


@pytest.mark.parametrize(
    "do", ["add when.7", "remove when.0.0.0", "turn __class__", "add when.-1", "explode when", "add", "", "add when.99999"]
)
def test_a_button_that_is_none_changes_nothing(do: str) -> None:
    draft = of_rule(rule({"all": [threshold(), change()]}))
    assert changed(draft, do, {"when.7:add": "spike"}) == draft


def test_a_form_of_a_thousand_levels_is_cut_and_refused() -> None:
    form: dict[str, str] = {}
    place = "when"
    for _ in range(1000):
        form[f"{place}:kind"] = "not"
        place += ".0"
    draft = of_form({**form, f"{place}:kind": "connection"}, {name: [] for name in SOME})
    assert draft.check().rule is None


def test_what_is_only_not_typed_yet_is_no_problem_before_somebody_saves() -> None:
    checked = new_draft("acme").check()
    assert set(checked.problems.values()) == {NEEDED}
    assert not checked.so_far().problems


@pytest.mark.parametrize("kind", LEAVES)
def test_a_new_part_of_every_kind_is_whole_once_what_is_needed_is_chosen(kind: str) -> None:
    draft = changed(new_draft("acme"), "add when", {"when:add": kind})
    needed = {each.name: each.as_text(LEAST[kind][each.name]) for each in fields_of(LEAVES[kind]) if each.is_required}
    node = draft.when.parts[1]
    whole = Draft({**draft.named().values}, draft.some, Node(kind, {**node.values, **needed}))
    assert whole.check().rule is not None
