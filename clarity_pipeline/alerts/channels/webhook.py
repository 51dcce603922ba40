"""The generic webhook: the document as JSON, signed as Standard Webhooks says when the channel has a secret.

    webhook-id         the document's `id`, the same when it comes again
    webhook-timestamp  seconds since 1970, of this attempt
    webhook-signature  v1,base64(HMAC-SHA256(secret, "id.timestamp.body"))

A receiver drops ids that it has seen and timestamps that are more than five minutes off.
"""

import base64
import binascii
import hmac
from dataclasses import dataclass, field
from hashlib import sha256
from typing import ClassVar

from clarity_pipeline.alerts.channels.channel import Document
from clarity_pipeline.alerts.channels.posting import Hook, as_json
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.settings import Clock, utc_now

SECRET_PREFIX = "whsec_"  # noqa: S105 - what a secret begins with
_SECRET_BYTES = range(24, 65)


class SigningSecretRefused(ClarityPipelineError):
    """A signing secret of the wrong form."""

    reason = "bad_signing_secret"

    def __init__(self) -> None:
        super().__init__(
            f"a signing secret is {SECRET_PREFIX} and the base64 of 24 to 64 random bytes; leave it out to have one made"
        )


@dataclass(frozen=True, slots=True)
class WebhookChannel:
    """A POST of the document as JSON; 2xx is success."""

    name: ClassVar[str] = "webhook"

    hook: Hook
    secret: str | None = field(default=None, repr=False)
    clock: Clock = utc_now

    def __post_init__(self) -> None:
        if self.secret is not None:
            key_of(self.secret)

    def send(self, document: Document) -> None:
        """Post once."""
        body = as_json(document)
        headers = {"webhook-id": document["id"]}
        if self.secret is not None:
            timestamp = int(self.clock().timestamp())
            headers["webhook-timestamp"] = str(timestamp)
            headers["webhook-signature"] = sign(self.secret, message_id=document["id"], timestamp=timestamp, body=body)
        self.hook.post_bytes(body, headers=headers)


def sign(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key_of(secret), signed, sha256)).decode()


def key_of(secret: str) -> bytes:
    """The key in a `whsec_...` secret; raise `SigningSecretRefused`."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True) if secret.startswith(SECRET_PREFIX) else b""
    except binascii.Error:
        key = b""
    if len(key) not in _SECRET_BYTES:
        raise SigningSecretRefused
    return key
