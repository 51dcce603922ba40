"""What each stored rule said last, in numbers: the newest evaluated date and how often which answer. Read by `rules list`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from clarity_pipeline.state import schema
from clarity_pipeline.state.database import StateDatabase


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """Over every business, page and entity that the rule was asked about for the date `on`."""

    on: date
    fired: int
    not_fired: int
    unknown: int


def last_outcomes(state: StateDatabase) -> Mapping[str, Outcomes]:
    """By rule; a rule that was never evaluated is not there."""
    table = schema.rule_evaluations
    newest = sa.select(table.c.rule_id, sa.func.max(table.c.date).label("on")).group_by(table.c.rule_id).subquery()
    query = (
        sa.select(table.c.rule_id, newest.c.on, *(sa.func.sum(sa.case((table.c.outcome == one, 1), else_=0)) for one in _ORDER))
        .join(newest, sa.and_(newest.c.rule_id == table.c.rule_id, newest.c.on == table.c.date))
        .group_by(table.c.rule_id, newest.c.on)
    )
    with state.read() as connection:
        rows = connection.execute(query).all()
    return {
        rule_id: Outcomes(on=on, fired=int(fired), not_fired=int(not_fired), unknown=int(unknown))
        for rule_id, on, fired, not_fired, unknown in rows
    }


_ORDER = ("fired", "not", "unknown")
