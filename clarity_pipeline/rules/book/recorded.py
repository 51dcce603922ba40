"""What a stored rule said of a business on a date, as it was recorded then: every leaf, for whoever asks why, or why not."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from pydantic import ValidationError

from clarity_pipeline.rules.engine.evidence import Evaluation, Evidence, Quality
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.state.schema.rules import rule_evaluations, rule_revisions

_e = rule_evaluations.c


@dataclass(frozen=True, slots=True)
class Recorded:
    """One subject's answer; `rule` is the rule as it was then, None where that is not known any more."""

    entity: str
    entity_name: str | None
    revision: int
    evaluated_at: datetime
    evaluation: Evaluation
    rule: Rule | None


def recorded(connection: sa.Connection, rule_id: str, business_id: str, day: date, *, limit: int = 200) -> list[Recorded]:
    """The answers for a date; what fired first, then what did not, those without an answer last."""
    order = sa.case((_e.outcome == "fired", 0), (_e.outcome == "not", 1), else_=2)
    mine = (_e.rule_id == rule_id, _e.business_id == business_id, _e.date == day)
    rows = connection.execute(sa.select(rule_evaluations).where(*mine).order_by(order, _e.entity).limit(limit)).all()
    rules = {revision: _rule_at(connection, rule_id, revision) for revision in {row.revision for row in rows}}
    return [
        Recorded(
            entity=row.entity,
            entity_name=row.entity_name,
            revision=row.revision,
            evaluated_at=row.evaluated_at,
            evaluation=Evaluation(
                outcome=row.outcome,
                reason=row.reason,
                evidence=tuple(Evidence.model_validate(each) for each in row.evidence),
                quality=None if row.quality is None else Quality.model_validate(row.quality),
            ),
            rule=rules[row.revision],
        )
        for row in rows
    ]


def _rule_at(connection: sa.Connection, rule_id: str, revision: int) -> Rule | None:
    table = rule_revisions.c
    query = sa.select(table.document).where(table.rule_id == rule_id, table.revision == revision)
    document = connection.scalar(query)
    try:
        return None if document is None else Rule.model_validate(document)
    except ValidationError:
        return None
