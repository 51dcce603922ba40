"""A rule while somebody builds it: what was typed, as a tree that a form carries whole, and the rule that it makes.

Every button of the builder sends all of the form, so that it works without a script; nothing of a draft is kept anywhere else.
Fields of the tree are named by their place: `when:kind`, `when.0:metric`, `when.1.0:value`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from clarity_pipeline.panel.views.rule_fields import Field, fields_of
from clarity_pipeline.rules.language.condition import LEAVES, MAX_LEAVES
from clarity_pipeline.rules.language.rule import MAX_DEPTH, Rule
from clarity_pipeline.rules.language.rule_files import problems_at

GROUPS = ("all", "any", "not")
_DEEPEST = MAX_DEPTH + 4
"""Deeper than a rule can be, so that the rule's own check says that it is too deep, and bounded."""

SOME = ("businesses", "channels")
"""Fields of a rule that are `all`, or a list of names."""


NEEDED = "Needed."


@dataclass(frozen=True, slots=True)
class Node:
    """A group with its parts, or a leaf with what was typed into its fields."""

    kind: str
    values: Mapping[str, str] = field(default_factory=dict)
    parts: tuple["Node", ...] = ()

    @property
    def is_leaf(self) -> bool:
        """Whether it has fields and no parts."""
        return self.kind in LEAVES

    def document(self) -> dict[str, Any]:
        """As a rule has it."""
        if self.is_leaf:
            return {self.kind: _values(fields_of(LEAVES[self.kind]), self.values)}
        parts = [each.document() for each in self.parts]
        return {self.kind: (parts[0] if parts else {}) if self.kind == "not" else parts}


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed: the rule's own fields, those that are all or some, and the condition."""

    values: Mapping[str, str]
    some: Mapping[str, tuple[str, ...] | None]
    """By field of SOME: the names, or None for all."""
    when: Node

    def document(self) -> dict[str, Any]:
        """The rule as a document, whether it is valid or not."""
        own = _values([each for each in fields_of(Rule) if each.name not in SOME], self.values)
        listed = {name: "all" if names is None else list(names) for name, names in self.some.items()}
        return {**own, **listed, "when": self.when.document()}

    def named(self) -> "Draft":
        """The same with a name for the time until it has one, so that it can be tried before."""
        values = {
            **self.values,
            "name": self.values["name"].strip() or "A new rule",
            "id": self.values["id"].strip() or "new-rule",
        }
        return replace(self, values=values)

    def check(self) -> "Checked":
        """The rule, or what is wrong and where."""
        try:
            return Checked(Rule.model_validate(self.document()), {})
        except ValidationError as error:
            found: dict[str, str] = {}
            for path, message in problems_at(error):
                at, said = _placed(path, message)
                found.setdefault(at, said)
            return Checked(None, found)


@dataclass(frozen=True, slots=True)
class Checked:
    """What a draft makes; `problems` are by the path in the document."""

    rule: Rule | None
    problems: Mapping[str, str]

    def so_far(self) -> "Checked":
        """Without what is only not typed yet."""
        return replace(self, problems={at: said for at, said in self.problems.items() if said != NEEDED})


def of_rule(rule: Rule) -> Draft:
    """A draft that makes just this rule."""
    document = rule.document()
    own = {each.name: each.as_text(document[each.name]) for each in fields_of(Rule) if each.name not in SOME}
    some = {name: None if document[name] == "all" else tuple(document[name]) for name in SOME}
    return Draft(own, some, _of_document(document["when"]))


def of_form(form: Mapping[str, str], listed: Mapping[str, Sequence[str]]) -> Draft:
    """What a form sent; `listed` are the names that were ticked, by field of SOME."""
    own = {each.name: form.get(each.name, "") for each in fields_of(Rule) if each.name not in SOME}
    some = {name: None if form.get(f"{name}:all") == "all" else tuple(listed[name]) for name in SOME}
    return Draft(own, some, _of_form(form, "when", 1) or leaf("threshold"))


def leaf(kind: str) -> Node:
    """A new leaf, with the defaults of its fields."""
    return Node(kind, {each.name: each.as_text(each.default) for each in fields_of(LEAVES[kind])})


def new_draft(business_id: str) -> Draft:
    """Where a person begins: one leaf, for the business that they look at."""
    own = {each.name: each.as_text(each.default) for each in fields_of(Rule) if each.name not in SOME}
    return Draft(own, {"businesses": (business_id,), "channels": None}, leaf("threshold"))


