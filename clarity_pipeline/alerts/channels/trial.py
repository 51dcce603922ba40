"""A real message that says it is a test, and what a failed one means in words. For `channels test`; pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

_HINTS: Mapping[str, str] = {
    "timeout": "the receiver did not answer in time",
    "connection": "nobody answers there: check host, port and firewall",
    "tls": "the receiver's certificate is not trusted: --ca-file names the authority of a house's own",
    "no_address": "the host has no address: check its spelling",
    "address_not_public": "the host is inside a network: list it in CLARITY_WEBHOOK_ALLOW if it is yours",
    "bad_webhook_url": "the deployment does not allow this address: list it in CLARITY_WEBHOOK_ALLOW if it is yours",
    "secret_unreadable": "the stored address does not open: `clarity-pipeline secrets check`",
    "smtp_login": "the server refuses the user or password: `channels update` with --smtp-user and --secret-file",
    "smtp_no_starttls": "the server offers no STARTTLS, and nothing is sent in the clear: try --smtp-security tls",
    "smtp_refused": "the server takes no letter for these recipients from this sender",
    "smtp_refused_some": "the server refused some of the recipients",
    "http_401": "the receiver does not know this address: make a new webhook there, then `channels update`",
    "http_403": "the receiver does not know this address: make a new webhook there, then `channels update`",
    "http_404": "there is no such webhook: make a new one there, then `channels update`",
    "http_410": "the webhook is gone for good: make a new one there, then `channels update`",
}


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


def meaning(code: str) -> str:
    """What a failure's code means and what to do."""
    return _HINTS.get(code, "the receiver refused it: see its own log")
