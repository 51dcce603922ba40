"""What a rule about a whole business said of each of some days, leaf by leaf: the lines of a backtest's chart. Pure.

The days are those of a backtest, one after the other, so that what fired is no baseline of what comes behind it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from clarity_pipeline.rules.backtest.backtest import dates
from clarity_pipeline.rules.engine.evaluate import evaluate_days
from clarity_pipeline.rules.engine.evidence import Outcome
from clarity_pipeline.rules.engine.known import Known
from clarity_pipeline.rules.language.rule import Rule


@dataclass(frozen=True, slots=True)
class LeafDay:
    """What one leaf saw on a day, in its metric's unit; None where it is not known."""

    path: str
    metric: str
    value: float | None
    threshold: float | None
    normal: float | None


@dataclass(frozen=True, slots=True)
class RuleDay:
    """What the rule said of a day."""

    day: date
    outcome: Outcome
    leaves: tuple[LeafDay, ...]


def day_by_day(rule: Rule, *, known: Known, from_date: date, to_date: date) -> Iterator[RuleDay]:
    """Each day of the span on which the business was asked."""
    for answer in evaluate_days(rule, known=known, days=dates(from_date, to_date)):
        evidence = answer.evaluation().evidence
        leaves = tuple(LeafDay(each.path, each.metric, each.value, each.threshold, each.normal) for each in evidence)
        yield RuleDay(answer.date, answer.outcome, leaves)
