"""From a history of answers to incidents: a pure fold, so that a day run twice, late or out of order changes nothing twice.

Called by `alerts.evaluations` over the stored evaluations of one rule and one business, and by `alerts.backtest` over
made-up ones. A day that fired opens an incident or continues it, a day that did not resolves it, an unknown day keeps it as
it is: no data is neither an alarm nor an all-clear.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from clarity_pipeline.rules.evidence import Outcome

IncidentState = Literal["firing", "resolved"]


@dataclass(frozen=True, slots=True)
class Incident:
    """One stretch of days in which a rule held for a business; dates are the last days of the evaluated windows."""

    opened_on: date
    last_fired_on: date
    last_evaluated_on: date
    resolved_on: date | None = None

    @property
    def state(self) -> IncidentState:
        """Whether it still holds."""
        return "firing" if self.resolved_on is None else "resolved"


def fold(outcomes: Mapping[date, Outcome]) -> tuple[Incident, ...]:
    """The incidents of one rule and business, oldest first; only the last may be firing."""
    incidents: list[Incident] = []
    for day, outcome in sorted(outcomes.items()):
        current = incidents.pop() if incidents and incidents[-1].resolved_on is None else None
        if outcome == "fired":
            current = replace(current or Incident(day, day, day), last_fired_on=day, last_evaluated_on=day)
        elif current is not None:
            current = replace(current, last_evaluated_on=day, resolved_on=day if outcome == "not" else None)
        if current is not None:
            incidents.append(current)
    return tuple(incidents)
