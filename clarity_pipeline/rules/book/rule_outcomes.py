"""What stored rules said: of their newest date in numbers, and on which days each subject fired."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from clarity_pipeline.rules.language.subject import Subject
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.rules import rule_evaluations


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """Over every business, page and entity that the rule was asked about for the date `on`."""

    on: date
    fired: int
    not_fired: int
    unknown: int


def last_outcomes(state: StateDatabase) -> Mapping[str, Outcomes]:
    """By rule; a rule that was never evaluated is not there."""
    table = rule_evaluations
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


def fired_days(connection: sa.Connection, business_ids: Collection[str], *, since: date) -> dict[Subject, set[date]]:
    """On which days from `since` on each subject of these businesses fired, as it is stored."""
    table = rule_evaluations
    columns = (*(table.c[key] for key in Subject._fields), table.c.date)
    fired = table.c.outcome == sa.literal_column("'fired'")  # letter by letter what the index of these few rows says
    asked = sa.select(*columns).where(fired, table.c.date >= since, table.c.business_id.in_(business_ids))
    found: dict[Subject, set[date]] = defaultdict(set)
    for *key, day in connection.execute(asked):
        found[Subject(*key)].add(day)
    return found


_ORDER = ("fired", "not", "unknown")
