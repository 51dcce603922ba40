"""Letters by Postmark (`POST /email`): one JSON request, one server token.

Postmark answers 200 with `ErrorCode` 0, or 422 with the code of what is wrong; 401 is a token that it does not know. A request
names 50 recipients at most.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar, Self

from clarity_pipeline.alerts.channels.address import parse_address
from clarity_pipeline.alerts.channels.channel import Channel, DeliveryFailed, Document
from clarity_pipeline.alerts.channels.config import InvalidChannel, secret
from clarity_pipeline.alerts.channels.fitting import shorter_and_shorter
from clarity_pipeline.alerts.channels.letter import SIZES, Envelope, LetterConfig, base_url, message_id, texts
from clarity_pipeline.alerts.channels.notice import Notice, notice
from clarity_pipeline.alerts.channels.posting import Answer, Hook, as_json, by_status

POSTMARK = "https://api.postmarkapp.com"
MOST_RECIPIENTS = 50


@dataclass(frozen=True, kw_only=True)
class PostmarkConfig(LetterConfig):
    """A server token of Postmark."""

    kind: ClassVar[str] = "postmark"
    about: ClassVar[str] = "letters by Postmark's HTTP API"
    meanings: ClassVar[Mapping[str, str]] = {
        "postmark_token": "Postmark does not know the server token: `channels update` with --ask-secret or --secret-file",
        "postmark_sender": "Postmark has no confirmed sender signature or domain for --from: confirm it there",
        "postmark_account": "Postmark lets this account send nothing (pending, paused or without credit): see it there",
        "postmark_recipient": "Postmark has made a recipient inactive after a bounce or complaint: reactivate it, or see --to",
        "postmark_refused": "Postmark does not take this letter: see --from and --to",
    }

    base_url: str | None = base_url()
    token: str | None = secret("server token of Postmark")

    @property
    def hint(self) -> str:
        """Postmark, and how many get it."""
        return self.hint_beside((self.base_url or POSTMARK).removeprefix("https://"))

    def checked(self, *, allowed: frozenset[str]) -> Self:
        """Not too many get it."""
        parse_address(self._address(), allowed=allowed, called="--base-url")
        if len(self.recipients) > MOST_RECIPIENTS:
            raise InvalidChannel(f"Postmark takes {MOST_RECIPIENTS} recipients a letter: add a second channel for the others")
        return super().checked(allowed=allowed)

    def open(self, *, allowed: frozenset[str]) -> Channel:
        """By one server."""
        hook = Hook(parse_address(self._address(), allowed=allowed), ca_file=self.ca_file)
        return PostmarkChannel(hook, str(self.token), Envelope(str(self.sender), self.recipients))

    def _address(self) -> str:
        return f"{(self.base_url or POSTMARK).rstrip('/')}/email"


@dataclass(frozen=True, slots=True)
class PostmarkChannel:
    """One letter by Postmark."""

    name: ClassVar[str] = "postmark"

    hook: Hook
    token: str = field(repr=False)
    envelope: Envelope = field(repr=False)

    def send(self, document: Document) -> None:
        """Post one letter, and a shorter one where it is too large."""
        said = notice(document)
        headers = {"Accept": "application/json", "X-Postmark-Server-Token": self.token}
        shorter_and_shorter(
            [partial(self._letter, said, size) for size in SIZES],
            lambda letter: self.hook.post(as_json(letter), headers=headers, judge=judge),
        )

    def _letter(self, said: Notice, size: int) -> dict[str, Any]:
        text, html = texts(said, size)
        return {
            "From": f"clarity_pipeline <{self.envelope.sender}>",
            "To": ", ".join(self.envelope.recipients),
            "Subject": said.subject,
            "TextBody": text,
            "HtmlBody": html,
            "MessageStream": "outbound",
            "TrackOpens": False,
            "TrackLinks": "None",
            "Headers": [
                {"Name": "Message-ID", "Value": message_id(said, self.envelope)},
                {"Name": "X-PM-KeepID", "Value": "true"},
                {"Name": "Auto-Submitted", "Value": "auto-generated"},
            ],
        }


def judge(answer: Answer) -> DeliveryFailed | None:
    """What Postmark says: its own code counts, whatever the status."""
    try:
        found = json.loads(answer.body)
    except ValueError:
        found = None
    code = int(found.get("ErrorCode") or 0) if isinstance(found, dict) else 0
    if code in _ERRORS:
        return DeliveryFailed(_ERRORS[code], refuses="channel")
    failure = by_status(answer)
    if failure is None:
        return DeliveryFailed("postmark_refused", refuses="channel") if code else None
    return DeliveryFailed("postmark_refused", refuses="channel") if failure.refuses == "channel" else failure


_ERRORS: Mapping[int, str] = {
    10: "postmark_token",
    400: "postmark_sender",
    401: "postmark_sender",
    405: "postmark_account",
    412: "postmark_account",
    413: "postmark_account",
    406: "postmark_recipient",
    300: "postmark_refused",
}
