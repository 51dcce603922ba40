"""Letters by SendGrid (`POST /v3/mail/send`): one JSON request, one API key; it answers 202 when it has queued the letter."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar, Self

from clarity_pipeline.alerts.channels.address import parse_address
from clarity_pipeline.alerts.channels.channel import Channel, DeliveryFailed, Document
from clarity_pipeline.alerts.channels.config import secret
from clarity_pipeline.alerts.channels.fitting import shorter_and_shorter
from clarity_pipeline.alerts.channels.letter import SIZES, Envelope, LetterConfig, base_url, texts
from clarity_pipeline.alerts.channels.notice import Notice, notice
from clarity_pipeline.alerts.channels.posting import Answer, Hook, as_json, by_status

SENDGRID = "https://api.sendgrid.com"


@dataclass(frozen=True, kw_only=True)
class SendGridConfig(LetterConfig):
    """An API key of SendGrid that may send mail."""

    kind: ClassVar[str] = "sendgrid"
    about: ClassVar[str] = "letters by SendGrid's HTTP API"
    meanings: ClassVar[Mapping[str, str]] = {
        "sendgrid_key": "SendGrid refuses the API key (unknown, without the right to send mail, or the account is out of credit):"
        " `channels update` with --ask-secret or --secret-file",
        "sendgrid_sender": "SendGrid has no verified sender or domain for --from, or blocks the account: see it there",
        "sendgrid_refused": "SendGrid does not take this letter: see --from and --to",
    }

    base_url: str | None = base_url()
    token: str | None = secret("API key of SendGrid")

    @property
    def hint(self) -> str:
        """SendGrid, and how many get it."""
        return self.hint_beside((self.base_url or SENDGRID).removeprefix("https://"))

    def checked(self, *, allowed: frozenset[str]) -> Self:
        """Its address is one that we post to."""
        parse_address(self._address(), allowed=allowed, called="--base-url")
        return super().checked(allowed=allowed)

    def open(self, *, allowed: frozenset[str]) -> Channel:
        """By one key."""
        hook = Hook(parse_address(self._address(), allowed=allowed), ca_file=self.ca_file)
        return SendGridChannel(hook, str(self.token), Envelope(str(self.sender), self.recipients))

    def _address(self) -> str:
        return f"{(self.base_url or SENDGRID).rstrip('/')}/v3/mail/send"


@dataclass(frozen=True, slots=True)
class SendGridChannel:
    """One letter by SendGrid."""

    name: ClassVar[str] = "sendgrid"

    hook: Hook
    token: str = field(repr=False)
    envelope: Envelope = field(repr=False)

    def send(self, document: Document) -> None:
        """Post one letter, and a shorter one where it is too large."""
        said, headers = notice(document), {"Authorization": f"Bearer {self.token}"}
        shorter_and_shorter(
            [partial(self._letter, said, size) for size in SIZES],
            lambda letter: self.hook.post(as_json(letter), headers=headers, judge=judge),
        )

    def _letter(self, said: Notice, size: int) -> dict[str, Any]:
        text, html = texts(said, size)
        return {
            "personalizations": [{"to": [{"email": each} for each in self.envelope.recipients]}],
            "from": {"email": self.envelope.sender, "name": "clarity_pipeline"},
            "subject": said.subject,
            "content": [{"type": "text/plain", "value": text}, {"type": "text/html", "value": html}],
            "headers": {"Auto-Submitted": "auto-generated", "X-Message-Id": said.id},
            "tracking_settings": {"click_tracking": {"enable": False}, "open_tracking": {"enable": False}},
        }


def judge(answer: Answer) -> DeliveryFailed | None:
    """What SendGrid says, by its status."""
    failure = by_status(answer)
    if failure is None or failure.refuses != "channel":
        return failure
    code = {401: "sendgrid_key", 403: "sendgrid_sender"}.get(answer.status, "sendgrid_refused")
    return DeliveryFailed(code, refuses="channel")
