"""What the forms ask for with which people answer alerts, one or several: from the fields to the functions of `alerts.answers`.

Called by `pages.alert` and `pages.alerts`.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import Depends

from clarity_pipeline.alerts.answer_log import OUTCOME_WORDS, OUTCOMES
from clarity_pipeline.alerts.answers import Answers, InvalidAnswer
from clarity_pipeline.alerts.people import People
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.policy import Viewer
from clarity_pipeline.panel.pages.doors import Text
from clarity_pipeline.panel.panel import Panel
from clarity_pipeline.panel.views.alert_inbox import SNOOZES
from clarity_pipeline.panel.views.wording import instant, plural


@dataclass(frozen=True, slots=True)
class Decision:
    """The fields of every such form; `do` is the button that was pressed."""

    do: str
    to: str
    days: str
    until: str
    reason: str
    outcome: str
    note: str
    number: str

    def typed(self) -> dict[str, str]:
        """What a form that is refused shows again."""
        return asdict(self)


def _decision(
    do: Text = "",
    to: Text = "",
    days: Text = "",
    until: Text = "",
    reason: Text = "",
    outcome: Text = "",
    note: Text = "",
    number: Text = "",
) -> Decision:
    return Decision(do, to, days, until, reason, outcome, note, number)


TheDecision = Annotated[Decision, Depends(_decision)]
"""A handler's parameter."""


def decide(panel: Panel, viewer: Viewer, alert_ids: Sequence[str], asked: Decision) -> str:
    """Do it to all of them or to none; what was done, as a sentence. Raise what says why not."""
    answers, by = Answers(panel.home.state, clock=panel.clock), viewer.actor
    many = plural(len(alert_ids), "alert")
    match asked.do:
        case "acknowledge":
            answers.acknowledge(alert_ids, author=by, note=asked.note or None)
            return f"{many} acknowledged. Nobody is reminded any more; the end is still told."
        case "assign":
            answers.assign(alert_ids, to=asked.to or None, author=by)
            return f"{many} given to {asked.to}." if asked.to else f"{many} given to nobody."
        case "snooze":
            until = panel.clock() + timedelta(days=_days(asked.days))
            answers.snooze(alert_ids, until=until, author=by)
            return f"{many} snoozed until {instant(until, viewer.time_zone)}; then back among the open ones."
        case "silence":
            until = _morning_of(asked.until)
            answers.silence(alert_ids, until=until, reason=asked.reason, author=by)
            end = instant(until, viewer.time_zone)
            return f"Silent until {end}: nothing is sent meanwhile; what still fires is told afterwards."
        case "unsilence":
            People(panel.home.state, clock=panel.clock).end(_number(asked.number), author=by)
            return "The silence is over; what still fires is told with the next evaluation."
        case "close":
            answers.close(alert_ids, outcome=asked.outcome, note=asked.note or None, author=by)
            words = OUTCOME_WORDS[next(each for each in OUTCOMES if each == asked.outcome)]
            return f"{many} closed: {words}."
        case "reopen":
            answers.reopen(alert_ids, author=by)
            return f"{many} back among the open ones, as far as {'it fires' if len(alert_ids) == 1 else 'they fire'}."
    raise InvalidAnswer("choose what to do with it")


def refused(error: ClarityPipelineError) -> str:
    """Why not, as a sentence."""
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."


def _days(text: str) -> int:
    if text not in SNOOZES:
        raise InvalidAnswer("choose for how long it is to sleep")
    return int(text)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InvalidAnswer("that silence is over already")
    return int(text)


def _morning_of(text: str) -> datetime:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InvalidAnswer("say until which day it is to be silent") from None
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
