"""Write what a run found: judgements, alerts and messages in one transaction. The only place that writes alerts.

Message and incident are written together or not at all, so a crash can neither lose a message nor invent one; sending is
`outbox.deliver`, later and elsewhere.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from datetime import date, datetime
from typing import Any

from clarity_pipeline.alerts.history import Past, replace_rows
from clarity_pipeline.alerts.outbox.routing import Routes
from clarity_pipeline.alerts.turns import Turns
from clarity_pipeline.rules.judging.judgement import Judgement
from clarity_pipeline.rules.language.subject import Subject
from clarity_pipeline.settings.settings import Clock
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.rules import rule_evaluations

LOG_ONLY = Routes(("log",))


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a run wrote: judgements by outcome, alerts that opened or ended in it, messages put in the outbox."""

    fired: int = 0
    not_fired: int = 0
    unknown: int = 0
    opened: int = 0
    resolved: int = 0
    messages: int = 0

    def __add__(self, other: "Recorded") -> "Recorded":
        """What two of them wrote."""
        return Recorded(*(one + more for one, more in zip(astuple(self), astuple(other), strict=True)))


def record(state: StateDatabase, *, clock: Clock, judgements: Iterable[Judgement], routes: Routes = LOG_ONLY) -> Recorded:
    """Write judgements (a day judged again replaces itself), what they make of the alerts, and the news for each channel.

    A run whose days are all older than what was evaluated before, a backfill, corrects the alerts and says nothing.
    """
    by_subject: dict[Subject, dict[date, Judgement]] = defaultdict(dict)
    for judgement in judgements:
        by_subject[judgement.subject][judgement.date] = judgement
    now = clock()
    with state.write() as connection:
        past = Past.read(connection, {subject: min(days) for subject, days in by_subject.items()}, now=now)
        judged = [_evaluation_row(judgement, now) for days in by_subject.values() for judgement in days.values()]
        replace_rows(connection, rule_evaluations, judged)
        turns = Turns(connection, past, routes=routes, now=now)
        for subject, days in by_subject.items():
            turns.take(subject, days)
        turns.write()
    outcomes = Counter(row["outcome"] for row in judged)
    return Recorded(
        fired=outcomes["fired"],
        not_fired=outcomes["not"],
        unknown=outcomes["unknown"],
        opened=turns.opened,
        resolved=turns.resolved,
        messages=turns.messages,
    )


def _evaluation_row(judgement: Judgement, now: datetime) -> dict[str, Any]:
    evaluation, leaf = judgement.evaluation, judgement.evaluation.decisive
    return {
        **judgement.subject._asdict(),
        "entity_name": judgement.entity_name,
        "date": judgement.date,
        "revision": judgement.stored.revision,
        "outcome": evaluation.outcome,
        "reason": evaluation.reason,
        "n": leaf.sessions if leaf else None,
        "value": leaf.value if leaf else None,
        "expected": leaf.normal if leaf else None,
        "threshold": leaf.threshold if leaf else None,
        "p": leaf.p if leaf else None,
        "quality": evaluation.quality.model_dump(mode="json") if evaluation.quality else None,
        "attached": evaluation.attached,
        "evidence": [each.model_dump(mode="json") for each in evaluation.evidence],
        "evaluated_at": now,
    }
