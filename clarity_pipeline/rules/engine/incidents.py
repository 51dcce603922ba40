"""From a history of answers to incidents: a pure fold, so that a day run twice, late or out of order changes nothing twice.

A day that fired opens an incident, pending until it has held for so many days with an answer, then firing; so many days in a
row on which it is clearly back resolve it. A day that did not fire and is not clearly back keeps it, and the count begins anew.
An unknown day keeps it as it is and is counted by neither: no data is neither an alarm nor an all-clear. Unless what fired is
over on it, whatever else is unknown: then it counts as one that is back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from clarity_pipeline.rules.engine.evidence import Outcome

IncidentState = Literal["pending", "firing", "resolved"]

IsOver = Callable[[Sequence[date], date, Outcome], bool]
"""Given the days on which an incident fired so far: whether what fired is over on a later day with that outcome (not `fired`)."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One stretch of days in which a rule held for a subject; dates are the last days of the evaluated windows.

    `firing_on` is the day on which it had held long enough, None while it is pending. `unknown_since` is the first of the days
    without an answer that it ends with: there is no telling whether it still holds.
    """

    opened_on: date
    last_fired_on: date
    last_evaluated_on: date
    resolved_on: date | None = None
    firing_on: date | None = None
    unknown_since: date | None = None

    @property
    def state(self) -> IncidentState:
        """Whether it is to be told, and whether it still holds."""
        if self.resolved_on is not None:
            return "resolved"
        return "pending" if self.firing_on is None else "firing"


def _not_firing_is_over(_fired_on: Sequence[date], _day: date, outcome: Outcome) -> bool:
    return outcome == "not"


def fold(
    outcomes: Mapping[date, Outcome], *, for_days: int = 1, resolve_after_days: int = 1, is_over: IsOver = _not_firing_is_over
) -> tuple[Incident, ...]:
    """The incidents of one subject, oldest first; only the last may be pending or firing. One that never fired is none."""
    incidents: list[Incident] = []
    current: Incident | None = None
    fired_on: list[date] = []
    held = calm = 0
    for day, outcome in sorted(outcomes.items()):
        if outcome == "fired":
            if current is None:
                held, fired_on = 0, []
            held, calm = held + 1, 0
            fired_on.append(day)
            current = replace(current or Incident(day, day, day), last_fired_on=day, last_evaluated_on=day, unknown_since=None)
            if held >= for_days and current.firing_on is None:
                current = replace(current, firing_on=day)
        elif current is None:
            continue
        elif outcome == "not" and current.firing_on is None:
            current = None
        elif not is_over(fired_on, day, outcome):
            calm = calm if outcome == "unknown" else 0
            since = (current.unknown_since or day) if outcome == "unknown" else None
            current = replace(current, last_evaluated_on=day, unknown_since=since)
        else:
            calm += 1
            current = replace(current, last_evaluated_on=day, unknown_since=None)
            if current.firing_on is None:
                current = None
            elif calm >= resolve_after_days:
                incidents.append(replace(current, resolved_on=day))
                current = None
    return tuple(incidents) if current is None else (*incidents, current)
