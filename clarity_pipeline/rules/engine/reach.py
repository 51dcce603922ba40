"""How far back a rule looks, and at which families of metrics: what must be read before it can be asked. Pure."""

from collections.abc import Iterable
from typing import Any

from clarity_pipeline.rules.engine.account import SERIES_DAYS
from clarity_pipeline.rules.engine.known import PRESENT_DAYS
from clarity_pipeline.rules.language.condition import leaves
from clarity_pipeline.rules.language.kinds import LEAF_KINDS, asks_metric, tests_signal
from clarity_pipeline.rules.language.metric import Family, metric_of
from clarity_pipeline.rules.language.rule import Rule


def reach_of(rules: Iterable[Rule]) -> int:
    """Days before the evaluated one that any of the rules makes use of."""
    leaves_of = (leaf for rule in rules for leaf in leaves(rule.when))
    return max((_reach(kind, leaf) for _, kind, leaf in leaves_of), default=0)


def families_of(rules: Iterable[Rule]) -> frozenset[Family]:
    """The families that any of the rules asks, `business` always among them."""
    found: set[Family] = {"business"}
    for rule in rules:
        if rule.scope == "url":
            found.add("page")
        elif rule.scope != "business":
            found.add("entity")
        for _, kind, leaf in leaves(rule.when):
            if metric := asks_metric(leaf):
                found.add(metric_of(metric).family)
            if LEAF_KINDS[kind].reads_pages(rule.scope):
                found.add("page")
    return frozenset(found)


def asks_beyond_clarity(rule: Rule) -> bool:
    """Whether a part of the rule is about something that does not come from Clarity: an ad platform's numbers, an experiment."""
    asked = (metric_of(metric).family for _, _, leaf in leaves(rule.when) if (metric := asks_metric(leaf)))
    return bool({"entity", "experiment"}.intersection(asked))


def any_tests_signal(rules: Iterable[Rule]) -> bool:
    """Whether any of the rules tests a signal, and so asks which visits came."""
    return any(tests_signal(leaf) for rule in rules for _, _, leaf in leaves(rule.when))


def top_of(rules: Iterable[Rule]) -> int:
    """How many of the busiest pages any of the rules is about; 0 where none is about pages."""
    return max((rule.top for rule in rules if rule.scope == "url"), default=0)


def _reach(kind: str, leaf: Any) -> int:
    return max(LEAF_KINDS[kind].reach(leaf), SERIES_DAYS, PRESENT_DAYS)
