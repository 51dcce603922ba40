"""The channels that a deployment has: a row each, with what it takes to reach the receiver sealed as tokens are.

Called by `cli.alerts.channels` and `day.evaluate`. Every change is noted in the audit log in the transaction
that makes it. Two channels are not here: `log`, and `webhook` where CLARITY_ALERT_WEBHOOK_URL is set. A channel that somebody
switches off or removes takes the messages that wait for it along: they are dead, and `receipts.resend` puts them back. No channel
is switched off by itself: one that fails keeps what waits for it (`channel_health`).
"""

import re
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.alerts.channels.channel import Channel, Unusable
from clarity_pipeline.alerts.channels.config import ChannelConfig, InvalidChannel
from clarity_pipeline.alerts.channels.kinds import as_text, from_text
from clarity_pipeline.alerts.outbox.channel_health import Pass, forget, note_arrival, note_sent, try_at_once
from clarity_pipeline.alerts.outbox.routing import Mode
from clarity_pipeline.alerts.outbox.stored_channel import StoredChannel, read_channel, stored_channel
from clarity_pipeline.alerts.outbox.switch_off import BY_HAND, bury, switch_off
from clarity_pipeline.clarity.token import Token
from clarity_pipeline.connections.audit import Actor, note
from clarity_pipeline.connections.audit_sentences import Action
from clarity_pipeline.connections.secrets import SecretBox, load_secret_box
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.home import Home
from clarity_pipeline.rules.language.rule import Businesses, Severity
from clarity_pipeline.settings.settings import Clock, utc_now
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.messages import channels

IMPLICIT = ("log", "webhook")
"""Ids of the channels that nobody stores."""


_c = channels.c
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


