"""A real message that says it is a test. For `channels test`; pure."""

from datetime import datetime
from typing import Any
from uuid import uuid4


def trial(channel_id: str, *, written_at: datetime) -> dict[str, Any]:
    """The document of a test; its id is new each time, so that a receiver takes it however often it comes."""
    return {
        "id": uuid4().hex + uuid4().hex,
        "type": "clarity.test",
        "timestamp": written_at.isoformat(),
        "data": {
            "business": "test",
            "business_name": "clarity_pipeline",
            "rule": "test",
            "rule_name": "a test message",
            "severity": "info",
            "state": "firing",
            "channel": channel_id,
            "summary": f"This is a test of the channel {channel_id}: nothing happened, and alerts will arrive like this.",
        },
    }
