"""The rules of a deployment, in the state database: what `rules import`, `sync` and `export` and every evaluation use.

A rule's revision grows only when its meaning changed (`rule_changes`), so an import of what is already there changes nothing
and an evaluation can say which revision it judged by. Nothing is deleted: a rule is put out of use with `enabled: false`, and
its history stays readable. Who changed what is a line of the audit log, in the same transaction.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from pydantic import ValidationError

from clarity_pipeline.connections.audit import PIPELINE, Actor, note
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.rules.book.rule_changes import Kept, RuleChange, imported, switched, synced
from clarity_pipeline.rules.language.leaves import nearest
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.rules.language.rule_files import RulesInvalid, explain, write_rules
from clarity_pipeline.settings.settings import Clock
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.rules import rule_revisions
from clarity_pipeline.state.schema.rules import rules as rules_table


class UnknownRule(ClarityPipelineError):
    """No stored rule has this id."""

    reason = "unknown_rule"


class KnownRule(ClarityPipelineError):
    """A new rule has the id of another."""

    reason = "known_rule"
    field = "id"


class RuleChanged(ClarityPipelineError):
    """Somebody has changed the rule since it was read."""

    reason = "rule_changed"


@dataclass(frozen=True, slots=True)
class StoredRule:
    """A rule as kept, with how often it has changed (1 is the first), when last, and by whom where that is known."""

    rule: Rule
    revision: int
    updated_at: datetime
    author: str | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """Ids of the rules that an import added, changed, and found as they were."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]


def import_rules(
    state: StateDatabase, *, clock: Clock, rules: Iterable[Rule], actor: Actor = PIPELINE, author: str | None = None
) -> Imported:
    """Add or replace rules by id, all or none. `author` is noted with what changed; by default whoever acts."""
    wanted = tuple(rules)
    changes = make_changes(state, lambda kept: imported(kept, wanted), how="import", clock=clock, actor=actor, author=author)
    return Imported(
        added=tuple(each.rule_id for each in changes if each.turn == "added"),
        changed=tuple(each.rule_id for each in changes if each.turn not in ("added", "unchanged")),
        unchanged=tuple(each.rule_id for each in changes if each.turn == "unchanged"),
    )


def save_rule(
    state: StateDatabase, rule: Rule, *, revision: int | None, clock: Clock, actor: Actor, author: str | None = None
) -> RuleChange:
    """Store one rule that somebody has built: a new one with None, else what becomes of the `revision` that they began with.

    Raises `KnownRule`, `RuleChanged` and then writes nothing, so that nobody's work is undone unseen.
    """

    def plan(kept: Mapping[str, Kept]) -> tuple[RuleChange, ...]:
        was = kept.get(rule.id)
        if revision is None and was is not None:
            raise KnownRule(f"there is a rule called {rule.id} already: give this one another short name, or change that one")
        if revision is not None and (was is None or was.revision != revision):
            raise RuleChanged("somebody has changed this rule since you opened it: look at theirs, then save again to replace it")
        return imported(kept, [rule])

    (change,) = make_changes(state, plan, how="edit", clock=clock, actor=actor, author=author)
    return change


def sync_rules(
    state: StateDatabase,
    *,
    clock: Clock,
    rules: Iterable[Rule],
    actor: Actor = PIPELINE,
    author: str | None = None,
    dry_run: bool = False,
) -> tuple[RuleChange, ...]:
    """Make the store say what `rules` say, all or nothing; what they lack is put out of use. A dry run writes nothing."""
    wanted = tuple(rules)
    if dry_run:
        with state.read() as connection:
            return synced(_kept(connection), wanted)
    return make_changes(state, lambda kept: synced(kept, wanted), how="sync", clock=clock, actor=actor, author=author)