class Channels:
    """The channels of one state database.

    `allowed` are the internal hooks of CLARITY_WEBHOOK_ALLOW; `machine` is the clock of the outbox.
    """

    def __init__(
        self,
        state: StateDatabase,
        *,
        secrets: SecretBox,
        clock: Clock,
        allowed: frozenset[str] = frozenset(),
        machine: Clock = utc_now,
    ) -> None:
        self._state, self._secrets, self._clock, self._allowed, self._machine = state, secrets, clock, allowed, machine

    def add(
        self,
        channel_id: str,
        config: ChannelConfig,
        *,
        businesses: Businesses = "all",
        min_severity: Severity = "info",
        mode: Mode = "digest",
        actor: Actor,
    ) -> StoredChannel:
        """Store a new one, enabled; raise `InvalidChannel` and whatever is wrong with its address."""
        self.refuse_id(channel_id)
        config, now, kind = config.checked(allowed=self._allowed), self._clock(), config.kind
        with self._state.write() as connection:
            values = {
                "channel_id": channel_id,
                "kind": kind,
                "config_ciphertext": self._seal(channel_id, config),
                "businesses": _as_json(businesses),
                "min_severity": min_severity,
                "mode": mode,
                "enabled": True,
                "disabled_reason": None,
                "created_at": now,
                "updated_at": now,
            }
            if connection.scalar(sa.select(_c.kind).where(_c.channel_id == channel_id)):
                raise _taken(channel_id)
            connection.execute(sa.insert(channels).values(values))
            note(connection, "channel_added", at=now, business_id=None, actor=actor, channel=channel_id, kind=kind)
            return read_channel(connection, channel_id)

    def refuse_id(self, channel_id: str) -> None:
        """Raise `InvalidChannel` unless a new channel can have the id: before somebody is asked for its secret."""
        if not _ID.fullmatch(channel_id) or channel_id in {*IMPLICIT, "all"}:
            raise InvalidChannel(
                "a channel's id is 1 to 63 of a-z, 0-9, - and _, begins with a letter or digit, and is not log, webhook or all:"
                " such as ops-mail"
            )
        if channel_id in {each.channel_id for each in self.all()}:
            raise _taken(channel_id)

    def update(
        self,
        channel_id: str,
        *,
        config: ChannelConfig | None = None,
        businesses: Businesses | None = None,
        min_severity: Severity | None = None,
        mode: Mode | None = None,
        actor: Actor,
    ) -> StoredChannel:
        """Change what is given of a channel."""
        given: dict[str, Any] = {"businesses": _as_json(businesses), "min_severity": min_severity, "mode": mode}
        values = {name: value for name, value in given.items() if value is not None}
        if config is not None:
            config = config.checked(allowed=self._allowed)
        with self._state.write() as connection:
            if config is not None:
                values["config_ciphertext"] = self._seal(channel_id, config)
            if config is not None:
                try_at_once(connection, channel_id, now=self._machine())
            fields = ["address and secrets" if name == "config_ciphertext" else name.replace("_", " ") for name in values]
            return self._change(connection, channel_id, "channel_changed", values, actor=actor, fields=fields)

    def enable(self, channel_id: str, *, actor: Actor) -> StoredChannel:
        """Let it be told again, whyever it was switched off."""
        values = {"enabled": True, "disabled_reason": None}
        with self._state.write() as connection:
            try_at_once(connection, channel_id, now=self._machine())
            return self._change(connection, channel_id, "channel_enabled", values, actor=actor)

    def disable(self, channel_id: str, *, actor: Actor) -> StoredChannel:
        """Tell it nothing more; what waits for it is dead."""
        with self._state.write() as connection:
            stored = read_channel(connection, channel_id)
            if stored.enabled:
                switch_off(connection, channel_id, reason=BY_HAND, now=self._clock(), actor=actor)
            return read_channel(connection, channel_id)

    def remove(self, channel_id: str, *, actor: Actor) -> None:
        """Forget it and its secrets; what waits for it is dead."""
        now = self._clock()
        with self._state.write() as connection:
            kind = read_channel(connection, channel_id).kind
            connection.execute(sa.delete(channels).where(_c.channel_id == channel_id))
            bury(connection, channel_id, why="channel_removed")
            forget(connection, channel_id)
            note(connection, "channel_removed", at=now, business_id=None, actor=actor, channel=channel_id, kind=kind)

    def tested(self, channel_id: str, *, arrived: bool | None) -> None:
        """A test message was taken, so what waits goes out; and what a person said of whether it arrived, if one was asked."""
        now = self._machine()
        known = {*IMPLICIT[:1], *(each.channel_id for each in self.all() if each.enabled)}
        with self._state.write() as connection:
            note_sent(connection, channel_id, Pass(now, self._clock(), known), error=None)
            if arrived is not None:
                note_arrival(connection, channel_id, arrived=arrived, now=now)

    def get(self, channel_id: str) -> StoredChannel:
        """One channel; `UnknownChannel` names the known ones."""
        with self._state.read() as connection:
            return read_channel(connection, channel_id)

    def all(self) -> list[StoredChannel]:
        """Every channel, by id."""
        with self._state.read() as connection:
            return [stored_channel(row) for row in connection.execute(sa.select(channels).order_by(_c.channel_id)).mappings()]

    def config_of(self, stored: StoredChannel) -> ChannelConfig:
        """Its configuration, opened; raise `SecretUnreadable`."""
        opened = self._secrets.open(stored.ciphertext, business_id=stored.channel_id, field="channel")
        return from_text(stored.kind, opened.reveal())

    def open(self, stored: StoredChannel) -> Channel:
        """The channel, ready to send, or `Unusable` with the reason."""
        try:
            return self.config_of(stored).open(allowed=self._allowed)
        except ClarityPipelineError as error:
            return Unusable(error.reason)

    def _change(
        self, connection: sa.Connection, channel_id: str, action: Action, values: dict[str, Any], *, actor: Actor, **detail: Any
    ) -> StoredChannel:
        kind, now = read_channel(connection, channel_id).kind, self._clock()
        connection.execute(sa.update(channels).where(_c.channel_id == channel_id).values(**values, updated_at=now))
        note(connection, action, at=now, business_id=None, actor=actor, channel=channel_id, kind=kind, **detail)
        return read_channel(connection, channel_id)

    def _seal(self, channel_id: str, config: ChannelConfig) -> str:
        return self._secrets.seal(Token(as_text(config)), business_id=channel_id, field="channel")


def open_channels(home: Home) -> Channels:
    """The channels of an open home, with the keys of its settings."""
    secrets = load_secret_box(home.settings)
    return Channels(home.state, secrets=secrets, clock=home.clock, allowed=home.settings.webhook_allow)


def _as_json(businesses: Businesses | None) -> str | list[str] | None:
    return businesses if businesses is None or isinstance(businesses, str) else list(businesses)


def _taken(channel_id: str) -> InvalidChannel:
    return InvalidChannel(f"there is a channel {channel_id} already: `clarity-pipeline channels update {channel_id}` changes it")
