"""The rules of a deployment, in the state database: what `rules import`, `rules export` and every evaluation use.

A rule's revision grows only when its meaning changed, so an import of what is already there changes nothing and an
evaluation can say which revision it judged by. Nothing is deleted by an import: a rule is put out of use with
`enabled: false`, and its history stays readable.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from pydantic import ValidationError

from clarity_pipeline.rules.rule import Rule
from clarity_pipeline.rules.rule_files import RulesInvalid, explain, write_rules
from clarity_pipeline.settings import Clock
from clarity_pipeline.state import schema
from clarity_pipeline.state.database import StateDatabase


@dataclass(frozen=True, slots=True)
class StoredRule:
    """A rule as kept, with how often it has changed (1 is the first)."""

    rule: Rule
    revision: int
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Imported:
    """Ids of the rules that an import added, changed, and found as they were."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]


def import_rules(state: StateDatabase, *, clock: Clock, rules: Iterable[Rule]) -> Imported:
    """Add or replace rules by id, all or none."""
    result: dict[str, list[str]] = {"added": [], "changed": [], "unchanged": []}
    with state.write() as connection:
        kept = {row.rule_id: row for row in connection.execute(sa.select(schema.rules))}
        for rule in rules:
            row, document = kept.get(rule.id), rule.document()
            if row is not None and row.document == document:
                result["unchanged"].append(rule.id)
                continue
            result["added" if row is None else "changed"].append(rule.id)
            revision = 1 if row is None else row.revision + 1
            connection.execute(sa.delete(schema.rules).where(schema.rules.c.rule_id == rule.id))
            connection.execute(
                sa.insert(schema.rules).values(rule_id=rule.id, revision=revision, document=document, updated_at=clock())
            )
    return Imported(**{kind: tuple(ids) for kind, ids in result.items()})


def list_rules(state: StateDatabase) -> tuple[StoredRule, ...]:
    """Every stored rule by id; raise `RulesInvalid` for one that an older version wrote and this one cannot read."""
    with state.read() as connection:
        rows = connection.execute(sa.select(schema.rules).order_by(schema.rules.c.rule_id)).all()
    return tuple(StoredRule(_rule(row.rule_id, row.document), row.revision, row.updated_at) for row in rows)


def export_rules(state: StateDatabase) -> str:
    """YAML whose import changes nothing."""
    return write_rules(stored.rule for stored in list_rules(state))


def _rule(rule_id: str, document: object) -> Rule:
    try:
        return Rule.model_validate(document)
    except ValidationError as error:
        problems = [f"stored rule '{rule_id}': {line}; import a corrected one" for line in explain(error)]
        raise RulesInvalid(problems) from None
