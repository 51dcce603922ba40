"""What the state database knows of rules and businesses before a run, in a handful of queries however many there are.

Used by `record` inside its one write transaction, so that what is read is what is true until it commits.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from clarity_pipeline.alerts.alert import Alert, Transition
from clarity_pipeline.alerts.people import Silence, answered_of, quiet_of, silences_at
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

ENDED_LATELY = timedelta(days=400)
"""An end that nobody was told of, since somebody wanted silence, is told when that is over: after a year at most."""

_SUBJECTS_AT_ONCE = 1000
"""Five values each, of 32,766 that SQLite takes in a statement."""


class Past(NamedTuple):
    """What is known of some subjects (and, harmlessly, of alerts of others) that days from some day on can still change.

    An incident that was over before is not folded again: what was told of it stays. So a run reads what it may change, however
    long a subject has been evaluated.
    """

    names: Mapping[str, str]
    projects: Mapping[str, str | None]
    outcomes: Mapping[Subject, Mapping[date, Outcome]]  # from the first day of the run on, or of an incident that held on it
    newest: Mapping[Subject, date]  # the last day that was evaluated
    alerts: Mapping[Subject, Mapping[str, Alert]]  # those that have no end before these days, which make them anew
    over: Mapping[Subject, Mapping[str, Alert]]  # those that ended before, lately: what is not told of them yet
    summaries: Mapping[str, str]  # by alert
    told: Mapping[str, Mapping[str, Set[Transition]]]  # by alert and channel
    quiet: Set[str]  # alerts of which nobody is reminded
    answered: Set[str]  # alerts with which somebody did something
    silences: Sequence[Silence]  # those that hold now

    @classmethod
    def read(cls, connection: sa.Connection, first_days: Mapping[Subject, date], *, now: datetime) -> "Past":
        """Of subjects, each with the first day that a run brings."""
        ended_on = alerts_table.c.resolved_on
        lasting = sa.or_(ended_on.is_(None), ended_on >= min(first_days.values(), default=date.max) - ENDED_LATELY)
        known: dict[Subject, dict[str, Alert]] = defaultdict(dict)
        alerts: dict[Subject, dict[str, Alert]] = {}
        over: dict[Subject, dict[str, Alert]] = {}
        summaries: dict[str, str] = {}
        for row in connection.execute(sa.select(alerts_table).where(lasting)):
            subject = Subject(row.rule_id, row.business_id, row.scope, row.entity)
            if subject in first_days:
                incident = Incident(*(getattr(row, name) for name in Incident.__slots__))
                known[subject][row.alert_id] = Alert(row.alert_id, incident)
                summaries[row.alert_id] = row.summary

        since: dict[Subject, date] = {}
        for subject, first in first_days.items():
            theirs = known.get(subject, {})
            since[subject], alerts[subject] = _held_on(first, theirs)
            over[subject] = {name: alert for name, alert in theirs.items() if name not in alerts[subject]}
        outcomes, newest = _evaluated(connection, since)

        told: dict[str, dict[str, set[Transition]]] = defaultdict(lambda: defaultdict(set))
        said_of = told_table
        turns = sa.select(said_of.c.alert_id, said_of.c.channel, said_of.c.transition)
        for row in connection.execute(turns.join(alerts_table, alerts_table.c.alert_id == said_of.c.alert_id).where(lasting)):
            told[row.alert_id][row.channel].add(row.transition)

        names = business_config
        called = (names.c.business_id, names.c.name, names.c.project_id)
        businesses = {each.business_id for each in first_days}
        said = connection.execute(sa.select(*called).where(names.c.business_id.in_(businesses))).all()
        named, projects = {row.business_id: row.name for row in said}, {row.business_id: row.project_id for row in said}
        return cls(
            named,
            projects,
            outcomes,
            newest,
            alerts,
            over,
            summaries,
            told,
            quiet_of(connection, lasting, now=now),
            answered_of(connection, lasting),
            silences_at(connection, now),
        )


def _held_on(first: date, alerts: Mapping[str, Alert]) -> tuple[date, dict[str, Alert]]:
    """From which day on answers are folded again, and the alerts that these make: an incident that held on it, from its first."""
    while True:
        touched = {name: each for name, each in alerts.items() if (over := each.incident.resolved_on) is None or over >= first}
        begins = min((each.incident.opened_on for each in touched.values()), default=first)
        if begins >= first:
            return first, touched
        first = begins


def _evaluated(
    connection: sa.Connection, since: Mapping[Subject, date]
) -> tuple[dict[Subject, dict[date, Outcome]], dict[Subject, date]]:
    """Of each subject the answers from its day on, and the newest day that has one; a walk along the primary key for each."""
    table = rule_evaluations
    outcomes: dict[Subject, dict[date, Outcome]] = defaultdict(dict)
    newest: dict[Subject, date] = {}
    subjects = sorted(since)
    keys = [sa.column(name, sa.Text()) for name in Subject._fields]
    for start in range(0, len(subjects), _SUBJECTS_AT_ONCE):
        rows = [(*subject, since[subject]) for subject in subjects[start : start + _SUBJECTS_AT_ONCE]]
        asked = sa.values(*keys, sa.column("since", sa.Date()), name="asked").data(rows).cte("asked")
        subject = [asked.c[name] for name in Subject._fields]
        same = sa.and_(*(table.c[name] == asked.c[name] for name in Subject._fields))
        last = sa.select(sa.func.max(table.c.date)).where(same).correlate(asked).scalar_subquery()
        for *key, day in connection.execute(sa.select(*subject, last)):
            if day is not None:
                newest[Subject(*key)] = day
        # an outer join, since SQLite takes its tables in this order: not all evaluations, each looked up among the subjects
        days = asked.outerjoin(table, sa.and_(same, table.c.date >= asked.c.since))
        for *key, day, outcome in connection.execute(sa.select(*subject, table.c.date, table.c.outcome).select_from(days)):
            if day is not None:
                outcomes[Subject(*key)][day] = outcome
    return outcomes, newest


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
