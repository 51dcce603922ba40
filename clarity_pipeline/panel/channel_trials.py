"""Tests of channels from the panel: one real message, without holding up the panel, and one at a time for each channel.

Called by `panel`; the same message and the same consequences as `channels test`: what is taken lets go what waits.
"""

from dataclasses import dataclass, field

import anyio.to_thread
from anyio import CapacityLimiter

from clarity_pipeline.alerts.channels.trial import trial
from clarity_pipeline.alerts.outbox.channel_store import open_channels
from clarity_pipeline.alerts.outbox.outbox import attempt
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.home import Home

_AT_ONCE = 4
TEST_SECONDS = 40.0
"""A letter takes a token, a connection, a login and a hand-over of ten seconds each at most."""


class ChannelBusy(ClarityPipelineError):
    """A test of that channel is under way."""

    reason = "channel_busy"


@dataclass(frozen=True)
class ChannelTrials:
    """The tests of one running panel."""

    home: Home
    threads: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(_AT_ONCE))
    under_way: set[str] = field(default_factory=set)

    async def send(self, channel_id: str) -> str | None:
        """None where the receiver took it, else the code of the failure. Raises `UnknownChannel`, `ChannelBusy`."""
        if channel_id in self.under_way:
            raise ChannelBusy("a test of this channel is under way; wait for what comes of it")
        self.under_way.add(channel_id)
        try:
            return await anyio.to_thread.run_sync(self._send, channel_id, limiter=self.threads)
        finally:
            self.under_way.discard(channel_id)

    def _send(self, channel_id: str) -> str | None:
        store = open_channels(self.home)
        failure = attempt(store.open(store.get(channel_id)), trial(channel_id, written_at=self.home.clock()), TEST_SECONDS)
        if failure is not None:
            return failure.code
        store.tested(channel_id, arrived=None)
        return None
