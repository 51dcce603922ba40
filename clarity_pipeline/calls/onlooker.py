"""A transport that remembers the reply, for a test that shows a refusal too. Used by `capture`."""

from dataclasses import dataclass

from clarity_pipeline.clarity.client import Reply, Transport, refusal_of
from clarity_pipeline.clarity.dimensions import Slice
from clarity_pipeline.clarity.token import Token


@dataclass(slots=True)
class Onlooker:
    """A transport that remembers the reply, a refusal too."""

    transport: Transport
    reply: Reply | None = None

    def fetch(self, asked: Slice, *, token: Token, num_of_days: int, deadline_seconds: float) -> Reply:
        """As the transport does."""
        self.reply = self.transport.look(asked, token=token, num_of_days=num_of_days, deadline_seconds=deadline_seconds)
        if self.reply.status != 200:
            raise refusal_of(self.reply.status)
        return self.reply
