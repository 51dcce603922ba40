"""An incident with a name: which alert an incident is, and which of its turns are news. Pure; called by `turns`.

Incidents are folded anew on every run, so they have no memory; people do. An alert keeps its id while the fold moves its
ends (a late day opens it earlier, a re-run shortens it), because its id is in messages that were sent. What was said is
never unsaid: when the fold no longer has an incident that was told, or with which somebody did something, its alert is resolved
(one that nobody heard of is dropped); when one fires again whose resolution was told, that is a new alert.
"""

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from hashlib import sha256

from clarity_pipeline.rules.engine.incidents import Incident, IncidentState
from clarity_pipeline.rules.language.subject import Subject

Transition = str
"""`opened`, `resolved`, `reminded-N` (for the Nth time), or one of the two recommendations."""

REMINDED = "reminded-"
PAUSE, RESUME = "pause_recommended", "resume_recommended"
ENDINGS = frozenset({"resolved", RESUME})
"""Turns after which what fires again is a new alert."""


@dataclass(frozen=True, slots=True)
class Alert:
    """An incident of one subject under the id that messages carry; withdrawn when the fold has it no more."""

    alert_id: str
    incident: Incident
    is_withdrawn: bool = field(default=False, compare=False)

    @property
    def state(self) -> IncidentState:
        """Pending, firing or resolved."""
        return self.incident.state


def settle(
    known: Sequence[Alert],
    *,
    incidents: Sequence[Incident],
    told: Mapping[str, Set[Transition]],
    subject: Subject,
    newest: date,
    answered: Set[str] = frozenset(),
) -> tuple[Alert, ...]:
    """The alerts of a subject after a fold.

    `known` are its alerts so far, `told` by alert what was said of it to anybody, `newest` the last evaluated day, `answered` the
    alerts with which somebody did something.
    """
    closed = {alert.alert_id for alert in known if ENDINGS & told.get(alert.alert_id, set())}
    left = {alert.alert_id: alert for alert in known}
    taken = set(left)
    settled: list[Alert] = []
    for incident in incidents:
        same = [
            alert
            for alert in left.values()
            if _overlap(alert.incident, incident) and _may_go_on(incident, told=told.get(alert.alert_id, ()))
        ]
        if same:
            likeness = [(a.incident == incident, a.alert_id not in closed, a.incident.last_fired_on, a.alert_id) for a in same]
            alert_id = left.pop(max(likeness)[-1]).alert_id
        else:
            alert_id = _new_id(subject, opened_on=incident.opened_on, taken=taken)
        taken.add(alert_id)
        settled.append(Alert(alert_id, incident))
    kept = (alert for alert in left.values() if told.get(alert.alert_id) or alert.alert_id in answered)
    return (*settled, *(_withdrawn(alert, newest) for alert in kept))


def news(
    alert: Alert,
    *,
    told: Set[Transition],
    newest_before: date | None,
    fired_before: date | None = None,
    remind_after_days: int | None = None,
) -> tuple[Transition, ...]:
    """What to tell one channel that was `told` some of this alert, in a run that brings a day as new as any before.

    `newest_before` is the last day that had been evaluated before this run: an incident that ended before it is history,
    found by a backfill, and so is everything that is over in a first run. A pending one is nobody's business yet. After each
    `remind_after_days` that it goes on firing it is told again (None: never), in the run that brings that day: `fired_before`
    is the last day on which the alert was known to fire before this run.
    """
    if alert.state == "pending":
        return ()
    is_recent = alert.state == "firing" if newest_before is None else alert.incident.last_fired_on >= newest_before
    opened = "opened" not in told and is_recent and not alert.is_withdrawn
    is_over = alert.state == "resolved" and (opened or "opened" in told) and "resolved" not in told
    if opened or is_over or remind_after_days is None:
        return (*(("opened",) if opened else ()), *(("resolved",) if is_over else ()))
    number = _reminder(alert.incident, every=remind_after_days)
    if not number or "opened" not in told or any(_number(each) >= number for each in told):
        return ()
    is_due = _due_on(alert.incident, number * remind_after_days) > (fired_before or date.min)
    return (f"{REMINDED}{number}",) if is_due else ()


def _reminder(incident: Incident, *, every: int) -> int:
    """How often somebody should have been reminded by its last day; 0 while it is not known to go on."""
    if incident.state != "firing" or incident.firing_on is None or incident.last_fired_on != incident.last_evaluated_on:
        return 0
    return (incident.last_fired_on - incident.firing_on).days // every


def _due_on(incident: Incident, days: int) -> date:
    return (incident.firing_on or incident.opened_on) + timedelta(days=days)


def _number(transition: Transition) -> int:
    return int(transition.removeprefix(REMINDED)) if transition.startswith(REMINDED) else 0


def message_id(alert_id: str, *, transition: Transition, channel: str) -> str:
    """The same for the same news for ever, so that neither a re-run nor a receiver takes it twice."""
    return sha256("\n".join((alert_id, transition, channel)).encode()).hexdigest()


def _may_go_on(incident: Incident, *, told: Collection[Transition]) -> bool:
    """Whether the incident can be told under a name of which so much was told.

    Not one that goes on after its end was told; nor, after its beginning was told, one that has not held long enough.
    """
    return incident.state == "resolved" or not (ENDINGS.intersection(told) or (incident.state == "pending" and told))


def _overlap(one: Incident, other: Incident) -> bool:
    return one.opened_on <= other.last_fired_on and other.opened_on <= one.last_fired_on


def _withdrawn(alert: Alert, newest: date) -> Alert:
    incident = alert.incident
    if alert.state != "resolved":
        incident = replace(incident, resolved_on=newest, last_evaluated_on=newest)
    return replace(alert, incident=incident, is_withdrawn=True)


def _new_id(subject: Subject, *, opened_on: date, taken: Set[str]) -> str:
    """Fingerprint of the subject and the day it opened; numbered where that was used before."""
    whose = subject if subject.entity else subject[:2]
    number = 0
    while True:
        text = "\n".join((*whose, opened_on.isoformat(), *([str(number)] if number else [])))
        if (alert_id := sha256(text.encode()).hexdigest()[:32]) not in taken:
            return alert_id
        number += 1
