"""What a channel is: one way to reach people or their tools, which tries once. Implemented beside it, called by `outbox`.

Retrying is the outbox's. A channel never says more of a failure than its class, since what a receiver or a resolver answered
would tell a stranger about the inside of the network, and never shows its own address, which is a secret at most receivers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from clarity_pipeline.errors import ClarityPipelineError

Document = Mapping[str, Any]
"""A message as `alerts.messages.message` describes it."""


class DeliveryFailed(ClarityPipelineError):
    """One attempt did not reach its receiver: `code` is `timeout`, `connection`, `tls`, `http_500`, ... and all that is said.

    `retry_after_seconds` is what the receiver asked for; with `for_good` it said that it will never take a message again.
    """

    reason = "delivery_failed"

    def __init__(self, code: str, *, retry_after_seconds: float | None = None, for_good: bool = False) -> None:
        self.code = code
        self.retry_after_seconds = retry_after_seconds
        self.for_good = for_good
        super().__init__(f"the alert could not be delivered ({code}); it is tried again by itself")


class Channel(Protocol):
    """A way to reach people or their tools."""

    def send(self, document: Document) -> None:
        """Deliver one message or raise `DeliveryFailed`. It may come again: the document's `id` tells."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """A channel that cannot be used for now: its messages fail one by one and are tried again, and the others are not held up."""

    code: str

    def send(self, document: Document) -> None:  # noqa: ARG002 - nobody gets it
        """Fail."""
        raise DeliveryFailed(self.code)
