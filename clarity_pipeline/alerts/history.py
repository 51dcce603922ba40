"""What the state database knows of rules and businesses before a run, in a handful of queries however many there are.

Used by `record` inside its one write transaction, so that what is read is what is true until it commits.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence, Set
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from clarity_pipeline.alerts.alert import Alert, Transition
from clarity_pipeline.alerts.people import Silence, acknowledged_of, silences_at
from clarity_pipeline.rules.engine.ending import Says, says_of
from clarity_pipeline.rules.engine.evidence import Evaluation, Outcome
from clarity_pipeline.rules.engine.incidents import Incident
from clarity_pipeline.rules.engine.kleene import wanted_of
from clarity_pipeline.rules.engine.muting import MUTED
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.rules.language.subject import Subject
from clarity_pipeline.state.schema.alerts import alerts as alerts_table
from clarity_pipeline.state.schema.connections import business_config
from clarity_pipeline.state.schema.messages import told as told_table
from clarity_pipeline.state.schema.rules import rule_evaluations


class Past(NamedTuple):
    """Everything up to now about some subjects (and, harmlessly, about others of the same rules and businesses)."""

    names: Mapping[str, str]
    projects: Mapping[str, str | None]
    outcomes: Mapping[Subject, Mapping[date, Outcome]]
    alerts: Mapping[Subject, Mapping[str, Alert]]
    summaries: Mapping[str, str]  # by alert
    told: Mapping[str, Mapping[str, Set[Transition]]]  # by alert and channel
    acknowledged: Set[str]  # alerts
    silences: Sequence[Silence]  # those that hold now

    @classmethod
    def read(cls, connection: sa.Connection, subjects: Collection[Subject], *, now: datetime) -> "Past":
        """Query by the rules and the businesses of `subjects`."""
        rules, businesses = {each.rule_id for each in subjects}, {each.business_id for each in subjects}
        names, evaluations, alerts, said_of = business_config, rule_evaluations, alerts_table, told_table

        def theirs(table: sa.Table) -> sa.ColumnElement[bool]:
            return sa.and_(table.c.rule_id.in_(rules), table.c.business_id.in_(businesses))

        outcomes: dict[Subject, dict[date, Outcome]] = defaultdict(dict)
        columns = (*(evaluations.c[key] for key in Subject._fields), evaluations.c.date, evaluations.c.outcome)
        for *key, day, outcome in connection.execute(sa.select(*columns).where(theirs(evaluations))):
            outcomes[Subject(*key)][day] = outcome

        known: dict[Subject, dict[str, Alert]] = defaultdict(dict)
        summaries: dict[str, str] = {}
        for row in connection.execute(sa.select(alerts).where(theirs(alerts))):
            dates = (row.opened_on, row.last_fired_on, row.last_evaluated_on, row.resolved_on, row.firing_on, row.unknown_since)
            incident = Incident(*dates)
            known[Subject(row.rule_id, row.business_id, row.scope, row.entity)][row.alert_id] = Alert(row.alert_id, incident)
            summaries[row.alert_id] = row.summary

        told: dict[str, dict[str, set[Transition]]] = defaultdict(lambda: defaultdict(set))
        turns = sa.select(said_of.c.alert_id, said_of.c.channel, said_of.c.transition)
        for row in connection.execute(turns.join(alerts, alerts.c.alert_id == said_of.c.alert_id).where(theirs(alerts))):
            told[row.alert_id][row.channel].add(row.transition)

        called = (names.c.business_id, names.c.name, names.c.project_id)
        said = connection.execute(sa.select(*called).where(names.c.business_id.in_(businesses))).all()
        named, projects = {row.business_id: row.name for row in said}, {row.business_id: row.project_id for row in said}
        return cls(
            named,
            projects,
            outcomes,
            known,
            summaries,
            told,
            acknowledged_of(connection),
            silences_at(connection, now),
        )


def evaluation_of(connection: sa.Connection, subject: Subject, day: date) -> Evaluation:
    """What a rule saw of a subject on a day, as it was kept; nothing where it was never asked."""
    table = rule_evaluations
    theirs = (table.c[key] == value for key, value in subject._asdict().items())
    stored = connection.execute(sa.select(table).where(*theirs, table.c.date == day)).one_or_none()
    if stored is None:
        return Evaluation(outcome="unknown", reason="never evaluated", evidence=())
    return Evaluation(outcome=stored.outcome, reason=stored.reason, evidence=stored.evidence, quality=stored.quality)


def leaf_memory(connection: sa.Connection, subject: Subject, rule: Rule) -> Callable[[date], Says | None]:
    """What each leaf of the rule said of the subject on a day, as it was kept; None where the rule had other leaves then.

    A day is read when it is asked for: only those of incidents with a day without an answer are. Releases before this muted whole
    rules and kept verdicts that nobody could trust: of such a day nothing is known.
    """
    paths = [path for path, _ in wanted_of(rule.when)]

    @cache
    def says(day: date) -> Says | None:
        kept = evaluation_of(connection, subject, day)
        is_same = [leaf.path for leaf in kept.evidence] == paths
        was_muted_whole = (kept.reason or "").startswith(MUTED) and not kept.is_muted
        return says_of(kept.evidence) if is_same and not was_muted_whole else None

    return says


def replace_rows(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows over those of the same primary key; safe on both databases because a writer is alone."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    same = sa.and_(*(table.c[key] == sa.bindparam(f"key_{key}") for key in keys))
    connection.execute(sa.delete(table).where(same), [{f"key_{key}": row[key] for key in keys} for row in rows])
    connection.execute(sa.insert(table), [dict(row) for row in rows])
