"""The message that tells of a channel to the others: that it cannot deliver, and that it delivers again. Pure.

It has the shape of an alert, so that every kind of channel shows it; its `type` is `clarity.channel.cannot_deliver` or
`clarity.channel.delivers_again`, and its business is not one of the deployment's but `clarity_pipeline` itself.
"""

from datetime import datetime
from hashlib import sha256
from typing import Any, Protocol

CANNOT_DELIVER, DELIVERS_AGAIN = "cannot_deliver", "delivers_again"


class Told(Protocol):
    """What is known of the channel that is told of."""

    @property
    def channel(self) -> str:
        """Its id."""

    @property
    def failing_since(self) -> datetime | None:
        """The first try that failed."""

    @property
    def waiting(self) -> int:
        """How many messages."""

    def sentence(self) -> str:
        """What is wrong."""


def channel_news(about: Told, turn: str, *, to: str, written_at: datetime) -> dict[str, Any]:
    """The row of the outbox, whose id is the same for the same stretch of failures."""
    began = (about.failing_since or written_at).isoformat()
    is_over = turn == DELIVERS_AGAIN
    again = f"the channel {about.channel} delivers again" + (
        f"; {about.waiting} more messages go out now" if about.waiting else ""
    )
    said = again if is_over else about.sentence()
    document = {
        "id": sha256("\n".join((turn, about.channel, began, to)).encode()).hexdigest(),
        "type": f"clarity.channel.{turn}",
        "timestamp": written_at.isoformat(),
        "data": {
            "business": None,
            "business_name": "clarity_pipeline",
            "rule": turn,
            "rule_name": f"channel {about.channel} {'delivers again' if is_over else 'cannot deliver'}",
            "severity": "critical",
            "state": "resolved" if is_over else "firing",
            "channel": about.channel,
            "summary": f"{said[:1].upper()}{said[1:]}.",
        },
    }
    return {
        "message_id": document["id"],
        "alert_id": "",
        "transition": turn,
        "channel": to,
        "payload": document,
        "state": "pending",
        "attempts": 0,
        "due_at": written_at,
        "created_at": written_at,
    }
