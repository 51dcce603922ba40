"""What one rule says of one subject on one day, from what is known of its business: pure, no store is read or written."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import date

from clarity_pipeline.rules.book.rule_store import StoredRule
from clarity_pipeline.rules.engine.evaluate import evaluate_days
from clarity_pipeline.rules.engine.evidence import Evaluation
from clarity_pipeline.rules.engine.known import Known
from clarity_pipeline.rules.language.rule import Scope
from clarity_pipeline.rules.language.subject import Subject


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one rule says of one subject on one day (the last of its windows)."""

    stored: StoredRule
    business_id: str
    date: date
    evaluation: Evaluation
    scope: Scope = "business"
    entity: str = ""
    entity_name: str | None = None

    @property
    def subject(self) -> Subject:
        """Whose history it belongs to."""
        return Subject(self.stored.rule.id, self.business_id, self.scope, self.entity)


def judge(
    rules: Iterable[StoredRule], *, known: Known, days: Collection[date], fired: Mapping[Subject, Set[date]] | None = None
) -> Iterator[Judgement]:
    """Every rule that concerns the business, on each of `days`, the oldest first; `fired` says when each subject fired before."""
    before: dict[tuple[str, str], dict[str, Set[date]]] = defaultdict(dict)
    for subject, dates in (fired or {}).items():
        if subject.business_id == known.business_id:
            before[subject.rule_id, subject.scope][subject.entity] = dates
    for stored in rules:
        rule = stored.rule
        if rule.concerns(known.business_id):
            for answer in evaluate_days(rule, known=known, days=days, fired_on=before.get((rule.id, rule.scope), {})):
                name = answer.entity_name
                yield Judgement(stored, known.business_id, answer.date, answer.evaluation(), rule.scope, answer.entity, name)
