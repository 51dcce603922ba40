"""Whom a piece of news is for, and the rows of the outbox that carry it. Pure; used by `turns` inside its one write transaction.

A channel is named by its id. A message is written for each channel by itself, so that one that is down holds up no other.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clarity_pipeline.rules.rule import Rule


@dataclass(frozen=True, slots=True)
class News:
    """One turn of one alert for one channel; `document` is its message (`message.compose`)."""

    channel: str
    alert_id: str
    transition: str
    business_id: str
    severity: str
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Routes:
    """The channels of a deployment."""

    channels: tuple[str, ...]

    def of(self, rule: Rule, business_id: str) -> tuple[str, ...]:  # noqa: ARG002 - every channel hears of every business
        """Ids of the channels that are told of this rule and business."""
        return tuple(name for name in self.channels if rule.channels == "all" or name in rule.channels)


def outbox_rows(news: Iterable[News], *, now: datetime) -> list[dict[str, Any]]:
    """The messages that carry the news, as rows of the outbox, due at once."""
    return [
        {
            "message_id": each.document["id"],
            "alert_id": each.alert_id,
            "transition": each.transition,
            "channel": each.channel,
            "payload": each.document,
            "state": "pending",
            "attempts": 0,
            "due_at": now,
            "created_at": now,
        }
        for each in news
    ]
