"""What people and programs may see of the channels: how each fares and whom it reaches, never what it takes to reach it.

For `channels list`, the panel and its API.
"""

from typing import Any

from clarity_pipeline.alerts.outbox.channel_health import Health, healths
from clarity_pipeline.alerts.outbox.channel_store import open_channels
from clarity_pipeline.alerts.outbox.stored_channel import StoredChannel
from clarity_pipeline.connections.secrets import SecretUnreadable
from clarity_pipeline.home import Home


def channel_rows(home: Home) -> list[dict[str, Any]]:
    """Every stored channel, by id."""
    known = healths(home.state)
    return [row_of(home, each, known.get(each.channel_id, Health(each.channel_id))) for each in open_channels(home).all()]


def channel_row(home: Home, channel_id: str) -> dict[str, Any]:
    """One of them; `UnknownChannel` else."""
    stored = open_channels(home).get(channel_id)
    return row_of(home, stored, healths(home.state).get(channel_id, Health(channel_id)))


def row_of(home: Home, stored: StoredChannel, health: Health) -> dict[str, Any]:
    """What may be seen of a channel."""
    try:
        receiver = open_channels(home).config_of(stored).hint
    except SecretUnreadable:
        receiver = "does not open: see `secrets check`"
    return {
        "channel": stored.channel_id,
        "kind": stored.kind,
        "enabled": stored.enabled,
        "disabled_reason": stored.disabled_reason,
        "receiver": receiver,
        "businesses": stored.businesses if isinstance(stored.businesses, str) else list(stored.businesses),
        "min_severity": stored.min_severity,
        "mode": stored.mode,
        "state": state_of(stored, health),
        "last_error": health.last_error,
        "failing_since": health.failing_since,
        "delivered_at": health.delivered_at,
        "waiting": health.waiting,
        "arrived": health.arrived,
        "created_at": stored.created_at,
        "updated_at": stored.updated_at,
    }


def state_of(stored: StoredChannel, health: Health) -> str:
    """How it fares, in a word or two."""
    if not stored.enabled:
        return "off"
    if health.refused_at is not None:
        return "cannot deliver"
    if health.arrived is False:
        return "did not arrive"
    return "failing" if health.failing_since is not None else "not tried" if health.delivered_at is None else "delivers"
