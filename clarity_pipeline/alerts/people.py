"""What people say to alerts: "I have seen it" stops reminders, "be silent until then" stops every message.

Written by the commands `alerts ack|silence|unsilence` and by `answers`, read by each run before it tells anything. Neither
changes what is evaluated or whether an alert fires: what still fires when a silence ends is told with the next evaluated day.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.alerts.answer_log import note_answer
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.rules.language.subject import Subject
from clarity_pipeline.settings.settings import Clock
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.alerts import acknowledgements, alert_history, alert_standing, alerts, silences

LONGEST_SILENCE = timedelta(days=366)
"""What is to be silent for longer is a rule to switch off."""

LONGEST_TEXT = 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class UnknownAlert(ClarityPipelineError):
    """No alert has that id, or several begin with it."""

    reason = "unknown_alert"


class InvalidSilence(ClarityPipelineError):
    """A silence that says nothing, or never ends."""

    reason = "invalid_silence"


@dataclass(frozen=True, slots=True)
class Silence:
    """What is not told until when. A part of the subject that is None stands for all of them."""

    silence_id: int
    rule_id: str | None
    business_id: str | None
    scope: str | None
    entity: str | None
    until: datetime
    reason: str
    author: str
    created_at: datetime

    def covers(self, subject: Subject) -> bool:
        """Whether it is about this subject."""
        wanted = (self.rule_id, self.business_id, self.scope, self.entity)
        return all(part is None or part == given for part, given in zip(wanted, subject, strict=True))


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Who has seen an alert, and when."""

    alert_id: str
    author: str
    note: str | None
    at: datetime


def quiet_of(connection: sa.Connection, which: sa.ColumnElement[bool], *, now: datetime) -> frozenset[str]:
    """The alerts of which the condition holds, and nobody is reminded: somebody has seen or closed it, or it sleeps."""
    seen = sa.select(acknowledgements.c.alert_id).join(alerts, alerts.c.alert_id == acknowledgements.c.alert_id)
    standing = alert_standing.c
    answered = sa.or_(standing.outcome.is_not(None), standing.snoozed_until > now)
    closed = sa.select(standing.alert_id).join(alerts, alerts.c.alert_id == standing.alert_id).where(answered)
    return frozenset(connection.scalars(sa.union(seen.where(which), closed.where(which))))


def answered_of(connection: sa.Connection, which: sa.ColumnElement[bool]) -> frozenset[str]:
    """The alerts of which the condition holds, and with which somebody did something: they are kept, told or not."""
    history = alert_history.c.alert_id
    return frozenset(connection.scalars(sa.select(history).join(alerts, alerts.c.alert_id == history).where(which).distinct()))


def silences_at(connection: sa.Connection, now: datetime) -> tuple[Silence, ...]:
    """The silences that hold at an instant, the oldest first."""
    holds = sa.and_(silences.c.until > now, silences.c.ended_at.is_(None))
    rows = connection.execute(sa.select(silences).where(holds).order_by(silences.c.silence_id))
    return tuple(_silence(row) for row in rows)


