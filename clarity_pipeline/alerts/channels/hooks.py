"""What a channel needs whose address is its secret: Slack, Teams and the webhooks."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from clarity_pipeline.alerts.channels.address import parse_address
from clarity_pipeline.alerts.channels.config import ChannelConfig, secret
from clarity_pipeline.alerts.channels.posting import Hook

HINT_LETTERS = 4


@dataclass(frozen=True, kw_only=True)
class HookConfig(ChannelConfig):
    """A webhook's address."""

    url: str = secret("webhook's address")

    @property
    def hint(self) -> str:
        """The host, and the last letters of a path that is long enough to stay unknown."""
        parts = urlsplit(self.url)
        tail = parts.path.strip("/") + parts.query
        return f"{parts.hostname} …{self.url[-HINT_LETTERS:]}" if len(tail) >= 4 * HINT_LETTERS else str(parts.hostname)

    def checked(self, *, allowed: frozenset[str]) -> Self:
        """Its address is one that we post to."""
        parse_address(self.url, allowed=allowed)
        return super().checked(allowed=allowed)

    def hook(self, *, allowed: frozenset[str]) -> Hook:
        """The other end."""
        return Hook(parse_address(self.url, allowed=allowed), ca_file=self.ca_file)