def switch_rules(
    state: StateDatabase,
    rule_ids: Sequence[str],
    *,
    enabled: bool,
    clock: Clock,
    actor: Actor = PIPELINE,
    author: str | None = None,
) -> tuple[RuleChange, ...]:
    """Put stored rules to use or out of use. Raises `UnknownRule`, and then changes none."""

    def plan(kept: Mapping[str, Kept]) -> tuple[RuleChange, ...]:
        for rule_id in rule_ids:
            if rule_id not in kept:
                hint = f"; {nearest(rule_id, list(kept))}" if kept else ", and none is stored"
                raise UnknownRule(f"no stored rule is called '{rule_id[:60]}'{hint}; `clarity-pipeline rules list` shows all")
        return switched(kept, dict.fromkeys(rule_ids), enabled=enabled)

    return make_changes(state, plan, how="switch", clock=clock, actor=actor, author=author)


def add_missing_rules(state: StateDatabase, *, clock: Clock, rules: Iterable[Rule], actor: Actor = PIPELINE) -> tuple[str, ...]:
    """Store those rules whose ids were never stored, and leave all others as people have set them; the ids that are new."""
    wanted = tuple(rules)

    def plan(kept: Mapping[str, Kept]) -> tuple[RuleChange, ...]:
        return imported({}, [rule for rule in wanted if rule.id not in kept])

    return tuple(each.rule_id for each in make_changes(state, plan, how="import", clock=clock, actor=actor, author=PIPELINE))


def list_rules(connection: sa.Connection) -> tuple[StoredRule, ...]:
    """Every stored rule by id; raise `RulesInvalid` for one that an older version wrote and this one cannot read."""
    rows = connection.execute(sa.select(rules_table).order_by(rules_table.c.rule_id)).all()
    return tuple(StoredRule(_rule(row.rule_id, row.document), row.revision, row.updated_at, row.author) for row in rows)


def export_rules(state: StateDatabase) -> str:
    """YAML whose import changes nothing."""
    with state.read() as connection:
        return write_rules(stored.rule for stored in list_rules(connection))


def make_changes(
    state: StateDatabase,
    plan: Callable[[Mapping[str, Kept]], tuple[RuleChange, ...]],
    *,
    how: str,
    clock: Clock,
    actor: Actor,
    author: str | None,
) -> tuple[RuleChange, ...]:
    """Plan on what is stored, write what changes, note it: one transaction."""
    with state.write() as connection:
        changes = plan(_kept(connection))
        made = [each for each in changes if each.turn != "unchanged"]
        if made:
            now = clock()
            ids = [each.rule_id for each in made]
            connection.execute(sa.delete(rules_table).where(rules_table.c.rule_id.in_(ids)))
            rows = [{"rule_id": each.rule_id, "revision": each.revision, "document": each.document} for each in made]
            who = author or actor
            connection.execute(sa.insert(rules_table), [{**row, "updated_at": now, "author": who} for row in rows])
            for row in rows:  # what is told of a rule that was removed by hand, and is stored anew, is another's
                later = sa.and_(rule_revisions.c.rule_id == row["rule_id"], rule_revisions.c.revision >= row["revision"])
                connection.execute(sa.delete(rule_revisions).where(later))
            connection.execute(sa.insert(rule_revisions), [{**row, "at": now, "author": who} for row in rows])
            turns = {turn: [each.rule_id for each in made if each.turn == turn] or None for turn in _NOTED}
            note(connection, "rules_changed", at=now, business_id=None, actor=actor, how=how, **turns)
    return changes


_NOTED = ("added", "changed", "enabled", "disabled")


def _kept(connection: sa.Connection) -> dict[str, Kept]:
    columns = (rules_table.c.rule_id, rules_table.c.revision, rules_table.c.document, rules_table.c.author)
    return {row["rule_id"]: Kept(**row) for row in connection.execute(sa.select(*columns)).mappings()}


def _rule(rule_id: str, document: object) -> Rule:
    try:
        return Rule.model_validate(document)
    except ValidationError as error:
        problems = [f"stored rule '{rule_id}': {line}; import a corrected one" for line in explain(error)]
        raise RulesInvalid(problems) from None
