"""What a channel is: one way to reach people or their tools, which tries once. Implemented beside it, called by `outbox`.

Retrying is the outbox's. A channel never says more of a failure than its class, since what a receiver or a resolver answered
would tell a stranger about the inside of the network, and never shows its own address, which is a secret at most receivers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from clarity_pipeline.errors import ClarityPipelineError

Document = Mapping[str, Any]
"""A message as `alerts.messages.message` describes it."""

Refusal = Literal["channel", "message", "size", "recipients"]
"""What will not do, however often it is tried: the channel, until somebody changes it here or there; this message; this message
at its size; some of the recipients, while the others have it."""


class DeliveryFailed(ClarityPipelineError):
    """One attempt did not reach its receiver: `code` is `timeout`, `connection`, `tls`, `http_500`, ... and all that is said.

    `retry_after_seconds` is what the receiver asked for; `refuses` is None where another try may do.
    """

    reason = "delivery_failed"

    def __init__(self, code: str, *, retry_after_seconds: float | None = None, refuses: Refusal | None = None) -> None:
        self.code = code
        self.retry_after_seconds = retry_after_seconds
        self.refuses = refuses
        then = "it is kept until that is changed" if refuses else "it is tried again by itself"
        super().__init__(f"the alert could not be delivered ({code}); {then}")


class Channel(Protocol):
    """A way to reach people or their tools."""

    def send(self, document: Document) -> None:
        """Deliver one message or raise `DeliveryFailed`. It may come again: the document's `id` tells."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """A channel that cannot be used until somebody changes something; its messages wait, and the others are not held up."""

    code: str

    def send(self, document: Document) -> None:  # noqa: ARG002 - nobody gets it
        """Fail."""
        raise DeliveryFailed(self.code, refuses="channel")
