"""A letter to one person, about their account and nothing else: by the first mail channel that is enabled, to them alone.

Called by `panel` for links that set a new password, and for what was changed about an account. It waits in no outbox: a link is
good for an hour, and whoever asked can ask again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from clarity_pipeline.alerts.channels.kinds import KINDS
from clarity_pipeline.alerts.channels.letter import LetterConfig
from clarity_pipeline.alerts.outbox.channel_store import Channels
from clarity_pipeline.alerts.outbox.stored_channel import StoredChannel

MAIL_KINDS = frozenset(name for name, kind in KINDS.items() if issubclass(kind, LetterConfig))


@dataclass(frozen=True, slots=True)
class Letters:
    """What one deployment can send to a person."""

    channels: Channels
    allowed: frozenset[str]

    def channel(self) -> StoredChannel | None:
        """The channel that they go by, if there is one."""
        mail = (each for each in self.channels.all() if each.enabled and each.kind in MAIL_KINDS)
        return next(mail, None)

    def send(self, document: Mapping[str, Any], *, to: str, by: StoredChannel) -> None:
        """Hand it over now; raise `DeliveryFailed`, or `SecretUnreadable`. The channel's own recipients do not get it."""
        config = self.channels.config_of(by)
        if not isinstance(config, LetterConfig):
            raise TypeError(f"{by.kind} sends no letters")
        replace(config, recipients=(to,)).open(allowed=self.allowed).send(document)


def password_letter(link: str, *, written_at: datetime) -> dict[str, Any]:
    """The document of a letter with a link that sets a new password; pure but for its id."""
    said = (
        "Somebody, and we hope you, asked for a new password of your account. The link is good once, for one hour."
        " If it was not you, leave it: nothing changes."
    )
    return _document("a new password", said, written_at=written_at, link=link, link_label="Set a new password")


def change_letter(what: str, *, by: str, at: datetime, link: str | None) -> dict[str, Any]:
    """The document of a letter about something that was done to an account (`your password was changed`), and by whom."""
    said = (
        f"On {at:%Y-%m-%d} at {at:%H:%M} UTC {what}, {by}. If that was you, there is nothing to do. If it was not, set a new"
        " password, sign out everywhere else, and tell your agency."
    )
    return _document(what, said, written_at=at, link=link, link_label="Your account")


def _document(about: str, summary: str, *, written_at: datetime, link: str | None, link_label: str) -> dict[str, Any]:
    return {
        "id": uuid4().hex + uuid4().hex,
        "type": "clarity.account.link",
        "timestamp": written_at.isoformat(),
        "data": {
            "business": "account",
            "business_name": "clarity_pipeline",
            "rule": "account",
            "rule_name": about,
            "severity": "info",
            "state": "firing",
            "summary": summary,
            **({"link": link, "link_label": link_label} if link else {}),
        },
    }