def changed(draft: Draft, do: str, form: Mapping[str, str]) -> Draft:
    """The draft after a button of its tree: `add when.0`, `remove when.0.1`, `turn when`, `swap when`."""
    action, _, path = do.partition(" ")
    change = _CHANGES.get(action)
    places = path.split(".")
    if change is None or places[0] != "when" or not all(each.isdigit() and len(each) < 4 for each in places[1:]):
        return draft
    kind = form.get(f"{path}:add", "")
    root = _at(draft.when, [int(each) for each in places[1:]], lambda node: change(node, kind))
    return draft if root is None else replace(draft, when=root)


def focus_after(draft: Draft, do: str) -> str:
    """Which field or button has the focus after a button of the tree: the first field of what is new, or what was pressed."""
    action, _, path = do.partition(" ")
    if action == "add":
        places = path.split(".")[1:]
        node = draft.when
        for each in places:
            if not each.isdigit() or len(each) > 3 or int(each) >= len(node.parts):
                return ""
            node = node.parts[int(each)]
        number = 1 if node.is_leaf or node.kind == "not" else len(node.parts)
        return f"{path}.{number}:"
    if action == "remove":
        return f"{path.rpartition('.')[0]}:add"
    return {"look": "said", "past": "past"}.get(do, do if action in ("turn", "swap") else "")


def _add(node: Node, kind: str) -> Node:
    """One more part; beside a leaf, both become parts of a group."""
    if kind not in LEAVES and kind not in GROUPS:
        return node
    new = leaf(kind) if kind in LEAVES else Node(kind, parts=(leaf("threshold"),))
    if node.is_leaf or node.kind == "not":
        return Node("all", parts=(node, new))
    return replace(node, parts=(*node.parts, new)) if len(node.parts) < MAX_LEAVES else node


def _turn(node: Node, _: str) -> Node:
    """Not so; and not not so is so."""
    return node.parts[0] if node.kind == "not" and node.parts else Node("not", parts=(node,))


def _swap(node: Node, _: str) -> Node:
    """All of its parts, or any."""
    other = {"all": "any", "any": "all"}.get(node.kind, node.kind)
    return replace(node, kind=other)


_CHANGES: Mapping[str, Callable[[Node, str], Node | None]] = MappingProxyType(
    {"add": _add, "turn": _turn, "swap": _swap, "remove": lambda _node, _kind: None}
)


def _at(node: Node, places: Sequence[int], change: Callable[[Node], Node | None]) -> Node | None:
    """The tree with the node at `places` changed; None where nothing is left. A group that loses its last part goes with it."""
    if not places:
        return change(node)
    first, *rest = places
    if first >= len(node.parts):
        return node
    new = _at(node.parts[first], rest, change)
    parts = (*node.parts[:first], *(() if new is None else (new,)), *node.parts[first + 1 :])
    if not parts:
        return None
    return replace(node, parts=parts)


def _of_form(form: Mapping[str, str], place: str, depth: int) -> Node | None:
    kind = form.get(f"{place}:kind", "")
    if kind in LEAVES:
        return Node(kind, {each.name: _typed(form, f"{place}:{each.name}") for each in fields_of(LEAVES[kind])})
    if kind not in GROUPS or depth > _DEEPEST:
        return None
    parts: list[Node] = []
    while len(parts) <= MAX_LEAVES and (part := _of_form(form, f"{place}.{len(parts)}", depth + 1)):
        parts.append(part)
    return Node(kind, parts=tuple(parts[: 1 if kind == "not" else None]))


def _typed(form: Mapping[str, str], name: str) -> str:
    """What was chosen, or, where something else was typed beside the list, that."""
    return form.get(f"{name}:own", "").strip() or form.get(name, "")


def _of_document(document: Mapping[str, Any]) -> Node:
    ((kind, inside),) = document.items()
    if kind in LEAVES:
        return Node(kind, {each.name: each.as_text(inside[each.name]) for each in fields_of(LEAVES[kind])})
    return Node(kind, parts=tuple(map(_of_document, [inside] if kind == "not" else inside)))


def _values(fields: Sequence[Field], typed: Mapping[str, str]) -> dict[str, Any]:
    """JSON values of what was typed; what was left empty has its default, or is null where that is a value of it."""
    found: dict[str, Any] = {}
    for each in fields:
        text = typed.get(each.name, "")
        if each.is_given(text):
            found[each.name] = each.as_value(text)
        elif each.is_nullable:
            found[each.name] = None
    return found


def _placed(path: str, message: str) -> tuple[str, str]:
    """The field of a problem: in `businesses[0]` the whole list; of a check over the whole rule the path that it begins with."""
    at = path.split("[", maxsplit=1)[0] if path.startswith(SOME) else path
    if not path and message.startswith("when.") and ": " in message:
        at, _, message = message.partition(": ")
    if message == "field required":
        return at, NEEDED
    return at, f"{message[:1].upper()}{message[1:]}."
