"""What a rule would have said: history through the same `evaluate_days` and the same `fold` as the live run.

It writes nothing and sends nothing.
How much data there was comes first: a rule that never fired on three days of data has not been shown to be quiet.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from clarity_pipeline.rules.engine.ending import Says, ends_when_its_leaves_say_no
from clarity_pipeline.rules.engine.evaluate import Answer, evaluate_days
from clarity_pipeline.rules.engine.evidence import Outcome
from clarity_pipeline.rules.engine.incidents import Incident, fold
from clarity_pipeline.rules.engine.known import Known
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.rules.language.subject import Subject


@dataclass(frozen=True, slots=True)
class Messages:
    """How many messages a channel would have got of incidents that nobody acknowledges."""

    opened: int = 0
    resolved: int = 0
    reminders: int = 0

    @property
    def all(self) -> int:
        """Together."""
        return self.opened + self.resolved + self.reminders


@dataclass(frozen=True, slots=True)
class Backtest:
    """One rule on one business, page or entity, evaluated at the end of each date.

    A page or entity has only the days on which it was among those that the rule is asked about. `incidents` are those that held
    long enough to be told; `unknown` counts the days by reason.
    """

    days: int
    days_with_data: int
    fired_on: tuple[date, ...]
    unknown_on: tuple[date, ...]
    unknown: Mapping[str, int]
    incidents: tuple[Incident, ...]
    messages: Messages
    entity_name: str | None = None


def backtest(rule: Rule, *, known: Known, from_date: date, to_date: date) -> dict[Subject, Backtest]:
    """Evaluate `rule` as of every date of the range, both ends included, for every subject that it has."""
    days = dates(from_date, to_date)
    outcomes: dict[str, dict[date, Outcome]] = {}
    says: dict[str, dict[date, Says]] = defaultdict(dict)
    reasons: dict[str, _Reasons] = defaultdict(_Reasons)
    names: dict[str, str | None] = {}
    for answer in evaluate_days(rule, known=known, days=days):
        entity, outcome = answer.entity, answer.outcome
        outcomes.setdefault(entity, {})[answer.date] = outcome
        if outcome != "not" or any(leaf.lingers for leaf in answer.seen):
            says[entity][answer.date] = answer.says
        if outcome == "unknown":
            reasons[entity].take(answer)
        if entity:
            names[entity] = answer.entity_name
    with_data = days_with_data(known, from_date, to_date)
    return {
        Subject(rule.id, known.business_id, rule.scope, entity): _summed_up(
            rule, found, says[entity], days_with_data=with_data, unknown=reasons[entity].counts, entity_name=names.get(entity)
        )
        for entity, found in outcomes.items()
    }


def dates(from_date: date, to_date: date) -> list[date]:
    """All dates from the one to the other, both included."""
    return [from_date + timedelta(days=number) for number in range((to_date - from_date).days + 1)]


def days_with_data(known: Known, from_date: date, to_date: date) -> int:
    """Of the business, as it is known today."""
    days = known.business.now()
    start, stop = days.span(from_date, to_date)
    return days.present[stop] - days.present[start]


def _summed_up(
    rule: Rule,
    outcomes: Mapping[date, Outcome],
    says: Mapping[date, Says],
    *,
    days_with_data: int,
    unknown: Mapping[str, int],
    entity_name: str | None,
) -> Backtest:
    folded = fold(
        outcomes,
        for_days=rule.for_days,
        resolve_after_days=rule.calm_days,
        is_over=ends_when_its_leaves_say_no(rule, says.get),
    )
    incidents = tuple(each for each in folded if each.firing_on is not None)
    fired_on = tuple(day for day, outcome in outcomes.items() if outcome == "fired")
    return Backtest(
        days=len(outcomes),
        days_with_data=days_with_data,
        fired_on=fired_on,
        unknown_on=tuple(day for day, outcome in outcomes.items() if outcome == "unknown"),
        unknown=unknown,
        incidents=incidents,
        messages=Messages(
            opened=len(incidents),
            resolved=sum(each.resolved_on is not None for each in incidents),
            reminders=sum(_reminders(each, fired_on, every=rule.remind_after_days) for each in incidents),
        ),
        entity_name=entity_name,
    )


def _reminders(incident: Incident, fired_on: Sequence[date], *, every: int | None) -> int:
    """One for each `every` days after which it is seen to fire still, as `alerts.alert.news` tells them."""
    since = incident.firing_on
    if not every or since is None:
        return 0
    return len({(day - since).days // every for day in fired_on if since <= day <= incident.last_fired_on} - {0})


class _Reasons:
    """Days without an answer by the kind of reason.

    A test for a spike has to be worked out to say why it has none, which costs more than the answer; so where its reason is not
    at hand, each seventh such day is asked and stands for the six behind it.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._silent = 0
        self._kind = ""

    def take(self, answer: Answer) -> None:
        """Count one more."""
        unknown = [leaf for leaf in answer.seen if leaf.verdict is None]
        if all(leaf.note for leaf in unknown):
            self.counts[kind_of(_joined(leaf.note for leaf in unknown))] += 1
            return
        if self._silent % _EACH == 0:
            self._kind = kind_of(_joined(leaf.note or leaf.tell("", False).note for leaf in unknown))
        self._silent += 1
        self.counts[self._kind] += 1


_EACH = 7


def _joined(notes: Iterable[str | None]) -> str:
    """Each once, in order, as `Answer.evaluation` has them."""
    return "; ".join(dict.fromkeys(note for note in notes if note))


_DATES = re.compile(r" (?:on|from|since) \d{4}-\d\d-\d\d(?: to \d{4}-\d\d-\d\d)?")
_NUMBER = re.compile(r"\d[\d,.]*")


def kind_of(reason: str) -> str:
    """The reason without its dates and numbers, so that a year of days with the same one is one line."""
    return _NUMBER.sub("N", _DATES.sub("", reason))
