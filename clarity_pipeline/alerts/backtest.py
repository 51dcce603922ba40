"""What a rule would have said: history through the same `evaluate` and the same `fold` as the live run.

Called by `trials.backtests` for `rules backtest`, and by the benchmark of the rule library. It writes nothing and sends nothing.
How much data there was comes first: a rule that never fired on three days of data has not been shown to be quiet.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from clarity_pipeline.alerts.incidents import Incident, fold
from clarity_pipeline.rules.evaluate import evaluate
from clarity_pipeline.rules.evidence import Evaluation, Outcome
from clarity_pipeline.rules.rule import Rule
from clarity_pipeline.rules.window import MetricSource, Windows


@dataclass(frozen=True, slots=True)
class Messages:
    """How many messages a channel would have got."""

    opened: int = 0
    resolved: int = 0
    reminders: int = 0

    @property
    def all(self) -> int:
        """Together."""
        return self.opened + self.resolved + self.reminders


@dataclass(frozen=True, slots=True)
class Backtest:
    """One rule on one business, page or entity, evaluated at the end of each date; `unknown` is by reason."""

    days: int
    days_with_data: int
    fired_on: tuple[date, ...]
    unknown_on: tuple[date, ...]
    unknown: Mapping[str, int] = field(hash=False)
    incidents: tuple[Incident, ...]
    messages: Messages


def backtest(rule: Rule, *, metrics: MetricSource, from_date: date, to_date: date) -> Backtest:
    """Evaluate `rule` as of every date of the range, both ends included."""
    days = [from_date + timedelta(days=n) for n in range((to_date - from_date).days + 1)]
    evaluations = {day: evaluate(rule, metrics=metrics, as_of=day) for day in days}
    known = Windows(metrics, to_date).back(len(days)).days_with_data if days else 0
    return summed_up(rule, evaluations, days_with_data=known)


def summed_up(rule: Rule, evaluations: Mapping[date, Evaluation], *, days_with_data: int) -> Backtest:
    """What evaluations of one subject come to."""
    outcomes: dict[date, Outcome] = {day: evaluations[day].outcome for day in sorted(evaluations)}
    incidents = fold(outcomes)
    return Backtest(
        days=len(outcomes),
        days_with_data=days_with_data,
        fired_on=tuple(day for day, outcome in outcomes.items() if outcome == "fired"),
        unknown_on=tuple(day for day, outcome in outcomes.items() if outcome == "unknown"),
        unknown=Counter(_kind_of(each.reason or "") for each in evaluations.values() if each.outcome == "unknown"),
        incidents=incidents,
        messages=_messages(rule, incidents),
    )


_DATES = re.compile(r" (?:on|from|since) \d{4}-\d\d-\d\d(?: to \d{4}-\d\d-\d\d)?")
_NUMBER = re.compile(r"\d[\d,.]*")


def _kind_of(reason: str) -> str:
    """The reason without its dates and numbers, so that a year of days with the same one is one line."""
    return _NUMBER.sub("N", _DATES.sub("", reason))


def _messages(rule: Rule, incidents: tuple[Incident, ...]) -> Messages:
    """Of incidents that nobody acknowledges."""
    every = rule.remind_after_days
    return Messages(
        opened=len(incidents),
        resolved=sum(each.resolved_on is not None for each in incidents),
        reminders=sum((each.last_fired_on - each.opened_on).days // every for each in incidents) if every else 0,
    )
