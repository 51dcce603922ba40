"""What people did with an alert, a line each, kept for ever: written with the deed in one transaction, read for its page.

Called by `people` and `answers`. A comment is for everybody who may see the alert; a note or a reason is for the agency.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

import sqlalchemy as sa

from clarity_pipeline.state.schema.alerts import alert_history

Action = Literal["acknowledged", "assigned", "unassigned", "commented", "silenced", "snoozed", "closed", "reopened", "resent"]
ACTIONS: tuple[Action, ...] = get_args(Action)

Outcome = Literal["fixed", "not_a_fault", "intended", "ignored"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
OUTCOME_WORDS: Mapping[Outcome, str] = {
    "fixed": "fixed",
    "not_a_fault": "not a fault",
    "intended": "intended",
    "ignored": "ignored",
}

Place = Literal["open", "acknowledged", "silenced", "resolved"]
PLACES: tuple[Place, ...] = get_args(Place)
"""Where an alert stands for people, as `inbox` derives it. Resolved is what is over, or what somebody has closed."""

_PLAIN: Mapping[str, str] = {
    "acknowledged": "acknowledged it",
    "unassigned": "gave it to nobody",
    "commented": "commented",
    "reopened": "opened it again",
    "resent": "had a message sent again",
}


@dataclass(frozen=True, slots=True)
class Answered:
    """One line: who did what, when; `text` is the comment, note or reason."""

    entry_id: int
    alert_id: str
    business_id: str
    action: Action
    author: str
    at: datetime
    text: str | None
    detail: Mapping[str, Any]

    @property
    def sentence(self) -> str:
        """What was done, to stand after who did it."""
        if self.action == "assigned":
            return f"gave it to {self.detail['name']}"
        if self.action in ("silenced", "snoozed"):
            return f"{self.action} it until {datetime.fromisoformat(self.detail['until']):%Y-%m-%d %H:%M} UTC"
        if self.action == "closed":
            return f"closed it: {OUTCOME_WORDS[self.detail['outcome']]}"
        return _PLAIN[self.action]

    def document(self) -> dict[str, Any]:
        """As programs read it."""
        return {"action": self.action, "author": self.author, "at": self.at, "text": self.text, "sentence": self.sentence}


def note_answer(
    connection: sa.Connection, alert: Any, action: Action, *, author: str, at: datetime, text: str | None = None, **detail: Any
) -> None:
    """Add a line to the history of an alert (its row), in the caller's transaction."""
    values = {"alert_id": alert.alert_id, "business_id": alert.business_id, "action": action, "author": author}
    connection.execute(sa.insert(alert_history).values(**values, at=at, text=text, detail=detail))


def answers_of(connection: sa.Connection, alert_id: str) -> tuple[Answered, ...]:
    """All lines of one alert, the oldest first."""
    table = alert_history
    rows = connection.execute(sa.select(table).where(table.c.alert_id == alert_id).order_by(table.c.at, table.c.entry_id))
    return tuple(Answered(*(getattr(row, name) for name in Answered.__slots__)) for row in rows)
