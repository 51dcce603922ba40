"""A deployment with a stored channel `ops`, and messages for it."""

from pathlib import Path
from typing import Any

from clarity_pipeline.alerts.channels.channel import Channel
from clarity_pipeline.alerts.channels.log import LogChannel
from clarity_pipeline.alerts.channels.slack import SlackConfig
from clarity_pipeline.alerts.outbox.channel_health import Health, healths
from clarity_pipeline.alerts.outbox.channel_store import Channels
from clarity_pipeline.alerts.outbox.outbox import Delivered, deliver
from clarity_pipeline.connections.secrets import load_secret_box
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline_tests.alerts.made_up import HandClock
from clarity_pipeline_tests.alerts.receiver import Receiver


class Office:
    """`ops` is a Slack channel of the receiver; the log is told as everywhere."""

    def __init__(self, state: StateDatabase, home: Path, clock: HandClock, receiver: Receiver) -> None:
        self.state, self.clock = state, clock
        box, allowed = load_secret_box(Settings(home=home)), frozenset({"127.0.0.1", "localhost"})
        self.channels = Channels(state, secrets=box, clock=clock, allowed=allowed, machine=clock)
        self.channels.add("ops", SlackConfig(url=receiver.url), actor="cli:anna")

    def deliver(self, **how: Any) -> Delivered:
        channels: dict[str, Channel] = {"log": LogChannel()}
        channels |= {each.channel_id: self.channels.open(each) for each in self.channels.all() if each.enabled}
        how = {"clock": self.clock, "played": self.clock, "sleep": self.clock.sleep, "jitter": lambda: 0.5, **how}
        return deliver(self.state, channels=channels, **how)

    def health(self, channel: str = "ops") -> Health:
        return healths(self.state)[channel]
