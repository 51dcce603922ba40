"""What people decide about alerts: whose it is, that it may sleep, what it was. One function a verb, for several alerts at once.

For the commands `alerts ...`, the panel's pages and its API, each with who acts. All of one call is one transaction, with a
line of each alert's history. Nothing here changes what is evaluated: an alert that is closed and still fires says so, and what
fires again after its end is a new alert.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.alerts.answer_log import OUTCOMES, Answered, Outcome, answers_of, note_answer
from clarity_pipeline.alerts.people import Silence, acknowledge_in, find_alert, one_line, silence_in
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.rules.language.subject import Subject
from clarity_pipeline.settings.settings import Clock
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.alerts import acknowledgements, alert_standing
from clarity_pipeline.state.schema.panel import panel_users

LONGEST_SNOOZE = timedelta(days=90)
LONGEST_COMMENT = 2000


class InvalidAnswer(ClarityPipelineError):
    """What was said to an alert cannot be kept; nothing was."""

    reason = "invalid_answer"


class Answers:
    """The decisions about the alerts of one state database. An alert is named by its id or the beginning of it."""

    def __init__(self, state: StateDatabase, *, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def acknowledge(self, alert_ids: Sequence[str], *, author: str, note: str | None = None) -> tuple[str, ...]:
        """Say that somebody has seen them: nobody is reminded any more. The first who did so stays."""
        now = self._clock()
        with self._state.write() as connection:
            found = _found(connection, alert_ids)
            for alert in found:
                acknowledge_in(connection, alert, author=author, note=note, now=now)
        return _ids(found)

    def assign(self, alert_ids: Sequence[str], *, to: str | None, author: str) -> tuple[str, ...]:
        """Give them to somebody of the agency, by e-mail address; None: to nobody."""
        now = self._clock()
        with self._state.write() as connection:
            user = None if to is None else _colleague(connection, to)
            found = _found(connection, alert_ids)
            for alert in found:
                if _write(connection, alert, {"assigned_to": user.user_id if user else None}):
                    named = {"name": user.name} if user else {}
                    note_answer(connection, alert, "assigned" if user else "unassigned", author=author, at=now, **named)
        return _ids(found)

    def comment(self, alert_id: str, *, text: str, author: str) -> Answered:
        """Say something that everybody reads who may see the alert."""
        said = text.replace("\r\n", "\n").strip()
        if not 1 <= len(said) <= LONGEST_COMMENT or not all(each.isprintable() or each in "\n\t" for each in said):
            raise InvalidAnswer(f"a comment has 1 to {LONGEST_COMMENT:,} characters; write it again")
        with self._state.write() as connection:
            alert = find_alert(connection, alert_id)
            note_answer(connection, alert, "commented", author=author, at=self._clock(), text=said)
            return answers_of(connection, alert.alert_id)[-1]

    def silence(self, alert_ids: Sequence[str], *, until: datetime, reason: str, author: str) -> tuple[Silence, ...]:
        """Send nothing about what they are about (rule, business and entity) until then; one silence a subject."""
        now = self._clock()
        with self._state.write() as connection:
            made: dict[Subject, Silence] = {}
            for alert in _found(connection, alert_ids):
                subject = Subject(alert.rule_id, alert.business_id, alert.scope, alert.entity)
                if subject not in made:
                    made[subject] = silence_in(connection, subject._asdict(), until=until, reason=reason, author=author, now=now)
                note_answer(connection, alert, "silenced", author=author, at=now, text=reason.strip(), until=until.isoformat())
        return tuple(made.values())

    def snooze(self, alert_ids: Sequence[str], *, until: datetime, author: str) -> tuple[str, ...]:
        """Out of the open ones until then, and no reminder; its end is told all the same."""
        now = self._clock()
        if not now < until <= now + LONGEST_SNOOZE:
            raise InvalidAnswer(f"an alert sleeps until a time within {LONGEST_SNOOZE.days} days from now; choose another")
        with self._state.write() as connection:
            found = _found(connection, alert_ids)
            for alert in found:
                if _write(connection, alert, {"snoozed_until": until}):
                    note_answer(connection, alert, "snoozed", author=author, at=now, until=until.isoformat())
        return _ids(found)

    def close(self, alert_ids: Sequence[str], *, outcome: str, note: str | None = None, author: str) -> tuple[str, ...]:
        """Say what it was (`OUTCOMES`), which counts for its rule. A second word replaces the first."""
        meant: Outcome | None = next((each for each in OUTCOMES if each == outcome), None)
        if meant is None:
            raise InvalidAnswer(f"an alert is closed as one of {', '.join(OUTCOMES)}; choose one")
        said, now = one_line(note) if note and note.strip() else None, self._clock()
        with self._state.write() as connection:
            found = _found(connection, alert_ids)
            for alert in found:
                if _write(connection, alert, {"outcome": meant}) or said:
                    _write(connection, alert, {"closed_at": now, "closed_by": author, "snoozed_until": None})
                    note_answer(connection, alert, "closed", author=author, at=now, text=said, outcome=meant)
        return _ids(found)

    def reopen(self, alert_ids: Sequence[str], *, author: str) -> tuple[str, ...]:
        """As if nobody had acknowledged, closed or snoozed them; whose they are stays."""
        nothing = {"outcome": None, "closed_at": None, "closed_by": None, "snoozed_until": None}
        with self._state.write() as connection:
            found = _found(connection, alert_ids)
            for alert in found:
                seen = sa.delete(acknowledgements).where(acknowledgements.c.alert_id == alert.alert_id)
                if connection.execute(seen).rowcount + _write(connection, alert, nothing):
                    note_answer(connection, alert, "reopened", author=author, at=self._clock())
        return _ids(found)


def _found(connection: sa.Connection, alert_ids: Sequence[str]) -> list[Any]:
    """The rows, each once, in the order given."""
    if not alert_ids:
        raise InvalidAnswer("no alert is chosen; choose one")
    return list({row.alert_id: row for row in (find_alert(connection, each) for each in alert_ids)}.values())


def _ids(found: Iterable[Any]) -> tuple[str, ...]:
    return tuple(row.alert_id for row in found)


def _write(connection: sa.Connection, alert: Any, values: dict[str, Any]) -> bool:
    """Put values into the alert's standing; whether that changed anything."""
    table = alert_standing
    same = table.c.alert_id == alert.alert_id
    before = connection.execute(sa.select(table).where(same)).mappings().one_or_none()
    if all((before[name] if before else None) == value for name, value in values.items()):
        return False
    if before is None:
        own = {"alert_id": alert.alert_id, "business_id": alert.business_id, "rule_id": alert.rule_id}
        connection.execute(sa.insert(table).values(**own, **values))
    else:
        connection.execute(sa.update(table).where(same).values(**values))
    return True


def _colleague(connection: sa.Connection, email: str) -> Any:
    c = panel_users.c
    if not email.isprintable():  # Postgres takes no NUL in a text, not even to look for it
        raise InvalidAnswer("an alert is given to somebody by their e-mail address; write it again")
    may_have = (c.email == email.strip().lower(), c.disabled_at.is_(None), c.role != "client")
    found = connection.execute(sa.select(c.user_id, c.name).where(*may_have)).one_or_none()
    if found is None:
        raise InvalidAnswer("an alert is given to somebody of the agency who can sign in to the panel; choose one of them")
    return found
