"""The condition of a rule: `all`, `any` and `not` over typed leaves, a tree that cannot loop and is a form in a panel.

Part of `rule`, decided by `evaluate`; the leaves are `leaves`. There are no text expressions: evaluators of those raise on NULL
or lose `null or true` (`docs/design.md#no-expressions`).
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from clarity_pipeline.rules.language.leaves import Change, Connection, Part, SinceChange, Spike, Threshold

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


class ThresholdLeaf(Part):
    """A leaf of the tree."""

    threshold: Threshold


class ChangeLeaf(Part):
    """A leaf of the tree."""

    change: Change


class SpikeLeaf(Part):
    """A leaf of the tree."""

    spike: Spike


class SinceChangeLeaf(Part):
    """A leaf of the tree."""

    since_change: SinceChange


class ConnectionLeaf(Part):
    """A leaf of the tree."""

    connection: Connection


NODES: dict[str, type[Part]] = {
    "all": All,
    "any": AnyOf,
    "not": Not,
    "threshold": ThresholdLeaf,
    "change": ChangeLeaf,
    "spike": SpikeLeaf,
    "since_change": SinceChangeLeaf,
    "connection": ConnectionLeaf,
}
LEAVES: dict[str, type[Part]] = {
    "threshold": Threshold,
    "change": Change,
    "spike": Spike,
    "since_change": SinceChange,
    "connection": Connection,
}
"""What each kind of leaf may say."""

_KIND_OF_NODE = {model: kind for kind, model in NODES.items()}


def _kind(value: Any) -> str | None:
    """The tag of a node; tags wear brackets so that `rule_files` can drop them from the path in a message."""
    if isinstance(value, Mapping):
        kind = next(iter(value)) if len(value) == 1 else None
        return f"<{kind}>" if isinstance(kind, str) and kind in NODES else None
    kind = _KIND_OF_NODE.get(type(value))
    return f"<{kind}>" if kind else None


Condition = Annotated[
    Annotated[All, Tag("<all>")]
    | Annotated[AnyOf, Tag("<any>")]
    | Annotated[Not, Tag("<not>")]
    | Annotated[ThresholdLeaf, Tag("<threshold>")]
    | Annotated[ChangeLeaf, Tag("<change>")]
    | Annotated[SpikeLeaf, Tag("<spike>")]
    | Annotated[SinceChangeLeaf, Tag("<since_change>")]
    | Annotated[ConnectionLeaf, Tag("<connection>")],
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
