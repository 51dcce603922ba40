"""Letters by Microsoft Graph (`POST /users/{mailbox}/sendMail`), for Microsoft 365 without SMTP.

The app needs the application permission `Mail.Send` with an administrator's consent. The letter goes as MIME in base64, which
keeps its headers; Graph answers 202, which says that it was accepted and not that it arrived, and keeps a copy among the sent
items.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from functools import partial
from typing import ClassVar, Self
from urllib.parse import quote

from clarity_pipeline.alerts.channels.address import parse_address
from clarity_pipeline.alerts.channels.channel import Channel, DeliveryFailed, Document
from clarity_pipeline.alerts.channels.fitting import shorter_and_shorter
from clarity_pipeline.alerts.channels.letter import SIZES, Envelope, base_url, letter, texts
from clarity_pipeline.alerts.channels.notice import notice
from clarity_pipeline.alerts.channels.oauth import MEANINGS, AppConfig, Tokens
from clarity_pipeline.alerts.channels.posting import Answer, Hook, by_status

GRAPH = "https://graph.microsoft.com"


@dataclass(frozen=True, kw_only=True)
class GraphConfig(AppConfig):
    """An app of Microsoft Entra that may send as a mailbox."""

    kind: ClassVar[str] = "graph"
    about: ClassVar[str] = "letters by Microsoft Graph, for Microsoft 365 without SMTP"
    meanings: ClassVar[Mapping[str, str]] = {
        **MEANINGS,
        "graph_400": "Graph does not take this letter: see --from and --to",
        "graph_401": "Graph refuses the token: see --scope and --base-url, which must be of the same cloud",
        "graph_403": "the app may not send as this mailbox: give it the application permission Mail.Send, let an administrator"
        " consent, and see that no application access policy leaves the mailbox of --from out",
        "graph_404": "there is no such mailbox in the tenant: see --from and --tenant",
        "graph_413": "Graph finds even the shortest letter too large",
    }

    base_url: str | None = base_url()

    @property
    def hint(self) -> str:
        """Graph, and how many get it."""
        return self.hint_beside(self._base().removeprefix("https://"))

    def checked(self, *, allowed: frozenset[str]) -> Self:
        """Its app and addresses are ones."""
        self.check_app(allowed=allowed)
        found = super().checked(allowed=allowed)
        parse_address(self._sends_at(), allowed=allowed, called="--base-url")
        return found

    def open(self, *, allowed: frozenset[str]) -> Channel:
        """Tokens are kept as long as the channel is open."""
        hook = Hook(parse_address(self._sends_at(), allowed=allowed), ca_file=self.ca_file)
        scope = self.scope or f"{self._base()}/.default"
        return GraphChannel(hook, self.tokens(scope=scope, allowed=allowed), Envelope(str(self.sender), self.recipients))

    def _base(self) -> str:
        return (self.base_url or GRAPH).rstrip("/")

    def _sends_at(self) -> str:
        return f"{self._base()}/v1.0/users/{quote(str(self.sender), safe='')}/sendMail"


@dataclass(frozen=True, slots=True)
class GraphChannel:
    """One letter by Graph."""

    name: ClassVar[str] = "graph"

    hook: Hook
    tokens: Tokens = field(repr=False)
    envelope: Envelope = field(repr=False)

    def send(self, document: Document) -> None:
        """Post one letter, and a shorter one where it is too large."""
        said = notice(document)
        forms = [partial(texts, said, size) for size in SIZES]
        shorter_and_shorter(forms, lambda body: self._post(letter(said, self.envelope, body)))

    def _post(self, message: EmailMessage) -> None:
        token, is_new = self.tokens.token()
        headers = {"Authorization": f"Bearer {token}"}
        body = base64.b64encode(message.as_bytes(policy=SMTP))
        self.hook.post(body, headers=headers, content_type="text/plain", judge=partial(self._judge, is_new=is_new))

    def _judge(self, answer: Answer, *, is_new: bool) -> DeliveryFailed | None:
        if answer.status == 401:
            return self.tokens.refused("graph_401", is_new=is_new)
        failure = by_status(answer)
        if failure is None or failure.refuses is None:
            return failure
        code = f"graph_{answer.status}"
        return DeliveryFailed(code if code in GraphConfig.meanings else failure.code, refuses=failure.refuses)
