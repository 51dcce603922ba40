"""How a rule was before: who changed what when, and an earlier state made the present one again.

Written by `rule_store` with each change, in its transaction. Nothing is taken away: to restore is a change like any other, which
can be taken back too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError

from clarity_pipeline.connections.audit import Actor
from clarity_pipeline.rules.book.rule_changes import Kept, RuleChange, imported
from clarity_pipeline.rules.book.rule_store import RuleChanged, UnknownRule, make_changes
from clarity_pipeline.rules.language.difference import FieldChange, difference
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.rules.language.rule_files import RulesInvalid, explain
from clarity_pipeline.settings.settings import Clock
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.rules import rule_revisions

_c = rule_revisions.c


@dataclass(frozen=True, slots=True)
class Revision:
    """One state of a rule; `fields` is what differs from the one before, empty for the first that is known."""

    rule_id: str
    revision: int
    document: Mapping[str, Any]
    at: datetime
    author: str | None
    fields: tuple[FieldChange, ...]


def revisions_of(state: StateDatabase, rule_id: str, *, limit: int = 50) -> tuple[Revision, ...]:
    """The newest states of a rule, newest first."""
    query = sa.select(rule_revisions).where(_c.rule_id == rule_id).order_by(_c.revision.desc()).limit(limit + 1)
    with state.read() as connection:
        rows = list(connection.execute(query).mappings())
    before = [*rows[1:], None]
    found = [
        Revision(**row, fields=difference(prior["document"], row["document"]) if prior is not None else ())
        for row, prior in zip(rows, before, strict=True)
    ]
    return tuple(found[:limit])


def restore_rule(
    state: StateDatabase, rule_id: str, *, revision: int, present: int, clock: Clock, actor: Actor, author: str | None = None
) -> RuleChange:
    """Make a rule what it was at `revision`; `present` is the one that the person saw last.

    Raises `UnknownRule`, `RuleChanged`, and `RulesInvalid` for a state that this release cannot read any more.
    """
    query = sa.select(_c.document).where(_c.rule_id == rule_id, _c.revision == revision)
    with state.read() as connection:
        document = connection.scalar(query)
    if document is None:
        raise UnknownRule(f"no revision {revision} of '{rule_id[:60]}' is known; choose one of its list")
    try:
        rule = Rule.model_validate(document)
    except ValidationError as error:
        raise RulesInvalid([f"revision {revision}: {line}; it cannot be used any more" for line in explain(error)]) from None

    def plan(kept: Mapping[str, Kept]) -> tuple[RuleChange, ...]:
        if rule_id not in kept or kept[rule_id].revision != present:
            raise RuleChanged("somebody has changed this rule since you looked: look again, then restore")
        return imported(kept, [rule])

    (change,) = make_changes(state, plan, how="restore", clock=clock, actor=actor, author=author)
    return change
