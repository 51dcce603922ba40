"""Channels as JSON, for the agency: added, changed, tested, paused, with what became of each message. What the pages do.

What is secret only goes in: `settings` take it, and no answer has it, but for a signing secret that was made up, shown once.
"""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from clarity_pipeline.alerts.channels.filled_in import changed, filled_in, known_kind
from clarity_pipeline.alerts.outbox import receipts
from clarity_pipeline.alerts.outbox.channel_listing import channel_row, channel_rows
from clarity_pipeline.alerts.outbox.channel_store import open_channels
from clarity_pipeline.alerts.outbox.routing import Mode
from clarity_pipeline.panel.access.guard import SignedIn, guard
from clarity_pipeline.panel.api.given import Given, Slug
from clarity_pipeline.panel.api.openapi import problems_of
from clarity_pipeline.panel.panel import Panel, ThePanel
from clarity_pipeline.panel.views.channel_words import in_browser, why
from clarity_pipeline.rules.language.rule import Severity

ChannelId = Annotated[str, Path(json_schema_extra={"pattern": "^[a-z0-9][a-z0-9_-]{0,62}$"}, description="The channel's id.")]
Heard = Annotated[list[Slug] | None, Field(min_length=1, max_length=1000, description="Slugs; null for all, those to come too.")]
Settings = Annotated[
    dict[str, str | int | list[str]],
    Field(
        description="What its kind takes, by field: `url`, `secret`; `host`, `sender`, `recipients`, `username`, `password`, ..."
        " Never part of any answer.",
        json_schema_extra={"writeOnly": True},
    ),
]

_PROBLEMS = problems_of(
    *("not_signed_in", "not_allowed", "unknown_channel", "invalid_channel", "bad_webhook_url", "bad_signing_secret"),
    *("unknown_business", "secret_unreadable", "channel_busy", "nothing_to_resend"),
)

router = APIRouter(
    prefix="/api/v1/channels",
    tags=["agency"],
    dependencies=[guard("use_agency_api"), guard("manage_channels")],
    responses=_PROBLEMS,
)


class Channel(BaseModel):
    """A channel and how it fares; `receiver` is all that is told of where it leads."""

    model_config = ConfigDict(extra="ignore")

    channel: str
    kind: str
    enabled: bool
    state: str
    receiver: str
    businesses: str | list[str] = Field(description="`all`, or slugs.")
    min_severity: str
    mode: str
    last_error: str | None
    failing_since: datetime | None
    delivered_at: datetime | None
    waiting: int
    arrived: bool | None


class MadeChannel(Channel):
    """A new channel; `shown_once` has a signing secret that was made up for it, and is never seen again."""

    shown_once: str | None


class Delivery(BaseModel):
    """A message for it, and what became of it: pending, sent, or dead, which is given up."""

    model_config = ConfigDict(extra="ignore")

    message: str
    state: str
    business: str | None
    alerts: list[str]
    transition: str
    attempts: int
    last_error: str | None
    created_at: datetime
    sent_at: datetime | None


class Trial(BaseModel):
    """What came of a test; `error` is a stable code, `why` what it means."""

    taken: bool
    error: str | None
    why: str | None


class PutBack(BaseModel):
    """How many messages go out again."""

    messages: int


class NewChannel(Given):
    """A channel to be; of which kind, and whom it is told of."""

    channel: Slug
    kind: str = Field(max_length=40, examples=["slack"])
    settings: Settings
    businesses: Heard = None
    min_severity: Severity = "info"
    mode: Mode = "digest"


class ChannelChange(Given):
    """What to change; what is left out stays. `all_businesses` tells it of every one again."""

    settings: Settings | None = None
    businesses: Heard = None
    all_businesses: bool = False
    min_severity: Severity | None = None
    mode: Mode | None = None


class Arrival(Given):
    """What a person said of the last test."""

    arrived: bool


@router.get("", operation_id="agency_list_channels")
def list_channels(panel: ThePanel) -> list[Channel]:
    """All of them, by id."""
    return [_of(each) for each in channel_rows(panel.home)]


@router.post("", operation_id="agency_add_channel", status_code=201)
def add_channel(panel: ThePanel, viewer: SignedIn, body: NewChannel) -> MadeChannel:
    """Add one, enabled; nothing is sent."""
    store, kind = open_channels(panel.home), known_kind(body.kind)
    store.refuse_id(body.channel)
    config, shown = filled_in(kind, body.settings, allowed=panel.home.settings.webhook_allow)
    store.add(
        body.channel,
        config,
        businesses=_heard(panel, body.businesses) or "all",
        min_severity=body.min_severity,
        mode=body.mode,
        actor=viewer.actor,
    )
    return MadeChannel.model_validate({**_row(panel, body.channel), "shown_once": shown})


