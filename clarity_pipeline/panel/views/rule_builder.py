"""What the builder's page shows of a draft: its inputs with what is wrong beside each, its sentence, its preview and its YAML.

Called by `pages.rule_builder`. The sentence, the preview and the YAML are of the same rule that saving stores.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.views.rule_draft import GROUPS, SOME, Checked, Draft, Node
from clarity_pipeline.panel.views.rule_evidence import SHOWN, Said, said_of, summary
from clarity_pipeline.panel.views.rule_fields import Field, fields_of
from clarity_pipeline.rules.backtest.trials import Trials
from clarity_pipeline.rules.language.condition import LEAVES
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.rules.language.rule_files import write_rules
from clarity_pipeline.rules.language.sentence import kinds_in_words, sentence

_HEAD = ("name", "severity", "action")
_WHOM = ("scope", "top")
_NOT_NEEDED = frozenset({"min_sessions", "min_coverage", "alpha", "ratio_floor", "min_events", "baseline_days", "baseline_weeks"})


@dataclass(frozen=True, slots=True)
class Input:
    """One field of the form with what was typed and what is wrong with it."""

    field: Field
    name: str
    text: str
    problem: str | None

    @property
    def is_listed(self) -> bool:
        """Whether what was typed is one of its choices."""
        return any(each.value == self.text for each in self.field.choices)

    @property
    def groups(self) -> Mapping[str, list[Any]]:
        """Its choices by group, in their order."""
        found: dict[str, list[Any]] = {}
        for each in self.field.choices:
            found.setdefault(each.group, []).append(each)
        return found


@dataclass(frozen=True, slots=True)
class NodeView:
    """A part of the condition with its place in the form."""

    place: str
    kind: str
    called: str
    about: str
    inputs: tuple[Input, ...]
    fine: tuple[Input, ...]
    parts: tuple["NodeView", ...]
    problem: str | None
    number: int

    @property
    def is_leaf(self) -> bool:
        """Whether it has inputs and no parts."""
        return self.kind not in GROUPS

    @property
    def is_open(self) -> bool:
        """Whether something is wrong in what is folded away."""
        return any(each.problem for each in self.fine)


@dataclass(frozen=True, slots=True)
class Looked:
    """The preview of a rule that is valid; `problem` where it could not be tried."""

    day: date | None
    found: tuple[Said, ...]
    more: int
    summary: str
    nobody: str | None
    problem: str | None


def builder_view(draft: Draft, checked: Checked, *, trials: Trials, business_id: str, names: Mapping[str, str]) -> dict[str, Any]:
    """For the template; `names` are what the businesses are called."""
    kinds = {kind: (called, about) for kind, called, about in kinds_in_words()}
    rule = checked.rule or draft.named().check().rule
    head, whom, more = (_inputs(draft, checked, names) for names in (_HEAD, _WHOM, _rest()))
    root = _node(draft.when, "when", "when", kinds, checked.problems)
    wrong = (each.name for each in (*head, *whom, *_all_inputs(root), *more) if each.problem)
    return {
        "head": head,
        "whom": whom,
        "more": more,
        "first_problem": next(wrong, "whole"),
        "some": {name: draft.some[name] for name in SOME},
        "root": root,
        "kinds": [(kind, called) for kind, (called, _) in kinds.items()],
        "problems": checked.problems,
        "whole": checked.problems.get(""),
        "rule": rule,
        "said": None if rule is None else sentence(rule, names=names),
        "yaml": None if rule is None else write_rules([rule]),
        "looked": None if rule is None else look(trials, rule, business_id),
    }


def look(trials: Trials, rule: Rule, business_id: str) -> Looked:
    """What the rule says of the newest day; that it cannot be tried is said, and stops nobody from saving it."""
    try:
        previewed = trials.preview([rule], business_id)
    except ClarityPipelineError as error:
        return Looked(None, (), 0, "", None, f"{str(error)[:1].upper()}{str(error)[1:]}.")
    found = previewed.found
    shown = tuple(said_of(each) for each in found[:SHOWN])
    nobody = None if previewed.nobody is None else f"Nobody to ask: {previewed.nobody}."
    return Looked(previewed.day, shown, len(found) - len(shown), summary(found), nobody, None)


def _rest() -> Sequence[str]:
    """Fields of a rule that stand folded; one that is new is among them."""
    named = {*_HEAD, *_WHOM, *SOME}
    return tuple(each.name for each in fields_of(Rule) if each.name not in named)


def _inputs(draft: Draft, checked: Checked, names: Sequence[str]) -> tuple[Input, ...]:
    fields = {each.name: each for each in fields_of(Rule)}
    return tuple(Input(fields[name], name, draft.values.get(name, ""), checked.problems.get(name)) for name in names)


def _node(
    node: Node, place: str, at: str, kinds: Mapping[str, tuple[str, str]], problems: Mapping[str, str], number: int = 1
) -> NodeView:
    inside = f"{at}.{node.kind}"
    called, about = kinds.get(node.kind, (node.kind, ""))
    inputs: list[Input] = []
    if node.is_leaf:
        for each in fields_of(LEAVES[node.kind]):
            problem = problems.get(f"{inside}.{each.name}")
            inputs.append(Input(each, f"{place}:{each.name}", node.values.get(each.name, ""), problem))
    return NodeView(
        place=place,
        kind=node.kind,
        called=called,
        about=about,
        inputs=tuple(each for each in inputs if each.field.name not in _NOT_NEEDED),
        fine=tuple(each for each in inputs if each.field.name in _NOT_NEEDED),
        parts=tuple(_parts(node, place, inside, kinds, problems)),
        problem=problems.get(inside) or problems.get(at),
        number=number,
    )


def _all_inputs(node: NodeView) -> Iterator[Input]:
    yield from node.inputs
    yield from node.fine
    for part in node.parts:
        yield from _all_inputs(part)


def _parts(
    node: Node, place: str, inside: str, kinds: Mapping[str, tuple[str, str]], problems: Mapping[str, str]
) -> Iterator[NodeView]:
    for number, part in enumerate(node.parts):
        at = inside if node.kind == "not" else f"{inside}[{number}]"
        yield _node(part, f"{place}.{number}", at, kinds, problems, number + 1)