class People:
    """The acknowledgements and silences of one state database, for those who give them."""

    def __init__(self, state: StateDatabase, *, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def acknowledge(self, alert_id: str, *, author: str, note: str | None = None) -> Acknowledged:
        """Say that somebody has seen it; the first one stays. `alert_id` may be its beginning; `UnknownAlert` else."""
        with self._state.write() as connection:
            alert = find_alert(connection, alert_id)
            return acknowledge_in(connection, alert, author=author, note=note, now=self._clock())

    def silence_alert(self, alert_id: str, *, until: datetime, reason: str, author: str) -> Silence:
        """Be silent about what this alert is about: its rule, business and entity."""
        now = self._clock()
        with self._state.write() as connection:
            row = find_alert(connection, alert_id)
            subject = Subject(row.rule_id, row.business_id, row.scope, row.entity)
            made = silence_in(connection, subject._asdict(), until=until, reason=reason, author=author, now=now)
            note_answer(connection, row, "silenced", author=author, at=now, text=made.reason, until=until.isoformat())
            return made

    def silence(self, *, rule_id: str | None, business_id: str | None, until: datetime, reason: str, author: str) -> Silence:
        """Be silent about a rule, a business, or a rule at a business."""
        if rule_id is None and business_id is None:
            raise InvalidSilence("a silence is about an alert, a rule or a business; name one")
        parts = {"rule_id": rule_id, "business_id": business_id}
        with self._state.write() as connection:
            return silence_in(connection, parts, until=until, reason=reason, author=author, now=self._clock())

    def end(self, silence_id: int, *, author: str) -> Silence:
        """End a silence before its time; `InvalidSilence` where none of that number holds."""
        now = self._clock()
        with self._state.write() as connection:
            found = [each for each in silences_at(connection, now) if each.silence_id == silence_id]
            if not found:
                raise InvalidSilence(f"no silence of number {silence_id} holds; `clarity-pipeline alerts silences` lists them")
            ended = {"ended_at": now, "ended_by": author}
            connection.execute(sa.update(silences).where(silences.c.silence_id == silence_id).values(**ended))
        return found[0]

    def silences(self) -> tuple[Silence, ...]:
        """Those that hold."""
        with self._state.read() as connection:
            return silences_at(connection, self._clock())


def acknowledge_in(connection: sa.Connection, alert: Any, *, author: str, note: str | None, now: datetime) -> Acknowledged:
    """Say that somebody has seen an alert (its row), in the caller's transaction; the first one stays."""
    same = acknowledgements.c.alert_id == alert.alert_id
    if connection.execute(sa.select(acknowledgements).where(same)).first() is None:
        said = one_line(note) if note else None
        values = {"alert_id": alert.alert_id, "author": author, "note": said, "at": now}
        connection.execute(sa.insert(acknowledgements).values(values))
        note_answer(connection, alert, "acknowledged", author=author, at=now, text=said)
    row = connection.execute(sa.select(acknowledgements).where(same)).one()
    return Acknowledged(row.alert_id, row.author, row.note, row.at)


def silence_in(
    connection: sa.Connection, parts: dict[str, Any], *, until: datetime, reason: str, author: str, now: datetime
) -> Silence:
    """Make a silence about parts of a subject, in the caller's transaction; `InvalidSilence` for one without end or reason."""
    if not now < until <= now + LONGEST_SILENCE:
        raise InvalidSilence("a silence ends after now and within a year; for longer switch the rule off")
    values = {**parts, "until": until, "reason": one_line(reason), "author": author, "created_at": now}
    return _silence(connection.execute(sa.insert(silences).values(values).returning(silences)).one())


def find_alert(connection: sa.Connection, alert_id: str) -> Any:
    """The row of the alert whose id is or begins with `alert_id`; `UnknownAlert` for none, or for several."""
    beginning = alerts.c.alert_id.startswith(alert_id, autoescape=True)
    rows = connection.execute(sa.select(alerts).where(beginning).limit(2)).all() if alert_id else []
    if len(rows) != 1:
        what = "several alerts begin" if rows else "no alert begins"
        raise UnknownAlert(f"{what} with '{_CONTROL.sub(' ', alert_id)[:40]}'; `clarity-pipeline alerts` shows their ids")
    return rows[0]


def _silence(row: Any) -> Silence:
    return Silence(*(getattr(row, name) for name in Silence.__slots__))


def one_line(text: str) -> str:
    """A reason or a note as it is kept; `InvalidSilence` where it is none."""
    line = text.strip()
    if not line or len(line) > LONGEST_TEXT or _CONTROL.search(line):
        raise InvalidSilence(f"a reason is one line of 1 to {LONGEST_TEXT} letters; write it again")
    return line
