"""Kleene's three values over the tree of a rule: unknown is what a value that nobody knows could still decide. Pure.

`all` is unknown unless a part is false, `any` unless a part is true, `not` of unknown is unknown. So a NULL never makes a
condition true and never stops the rest of the rule, and no value that a NULL might have had would overturn a known answer (a
property test).
"""

from collections.abc import Iterator, Sequence
from typing import Any

from clarity_pipeline.rules.engine.evidence import Truth
from clarity_pipeline.rules.language.condition import All, AnyOf, Not, leaves


def truth_of(node: Any, verdicts: Iterator[Truth]) -> Truth:
    """The answer of a node; `verdicts` are those of the leaves of the whole tree in its order, taken one by one."""
    if isinstance(node, All):
        return all_of([truth_of(child, verdicts) for child in node.all])
    if isinstance(node, AnyOf):
        return any_of([truth_of(child, verdicts) for child in node.any])
    if isinstance(node, Not):
        truth = truth_of(node.not_, verdicts)
        return None if truth is None else not truth
    return next(verdicts)


def all_of(truths: Sequence[Truth]) -> Truth:
    """The least of false < unknown < true."""
    return False if False in truths else None if None in truths else True


def any_of(truths: Sequence[Truth]) -> Truth:
    """The greatest of false < unknown < true."""
    return True if True in truths else None if None in truths else False


def wanted_of(node: Any) -> list[tuple[str, bool]]:
    """Path of each leaf, and the answer of it that would help the whole rule to fire."""
    return [(path, path.split(".").count("not") % 2 == 0) for path, _, _ in leaves(node)]
