"""Recommendations to pause and to resume an entity's ad spend, for an ad platform's own tool. We never call an ad platform.

Called by `turns` for each history, inside its one write transaction. A message goes to channels of kind `action` alone, so
nothing is recommended where none exists:

    {"id": "<64 hex>", "type": "clarity.spend.pause_recommended",      or clarity.spend.resume_recommended
     "timestamp": "2026-11-22T06:00:00+00:00",
     "data": {"business": "acme", "rule": "dead-clicks-spike", "revision": 1,
              "scope": "campaign", "entity": "...", "entity_name": "...",
              "evidence": [...],                       what the rule saw on `as_of`, as in an alert's message
              "quality": {...},                        of the data in its windows; null when it is not known
              "as_of": "2026-11-21",                   the last day that the recommendation rests on
              "expires_at": "2026-11-23T12:00:00+00:00",
              "alert_id": "<32 hex>"}}                 the same in both

It is signed, its id is the same when it comes again, and after `expires_at` it is neither sent nor to be acted on. Of a rule and
an entity one pause at most is open, and it stays open while the rule holds: a resume is for an entity that nothing is wrong with.
So none comes for what has only become normal until somebody closes its alert; a pause comes a week after a resume at the soonest.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.alerts.alert import PAUSE, RESUME, Alert, message_id
from clarity_pipeline.alerts.history import evaluation_of
from clarity_pipeline.alerts.messages.became_normal import became_normal, days_since
from clarity_pipeline.alerts.outbox.routing import News, Routes
from clarity_pipeline.rules.book.rule_store import StoredRule
from clarity_pipeline.rules.engine.evidence import Evaluation
from clarity_pipeline.rules.language.subject import Subject
from clarity_pipeline.state.schema.alerts import alert_standing

VALID_FOR = timedelta(hours=36)
"""After the end of the day it rests on: the next day's data is in some hours after that day's end, and then says more."""

COOL_DOWN = timedelta(days=7)
"""Between a resume and the next pause of the same rule and entity."""

NOT_SENT = "No recommendation to pause was sent to the ad tool: {}."


def expires_at(as_of: date) -> datetime:
    """The instant after which a recommendation may not be acted on."""
    return datetime.combine(as_of + timedelta(days=1), time(), UTC) + VALID_FOR


def refusal(basis: Evaluation, *, as_of: date, now: datetime) -> str | None:
    """Why nobody should be told to pause on such data; None when it is whole and fresh."""
    if now >= expires_at(as_of):
        return f"its data ends on {as_of}, which is too long ago"
    crowd = max((leaf.crowd for leaf in basis.evidence if leaf.supports and leaf.crowd is not None), default=None)
    if crowd is not None:
        return f"all pages moved alike, with {crowd:.1f} times the visits: other visitors, and no page that broke"
    quality = basis.quality
    if quality is None:
        short = [leaf for leaf in basis.evidence if not leaf.muted and leaf.days_with_data < _days(leaf.from_date, leaf.to_date)]
        return "days of its window have no data" if short or not basis.evidence else None
    if quality.truncated:
        return f"Clarity cut the answers of {quality.truncated} of its days"
    days = _days(quality.from_date, quality.to_date)
    if quality.days_with_data < days:
        return f"{days - quality.days_with_data} of its {days} days have no data"
    if quality.shifted:
        return f"{quality.shifted} of its {days} days were fetched late and are not whole days"
    if 2 * quality.recovered > quality.days_with_data:
        return f"{quality.recovered} of its {days} days were recovered and not measured"
    return None


def too_soon(alert: Alert, alerts: Sequence[Alert], told: Mapping[str, Set[str]], day: date) -> str | None:
    """Why a pause comes too soon after the last one was taken back: a tool that pauses and resumes every week serves nobody."""
    others = (each for each in alerts if each is not alert and not each.is_withdrawn)  # a day corrected is none of the site's
    ends = [each.incident.resolved_on for each in others if RESUME in told.get(each.alert_id, ())]
    last = max((end for end in ends if end is not None), default=None)
    if last is None or day - last >= COOL_DOWN:
        return None
    return f"the last one was taken back on {last}, and the next comes {COOL_DOWN.days} days later at the soonest"


def is_still_there(connection: sa.Connection, subject: Subject, alert: Alert) -> bool:
    """Whether what began it has only become normal, and nobody has said by closing it that it is meant or mended."""
    since = days_since(alert.incident)
    if not since or alert.is_withdrawn:
        return False
    closed = sa.select(alert_standing.c.outcome).where(alert_standing.c.alert_id == alert.alert_id)
    if connection.execute(closed).scalar_one_or_none() is not None:
        return False
    began, *ended = (evaluation_of(connection, subject, day) for day in (alert.incident.opened_on, *since))
    return became_normal(began, ended) is not None


def turns_due(alerts: Sequence[Alert], told: Mapping[str, Set[str]]) -> list[tuple[Alert, str]]:
    """What to tell one channel that was `told` some of each alert of one history: the end of what is over, or one beginning."""
    paused = [alert for alert in alerts if PAUSE in told.get(alert.alert_id, ()) and RESUME not in told[alert.alert_id]]
    firing = [alert for alert in alerts if alert.state == "firing"]
    if not firing:
        return [(alert, RESUME) for alert in paused]
    is_new = not paused and PAUSE not in told.get(firing[-1].alert_id, ())
    return [(firing[-1], PAUSE)] if is_new else []


def with_recommendations(
    connection: sa.Connection,
    news: Sequence[News],
    *,
    alerts: Sequence[Alert],
    told: Mapping[str, Mapping[str, Set[str]]],
    stored: StoredRule,
    subject: Subject,
    entity_name: str | None,
    routes: Routes,
    day: date,
    now: datetime,
) -> list[News]:
    """The news of one history in a run, with the recommendations that follow from its `alerts` as they are after it.

    `told` is by alert and channel. Where a pause is refused, the alert's own opening in `news` says so in its caveat; what was
    refused is looked at again in the next run.
    """
    gathered = list(news)
    for channel in routes.for_actions(stored.rule, subject.business_id):
        heard = {alert.alert_id: told.get(alert.alert_id, {}).get(channel, set()) for alert in alerts}
        for alert, turn in turns_due(alerts, heard):
            as_of = alert.incident.last_fired_on if turn == PAUSE else day
            if turn == RESUME and is_still_there(connection, subject, alert):
                continue
            basis = evaluation_of(connection, subject, as_of)
            why = refusal(basis, as_of=as_of, now=now)
            if turn == PAUSE and why is None:
                why = too_soon(alert, alerts, heard, day)
            if why is not None:
                gathered = [_with_caveat(each, alert, NOT_SENT.format(why)) for each in gathered]
                continue
            document = _document(alert, turn, channel, stored, subject, entity_name, basis, as_of=as_of, now=now)
            severity, expires = stored.rule.severity, expires_at(as_of)
            gathered.append(News(channel, alert.alert_id, turn, subject.business_id, severity, document, day, expires))
    return gathered


def _document(
    alert: Alert,
    turn: str,
    channel: str,
    stored: StoredRule,
    subject: Subject,
    entity_name: str | None,
    basis: Evaluation,
    *,
    as_of: date,
    now: datetime,
) -> dict[str, Any]:
    return {
        "id": message_id(alert.alert_id, transition=turn, channel=channel),
        "type": f"clarity.spend.{turn}",
        "timestamp": now.isoformat(),
        "data": {
            "business": subject.business_id,
            "rule": stored.rule.id,
            "revision": stored.revision,
            "scope": subject.scope,
            "entity": subject.entity,
            "entity_name": entity_name,
            "evidence": [leaf.model_dump(mode="json") for leaf in basis.evidence],
            "quality": basis.quality.model_dump(mode="json") if basis.quality else None,
            "as_of": as_of.isoformat(),
            "expires_at": expires_at(as_of).isoformat(),
            "alert_id": alert.alert_id,
        },
    }


def _with_caveat(news: News, alert: Alert, caveat: str) -> News:
    if news.alert_id != alert.alert_id or news.transition != "opened" or caveat in (news.document["data"].get("caveat") or ""):
        return news
    said = " ".join(filter(None, (news.document["data"].get("caveat"), caveat)))
    return replace(news, document={**news.document, "data": {**news.document["data"], "caveat": said}})


def _days(from_date: date, to_date: date) -> int:
    return (to_date - from_date).days + 1
