"""Whom a piece of news is for, and the rows of the outbox that carry it. Pure; used by `turns` inside its one write transaction.

A channel is named by its id. A message is written for each channel by itself, so that one that is down holds up no other. On a
channel of mode `digest` all that a run has to say of a business and day is one message; what is critical waits for nothing and
comes by itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Literal, NamedTuple

from clarity_pipeline.rules.language.rule import Businesses, Rule, Severity

Mode = Literal["digest", "immediate"]
MODES: tuple[Mode, ...] = ("digest", "immediate")
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical")
"""The least first."""

DIGEST = "digest"
"""What the outbox calls the transition of a message that holds several."""


@dataclass(frozen=True, slots=True)
class News:
    """One turn of one alert for one channel; `document` is its message (`message.compose`), `day` the one that was judged.

    `expires_at` is the instant after which nobody can use it any more.
    """

    channel: str
    alert_id: str
    transition: str
    business_id: str
    severity: Severity
    document: dict[str, Any]
    day: date
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """What one stored channel wants to hear. One that is `for_actions` gets recommendations and no news."""

    channel: str
    businesses: Businesses = "all"
    min_severity: Severity = "info"
    mode: Mode = "digest"
    for_actions: bool = False

    def takes(self, rule: Rule, business_id: str) -> bool:
        """Whether it is told of this rule and business."""
        return (
            _named(self.channel, rule)
            and (self.businesses == "all" or business_id in self.businesses)
            and SEVERITIES.index(rule.severity) >= SEVERITIES.index(self.min_severity)
        )


@dataclass(frozen=True, slots=True)
class Routes:
    """The channels of a deployment: `channels` hear of everything at once, `stored` of what they want."""

    channels: tuple[str, ...]
    stored: tuple[Route, ...] = ()

    def of(self, rule: Rule, business_id: str) -> tuple[str, ...]:
        """Ids of the channels that are told of this rule and business."""
        always = (name for name in self.channels if _named(name, rule))
        return (*always, *(each.channel for each in self.stored if not each.for_actions and each.takes(rule, business_id)))

    def for_actions(self, rule: Rule, business_id: str) -> tuple[str, ...]:
        """Ids of the channels that get what this rule recommends for the business."""
        if rule.action == "alert":
            return ()
        return tuple(each.channel for each in self.stored if each.for_actions and each.takes(rule, business_id))

    def is_digest(self, news: News) -> bool:
        """Whether it waits for the rest of its run."""
        return news.severity != "critical" and any(
            each.channel == news.channel and each.mode == "digest" and not each.for_actions for each in self.stored
        )


class Written(NamedTuple):
    """Rows of `clarity_outbox`, and for each piece of news a row of `clarity_told`."""

    outbox: list[dict[str, Any]]
    told: list[dict[str, Any]]


def outbox_rows(news: Iterable[News], *, routes: Routes, now: datetime) -> Written:
    """The messages that carry the news, due at once, and what each of them tells."""
    digests: dict[tuple[str, str, date], list[News]] = defaultdict(list)
    outbox, told = [], []
    for each in news:
        if routes.is_digest(each):
            digests[each.channel, each.business_id, each.day].append(each)
            continue
        outbox.append(
            _outbox_row(each.channel, each.document, each.alert_id, each.transition, now) | {"expires_at": each.expires_at}
        )
        told.append(_told_row(each, each.document["id"]))
    for (channel, business_id, day), held in digests.items():
        document = _digest(channel, business_id, day, held, now)
        outbox.append(_outbox_row(channel, document, "", DIGEST, now) | {"expires_at": None})
        told += [_told_row(each, document["id"]) for each in held]
    return Written(outbox, told)


def _named(channel: str, rule: Rule) -> bool:
    return rule.channels == "all" or channel in rule.channels


def _digest(channel: str, business_id: str, day: date, held: Sequence[News], now: datetime) -> dict[str, Any]:
    """The gravest first. Its id is that of its channel, business and contents: the same for ever."""
    contents = sorted(f"{each.alert_id} {each.transition}" for each in held)
    gravest_first = sorted(held, key=lambda each: -SEVERITIES.index(each.severity))
    return {
        "id": sha256("\n".join((DIGEST, business_id, channel, *contents)).encode()).hexdigest(),
        "type": "clarity.alert.digest",
        "timestamp": now.isoformat(),
        "data": {
            "business": business_id,
            "business_name": held[0].document["data"]["business_name"],
            "date": day.isoformat(),
            "alerts": [{"type": each.document["type"], **each.document["data"]} for each in gravest_first],
        },
    }


def _outbox_row(channel: str, document: dict[str, Any], alert_id: str, transition: str, now: datetime) -> dict[str, Any]:
    return {
        "message_id": document["id"],
        "alert_id": alert_id,
        "transition": transition,
        "channel": channel,
        "payload": document,
        "state": "pending",
        "attempts": 0,
        "due_at": now,
        "created_at": now,
    }


def _told_row(news: News, message_id: str) -> dict[str, Any]:
    return {"channel": news.channel, "alert_id": news.alert_id, "transition": news.transition, "message_id": message_id}
