"""Does a rule fire on a business on a day? Pure, three-valued, with the evidence for whatever it answers.

Called by `alerts.evaluations` (the live run), `rules preview` and `backtest` alike. Kleene's logic: a leaf whose metric is
NULL is unknown; `all` is unknown unless a part is false, `any` unless a part is true, `not` of unknown is unknown; only
what is known to be true fires. So a NULL never makes a condition true and never stops the rest of the rule, and no value
that a NULL might have had would overturn a known answer (a property test).

A count over a window with missing days is a lower bound: enough to be above a limit, never enough to be below it. A change
compares means per day with data and needs 7 of 10 days on both sides.
"""

import operator
from collections.abc import Callable, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from clarity_pipeline.rules.condition import All, Change, ChangeLeaf, Not, Operator, Threshold, ThresholdLeaf, children
from clarity_pipeline.rules.evidence import Evaluation, Evidence, Outcome, Truth
from clarity_pipeline.rules.metric import METRICS
from clarity_pipeline.rules.rule import Rule
from clarity_pipeline.rules.window import MetricSource, Windows

COVERAGE_OF_A_CHANGE = Fraction(7, 10)
"""Share of the days on either side of a change that must have data: 2 of 2, 5 of 7, 10 of 14."""

OUTCOMES: dict[Truth, Outcome] = {True: "fired", False: "not", None: "unknown"}
COMPARE: dict[Operator, Callable[[float, float], bool]] = {
    "above": operator.gt,
    "at_least": operator.ge,
    "below": operator.lt,
    "at_most": operator.le,
}
_RISING = {"above", "at_least"}


def evaluate(rule: Rule, *, metrics: MetricSource, as_of: date) -> Evaluation:
    """Decide `rule` from the windows that end on `as_of`; every leaf is looked at, whatever the others say."""
    truth, evidence = _decide(rule.when, windows=Windows(metrics, as_of), path="when", wanted=True)
    notes = dict.fromkeys(leaf.note for leaf in evidence if leaf.note)  # each once, in order
    return Evaluation(
        outcome=OUTCOMES[truth],
        reason="; ".join(str(note) for note in notes) if truth is None else None,
        evidence=tuple(evidence),
    )


def all_of(truths: Sequence[Truth]) -> Truth:
    """Kleene's and: the least of false < unknown < true."""
    return False if False in truths else None if None in truths else True


def any_of(truths: Sequence[Truth]) -> Truth:
    """Kleene's or: the greatest of false < unknown < true."""
    return True if True in truths else None if None in truths else False


def _decide(node: Any, *, windows: Windows, path: str, wanted: bool) -> tuple[Truth, list[Evidence]]:
    """Answer and evidence of a node; `wanted` is the answer that would help the whole rule to fire."""
    if isinstance(node, ThresholdLeaf):
        leaf = _threshold(node.threshold, windows, path=f"{path}.threshold", wanted=wanted)
        return leaf.verdict, [leaf]
    if isinstance(node, ChangeLeaf):
        leaf = _change(node.change, windows, path=f"{path}.change", wanted=wanted)
        return leaf.verdict, [leaf]
    if isinstance(node, Not):
        truth, evidence = _decide(node.not_, windows=windows, path=f"{path}.not", wanted=not wanted)
        return None if truth is None else not truth, evidence
    word, join = ("all", all_of) if isinstance(node, All) else ("any", any_of)
    parts = [
        _decide(child, windows=windows, path=f"{path}.{word}[{place}]", wanted=wanted)
        for place, child in enumerate(children(node))
    ]
    return join([truth for truth, _ in parts]), [leaf for _, evidence in parts for leaf in evidence]


def _threshold(leaf: Threshold, windows: Windows, *, path: str, wanted: bool) -> Evidence:
    window = windows.back(leaf.window_days)
    value = window.value(leaf.metric)
    note = window.why_unknown(leaf.metric, min_sessions=leaf.min_sessions)
    verdict: Truth = None
    if value is not None and note is None:
        verdict = COMPARE[leaf.operator](value, leaf.value)
        missing = window.days - window.days_with_data
        if METRICS[leaf.metric].kind == "count" and missing and verdict is not (leaf.operator in _RISING):
            verdict = None
            note = f"{leaf.metric} has no data on {missing} of {window.days} days {window}, {value:,.0f} on the others"
    return Evidence(
        path=path,
        metric=leaf.metric,
        from_date=window.from_date,
        to_date=window.to_date,
        days_with_data=window.days_with_data,
        value=value,
        operator=leaf.operator,
        threshold=leaf.value,
        verdict=verdict,
        supports=verdict is wanted,
        note=note,
    )


def _change(leaf: Change, windows: Windows, *, path: str, wanted: bool) -> Evidence:
    window = windows.back(leaf.window_days)
    baseline = windows.back(leaf.days_before, before=leaf.window_days)
    value, normal = window.level(leaf.metric, days=leaf.window_days), baseline.level(leaf.metric, days=leaf.window_days)
    note = window.why_unknown(leaf.metric, min_sessions=leaf.min_sessions, coverage=COVERAGE_OF_A_CHANGE)
    note = note or baseline.why_unknown(leaf.metric, min_sessions=0, coverage=COVERAGE_OF_A_CHANGE)
    verdict: Truth = None
    if value is not None and normal is not None and note is None:
        verdict = COMPARE[leaf.operator](value, leaf.ratio * normal) and max(value, normal) >= leaf.floor
    return Evidence(
        path=path,
        metric=leaf.metric,
        from_date=window.from_date,
        to_date=window.to_date,
        days_with_data=window.days_with_data,
        value=value,
        operator=leaf.operator,
        threshold=None if normal is None else leaf.ratio * normal,
        verdict=verdict,
        supports=verdict is wanted,
        note=note,
        normal=normal,
        baseline_from=baseline.from_date,
        baseline_to=baseline.to_date,
        ratio=leaf.ratio,
        floor=leaf.floor,
    )
