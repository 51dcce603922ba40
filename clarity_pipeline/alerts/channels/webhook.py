"""The generic webhook: the document as JSON, signed as Standard Webhooks says when the channel has a secret.

    webhook-id         the document's `id`, the same when it comes again
    webhook-timestamp  seconds since 1970, of this attempt
    webhook-signature  v1,base64(HMAC-SHA256(secret, "id.timestamp.body"))

A receiver drops ids that it has seen and timestamps that are more than five minutes off. A body has at most 256 kB: beyond that
the last alerts of a digest come without `facts`, `series`, `quality` and `evidence`, and `data.shortened` says how many; should
that not do, the last ones are left out and `data.left_out` counts them. A receiver that answers 413 gets it shorter.
"""

import base64
import binascii
import hmac
import secrets as randomness
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from typing import Any, ClassVar, Self

from clarity_pipeline.alerts.channels.channel import Channel, Document
from clarity_pipeline.alerts.channels.config import secret
from clarity_pipeline.alerts.channels.fitting import fitted, shorter_and_shorter
from clarity_pipeline.alerts.channels.hooks import HookConfig
from clarity_pipeline.alerts.channels.posting import Hook, as_json
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.settings.settings import Clock, utc_now

SECRET_PREFIX = "whsec_"  # noqa: S105 - what a secret begins with
_SECRET_BYTES = range(24, 65)

SIZES = (256_000, 64_000, 16_000)
"""Bytes of a body, the next where the receiver says that the one before is too large."""

_LONG = ("facts", "series", "quality", "evidence")


class SigningSecretRefused(ClarityPipelineError):
    """A signing secret of the wrong form."""

    reason = "bad_signing_secret"

    def __init__(self) -> None:
        super().__init__(
            f"a signing secret is {SECRET_PREFIX} and the base64 of 24 to 64 random bytes; leave it out to have one made"
        )


@dataclass(frozen=True, kw_only=True)
class WebhookConfig(HookConfig):
    """A webhook's address, and the secret that messages are signed with: programs must know that it is we who ask."""

    kind: ClassVar[str] = "webhook"
    about: ClassVar[str] = "a program of your own, by a signed webhook"

    secret: str | None = secret("signing secret", may_be_empty=True)

    def checked(self, *, allowed: frozenset[str]) -> Self:
        """Its secret is one."""
        key_of(self.secret or "")
        return super().checked(allowed=allowed)

    def open(self, *, allowed: frozenset[str]) -> Channel:
        """Signed with its secret."""
        return WebhookChannel(self.hook(allowed=allowed), self.secret)

    def with_made_secrets(self) -> tuple[Self, str | None]:
        """A signing secret where none was given."""
        if self.secret is not None:
            return self, None
        made = SECRET_PREFIX + base64.b64encode(randomness.token_bytes(32)).decode()
        return replace(self, secret=made), f"Its signing secret, shown this once, is for the receiver: {made}"


@dataclass(frozen=True, kw_only=True)
class ActionConfig(WebhookConfig):
    """The webhook of an ad platform's own tool."""

    kind: ClassVar[str] = "action"
    about: ClassVar[str] = "an ad tool that pauses and resumes spend, by a signed webhook; it gets recommendations and no news"
    for_actions: ClassVar[bool] = True


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
        """Post, and post shorter where it is too large."""
        forms = [partial(_body, document, size) for size in SIZES]
        shorter_and_shorter(forms, partial(self._post, document["id"]))

    def _post(self, message_id: str, body: bytes) -> None:
        headers = {"webhook-id": message_id}
        if self.secret is not None:
            timestamp = int(self.clock().timestamp())
            headers["webhook-timestamp"] = str(timestamp)
            headers["webhook-signature"] = sign(self.secret, message_id=message_id, timestamp=timestamp, body=body)
        self.hook.post(body, headers=headers)


def _body(document: Document, size: int) -> bytes:
    """The document in at most so many bytes; one that is no digest stays as it is."""
    alerts = document["data"].get("alerts")
    if alerts is None:
        return as_json(document)

    def build(full: int, told: int) -> bytes:
        kept = [*alerts[:full], *({name: each[name] for name in each if name not in _LONG} for each in alerts[full:told])]
        told_of: dict[str, Any] = {"shortened": told - full, "left_out": len(alerts) - told}
        data = {**document["data"], "alerts": kept, **{name: number for name, number in told_of.items() if number}}
        return as_json({**document, "data": data})

    return fitted(build, entries=len(alerts), fits=lambda body: len(body) <= size)


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
