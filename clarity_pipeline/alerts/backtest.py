"""What a rule would have said: history through the same `evaluate` and the same `fold` as the live run.

Called by `rules backtest`. It writes nothing and sends nothing. How much data there was comes first: a rule that never
fired on three days of data has not been shown to be quiet.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from clarity_pipeline.alerts.incidents import Incident, fold
from clarity_pipeline.rules.evaluate import evaluate_days
from clarity_pipeline.rules.evidence import Evaluation
from clarity_pipeline.rules.known import Known
from clarity_pipeline.rules.rule import Rule
from clarity_pipeline.rules.window import Window


@dataclass(frozen=True, slots=True)
class Backtest:
    """One rule on one business, evaluated at the end of each date."""

    days_with_data: int
    evaluations: dict[date, Evaluation]
    incidents: tuple[Incident, ...]

    @property
    def days(self) -> int:
        """How many days were evaluated."""
        return len(self.evaluations)

    @property
    def fired_on(self) -> tuple[date, ...]:
        """The days on which the rule held."""
        return tuple(day for day, evaluation in self.evaluations.items() if evaluation.outcome == "fired")

    @property
    def unknown_on(self) -> tuple[date, ...]:
        """The days on which there was too little data to say."""
        return tuple(day for day, evaluation in self.evaluations.items() if evaluation.outcome == "unknown")


def backtest(rule: Rule, *, known: Known, from_date: date, to_date: date) -> Backtest:
    """Evaluate `rule`, one about the whole business, as of every date of the range, both ends included."""
    days = [from_date + timedelta(days=n) for n in range((to_date - from_date).days + 1)]
    evaluations = {answer.date: answer.evaluation() for answer in evaluate_days(rule, known=known, days=days)}
    return Backtest(
        days_with_data=Window.back(known.business.now(), to_date, len(days)).present if days else 0,
        evaluations=evaluations,
        incidents=fold({day: evaluation.outcome for day, evaluation in evaluations.items()}),
    )
