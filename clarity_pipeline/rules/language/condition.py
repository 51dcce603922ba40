"""The condition of a rule: `all`, `any` and `not` over typed leaves, a tree that cannot loop and is a form in a panel.

Part of `rule`, decided by `evaluate`; the kinds of leaf are `kinds`. There are no text expressions: evaluators of those raise on
NULL or lose `null or true` (`docs/design.md#no-expressions`).
"""

from collections.abc import Iterator, Mapping
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Discriminator, Field, Tag, create_model

from clarity_pipeline.rules.language.kinds import LEAF_KINDS
from clarity_pipeline.rules.language.leaves import Part

MAX_LEAVES = 50


class All(Part):
    """True when every condition is."""

    all: tuple["Condition", ...] = Field(min_length=1, max_length=MAX_LEAVES)


class AnyOf(Part):
    """True when one condition is."""

    any: tuple["Condition", ...] = Field(min_length=1, max_length=MAX_LEAVES)


class Not(Part):
    """True when the condition is false; an unknown one stays unknown."""

    not_: "Condition" = Field(alias="not")


LEAVES: dict[str, type[Part]] = {name: kind.model for name, kind in LEAF_KINDS.items()}
"""What each kind of leaf may say."""


def _node(name: str, model: type[Part]) -> type[Part]:
    fields: dict[str, Any] = {name: (model, ...)}
    return create_model(f"{model.__name__}Leaf", __base__=Part, __doc__="A leaf of the tree.", __module__=__name__, **fields)


NODES: dict[str, type[Part]] = {
    "all": All,
    "any": AnyOf,
    "not": Not,
    **{name: _node(name, model) for name, model in LEAVES.items()},
}

globals().update({model.__name__: model for model in NODES.values()})  # by name: a backtest hands rules to other processes

_KIND_OF_NODE = {model: kind for kind, model in NODES.items()}


def _kind(value: Any) -> str | None:
    """The tag of a node; tags wear brackets so that `rule_files` can drop them from the path in a message."""
    if isinstance(value, Mapping):
        kind = next(iter(value)) if len(value) == 1 else None
        return f"<{kind}>" if isinstance(kind, str) and kind in NODES else None
    kind = _KIND_OF_NODE.get(type(value))
    return f"<{kind}>" if kind else None


if TYPE_CHECKING:
    Condition = Any
else:
    Condition = Annotated[
        reduce(or_, (Annotated[model, Tag(f"<{name}>")] for name, model in NODES.items())),
        Discriminator(_kind, custom_error_type="no_condition", custom_error_message="holds exactly one of " + ", ".join(NODES)),
    ]


def children(node: Any) -> tuple[Any, ...]:
    """The conditions under a node; none for a leaf."""
    if isinstance(node, All):
        return node.all
    if isinstance(node, AnyOf):
        return node.any
    return (node.not_,) if isinstance(node, Not) else ()


def size(node: Any) -> tuple[int, int]:
    """Depth and number of leaves of a tree."""
    below = [size(child) for child in children(node)]
    return (1 + max(depth for depth, _ in below), sum(leaves for _, leaves in below)) if below else (1, 1)


def leaves(node: Any, path: str = "when") -> Iterator[tuple[str, str, Any]]:
    """Path, kind and content of each leaf of a tree, in its order."""
    kind = _KIND_OF_NODE[type(node)]
    path = f"{path}.{kind}"
    if kind in LEAVES:
        yield path, kind, getattr(node, kind)
    elif isinstance(node, Not):
        yield from leaves(node.not_, path)
    else:
        for place, child in enumerate(children(node)):
            yield from leaves(child, f"{path}[{place}]")
