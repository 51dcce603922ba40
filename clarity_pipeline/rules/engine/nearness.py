"""How far a rule that did not fire was from firing: the nearest misses of `rules preview`.

Pure, from the rule's tree and the evidence of its evaluation. One number from 0 to 1 for leaves of every kind, so that they can
be compared: the share of the way that the value has come. A threshold of 0.30 against a limit of 0.40 is 0.75, so are a rise to
1.5 times where 2 are needed, and 9 sessions with the signal where 12 would be beyond chance. `all` is as near as its farthest
part, `any` as its nearest; what is unknown is neither.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from clarity_pipeline.rules.engine.evidence import Evaluation, Evidence
from clarity_pipeline.rules.language.condition import All, Not, children
from clarity_pipeline.rules.language.rule import Rule


@dataclass(frozen=True, slots=True)
class Miss:
    """The leaf that holds the rule back, and the share of the way that it has come; 1.0 is on the limit itself."""

    share: float
    leaf: Evidence


def nearness(rule: Rule, evaluation: Evaluation) -> Miss | None:
    """The miss of an evaluation that did not fire; None where it fired, or where nothing about it is known."""
    if evaluation.outcome == "fired" or not evaluation.evidence:
        return None
    return _nearness(rule.when, iter(evaluation.evidence), wanted=True)


def _nearness(node: Any, leaves: Iterator[Evidence], *, wanted: bool) -> Miss | None:
    """Of a node; `leaves` are those of the whole tree in its order, taken one by one. Below a `not` all and any change places."""
    parts = children(node)
    if not parts:
        return _of_leaf(next(leaves))
    if isinstance(node, Not):
        return _nearness(node.not_, leaves, wanted=not wanted)
    known = [miss for miss in [_nearness(part, leaves, wanted=wanted) for part in parts] if miss is not None]
    farthest_counts = isinstance(node, All) is wanted
    return (min if farthest_counts else max)(known, key=lambda miss: (miss.share, miss.leaf.supports), default=None)


def _of_leaf(leaf: Evidence) -> Miss | None:
    if leaf.verdict is None:
        return None
    if leaf.supports:
        return Miss(1.0, leaf)
    if leaf.value is None or leaf.threshold is None:
        return Miss(0.0, leaf)
    way = closeness(leaf.value, leaf.threshold)
    if leaf.floor is not None and leaf.normal is not None and (most := max(leaf.value, leaf.normal)) < leaf.floor:
        beyond = leaf.value >= leaf.threshold if leaf.operator in ("above", "at_least") else leaf.value <= leaf.threshold
        way = min(1.0 if beyond else way, closeness(most, leaf.floor))
    return Miss(way, leaf)


def closeness(value: float, limit: float) -> float:
    """1 where they are equal, 0 where they are worlds apart or of different sign; the same either way round."""
    largest = max(abs(value), abs(limit))
    return 1.0 if not largest else max(0.0, 1 - abs(value - limit) / largest)