@router.get("/{channel_id}", operation_id="agency_get_channel")
def get_channel(panel: ThePanel, channel_id: ChannelId) -> Channel:
    """One of them."""
    return _of(_row(panel, channel_id))


@router.patch("/{channel_id}", operation_id="agency_change_channel")
def change_channel(panel: ThePanel, viewer: SignedIn, channel_id: ChannelId, body: ChannelChange) -> Channel:
    """Change what is given; a secret that is left out stays."""
    _row(panel, channel_id)
    store = open_channels(panel.home)
    config = None
    if body.settings is not None:
        stored = store.get(channel_id)
        allowed = panel.home.settings.webhook_allow
        config = changed(stored.kind, store.config_of(stored), body.settings, allowed=allowed)
    store.update(
        channel_id,
        config=config,
        businesses="all" if body.all_businesses else _heard(panel, body.businesses),
        min_severity=body.min_severity,
        mode=body.mode,
        actor=viewer.actor,
    )
    return _of(_row(panel, channel_id))


@router.delete("/{channel_id}", operation_id="agency_remove_channel")
def remove_channel(panel: ThePanel, viewer: SignedIn, channel_id: ChannelId) -> Channel:
    """Forget it and its secrets; what it was."""
    was = _of(_row(panel, channel_id))
    open_channels(panel.home).remove(channel_id, actor=viewer.actor)
    return was


@router.post("/{channel_id}/test", operation_id="agency_test_channel")
async def test_channel(panel: ThePanel, channel_id: ChannelId) -> Trial:
    """Send one real message; a receiver that does not take it is a result and not an error."""
    await run_in_threadpool(_row, panel, channel_id)
    code = await panel.channel_trials.send(channel_id)
    return Trial(taken=code is None, error=code, why=why(code) or None)


@router.post("/{channel_id}/arrival", operation_id="agency_note_arrival")
def note_arrival(panel: ThePanel, channel_id: ChannelId, body: Arrival) -> Channel:
    """Say whether the last test arrived."""
    _row(panel, channel_id)
    open_channels(panel.home).tested(channel_id, arrived=body.arrived)
    return _of(_row(panel, channel_id))


@router.post("/{channel_id}/pause", operation_id="agency_pause_channel")
def pause_channel(panel: ThePanel, viewer: SignedIn, channel_id: ChannelId) -> Channel:
    """Tell it nothing for now; what waits for it is given up."""
    _row(panel, channel_id)
    open_channels(panel.home).disable(channel_id, actor=viewer.actor)
    return _of(_row(panel, channel_id))


@router.post("/{channel_id}/resume", operation_id="agency_resume_channel")
def resume_channel(panel: ThePanel, viewer: SignedIn, channel_id: ChannelId) -> Channel:
    """Let it be told again."""
    _row(panel, channel_id)
    open_channels(panel.home).enable(channel_id, actor=viewer.actor)
    return _of(_row(panel, channel_id))


@router.get("/{channel_id}/deliveries", operation_id="agency_list_deliveries")
def list_deliveries(
    panel: ThePanel, channel_id: ChannelId, limit: Annotated[int, Query(ge=1, le=1000, description="How many.")] = 100
) -> list[Delivery]:
    """Its messages, the newest first."""
    _row(panel, channel_id)
    found = receipts.list_receipts(panel.home.state, channel=channel_id, limit=limit)
    return [Delivery.model_validate(each) for each in found]


@router.post("/{channel_id}/resend", operation_id="agency_resend_channel")
def resend(panel: ThePanel, channel_id: ChannelId) -> PutBack:
    """Put back what was given up and has not expired."""
    _row(panel, channel_id)
    return PutBack(messages=receipts.resend_dead(panel.home.state, channel=channel_id, now=panel.clock()))


def _row(panel: Panel, channel_id: str) -> dict[str, Any]:
    """Of a channel that is there; Postgres takes no NUL in a text, not even to look for it."""
    return channel_row(panel.home, channel_id if channel_id.isprintable() else "")


def _of(row: dict[str, Any]) -> Channel:
    return Channel.model_validate({**row, "receiver": in_browser(row["receiver"])})


def _heard(panel: Panel, businesses: list[str] | None) -> tuple[str, ...] | None:
    for each in businesses or ():
        panel.home.connections.get(each)
    return tuple(businesses) if businesses else None
