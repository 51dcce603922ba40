"""One stored channel as it lies in the database, and how it is read; its configuration stays sealed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from clarity_pipeline.alerts.channels.kinds import KINDS, Kind
from clarity_pipeline.alerts.outbox.routing import Mode, Route
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.rules.language.rule import Businesses, Severity
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.messages import channels

_c = channels.c


class UnknownChannel(ClarityPipelineError):
    """Nobody stored a channel of that id."""

    reason = "unknown_channel"


@dataclass(frozen=True, slots=True)
class StoredChannel:
    """One row; the configuration stays sealed until `Channels.config_of`."""

    channel_id: str
    kind: Kind
    ciphertext: str = field(repr=False)
    businesses: Businesses
    min_severity: Severity
    mode: Mode
    enabled: bool
    disabled_reason: str | None
    created_at: datetime
    updated_at: datetime

    @property
    def route(self) -> Route:
        """What it wants to hear."""
        return Route(self.channel_id, self.businesses, self.min_severity, self.mode, for_actions=KINDS[self.kind].for_actions)


def read_channel(connection: sa.Connection, channel_id: str) -> StoredChannel:
    """One channel; `UnknownChannel` names the known ones."""
    row = connection.execute(sa.select(channels).where(_c.channel_id == channel_id)).mappings().one_or_none()
    if row is None:
        known: Sequence[str] = connection.scalars(sa.select(_c.channel_id).order_by(_c.channel_id)).all()
        names = ", ".join(known) or "none yet"
        raise UnknownChannel(f"there is no such channel; stored ones: {names} (`clarity-pipeline channels add` makes one)")
    return stored_channel(row)


def stored_channel(row: sa.RowMapping) -> StoredChannel:
    """The channel of a row."""
    businesses = row["businesses"] if row["businesses"] == "all" else tuple(row["businesses"])
    return StoredChannel(
        row["channel_id"], row["kind"], row["config_ciphertext"], businesses, row["min_severity"], row["mode"], row["enabled"],
        row["disabled_reason"], row["created_at"], row["updated_at"],
    )  # fmt: skip


def enabled_channels(state: StateDatabase) -> tuple[str, ...]:
    """Ids of those that are not switched off."""
    with state.read() as connection:
        return tuple(connection.scalars(sa.select(_c.channel_id).where(_c.enabled).order_by(_c.channel_id)))


def stored_routes(connection: sa.Connection) -> tuple[Route, ...]:
    """Of those that are enabled, by id; no key is needed for that."""
    query = sa.select(channels).where(channels.c.enabled).order_by(channels.c.channel_id)
    return tuple(stored_channel(row).route for row in connection.execute(query).mappings())
