"""Where messages go: the log, and one JSON webhook. Called by `outbox` only.

    DeliveryFailed                 one attempt did not reach its receiver; `code` is all that is said of why
    WebhookUrlRefused              the address of the webhook cannot be used

A channel tries once: retrying is the outbox's. It never says more of a failure than its class, since what a receiver or a
resolver answered would tell a stranger about the inside of the network, and never shows the webhook's URL, which is a
secret at most receivers.
"""

import ipaddress
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol
from urllib.parse import urlsplit

import requests

from clarity_pipeline.errors import ClarityPipelineError

Document = Mapping[str, Any]
"""A message as `alerts.message` describes it."""

LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "critical": logging.ERROR}
CONNECT_SECONDS = 5.0


class DeliveryFailed(ClarityPipelineError):
    """One attempt failed: `timeout`, `connection`, `tls`, `request`, or `http_500`."""

    reason = "delivery_failed"

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(f"the alert could not be delivered ({code}); it is tried again by itself")


class WebhookUrlRefused(ClarityPipelineError):
    """The address of the webhook is not one that we post to."""

    reason = "bad_webhook_url"

    def __init__(self) -> None:
        super().__init__(
            "the webhook's address must be https://host/path (http only to this machine), with no user name in it;"
            " correct CLARITY_ALERT_WEBHOOK_URL"
        )


class Channel(Protocol):
    """A way to reach people or their tools."""

    def send(self, document: Document) -> None:
        """Deliver one message or raise `DeliveryFailed`. It may come again: the document's `id` tells."""


@dataclass(frozen=True, slots=True)
class LogChannel:
    """One line a message, in the logger `clarity_pipeline.alerts`, at the level of its severity."""

    name: ClassVar[str] = "log"

    def send(self, document: Document) -> None:
        """Log the sentence, without any character that could forge a second line."""
        data = document["data"]
        level = LEVELS[data["severity"]] if data["state"] == "firing" else logging.INFO
        line = "".join(character if character.isprintable() else " " for character in data["summary"])
        logging.getLogger("clarity_pipeline.alerts").log(level, "%s alert %s: %s", data["severity"], data["state"], line)


@dataclass(frozen=True, slots=True)
class WebhookChannel:
    """A POST of the document as JSON; 2xx is success, a redirect is not followed. Header `webhook-id` repeats its `id`."""

    name: ClassVar[str] = "webhook"

    url: str = field(repr=False)
    timeout_seconds: float = 8.0

    def __post_init__(self) -> None:
        if not _is_allowed(self.url):
            raise WebhookUrlRefused

    def send(self, document: Document) -> None:
        """Post once."""
        code = self._post(document)
        if code is not None:  # raised outside any `except`, so that no library error with the URL in it hangs on it
            raise DeliveryFailed(code)

    def _post(self, document: Document) -> str | None:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "clarity-pipeline",
            "webhook-id": document["id"],
        }
        try:
            with requests.Session() as session:
                session.trust_env = False
                response = session.post(
                    self.url,
                    data=json.dumps(document).encode(),
                    headers=headers,
                    timeout=(min(CONNECT_SECONDS, self.timeout_seconds), self.timeout_seconds),
                    allow_redirects=False,
                    stream=True,  # the status is enough; the body is never read
                )
                with response:
                    return None if 200 <= response.status_code < 300 else f"http_{response.status_code}"
        except requests.Timeout:
            return "timeout"
        except requests.exceptions.SSLError:
            return "tls"
        except requests.ConnectionError:
            return "connection"
        except requests.RequestException:
            return "request"


def _is_allowed(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not url.isprintable() or " " in url or not host or "@" in parts.netloc:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_this_machine(host))


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
