"""What the pages of channels show: the list, one with its log, and the form of a kind. Called by `pages.channels`.

Nothing that is sealed is in any of it, but the options that are no secret: who writes to whom, by which server.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from clarity_pipeline.alerts.channels.filled_in import fields_of
from clarity_pipeline.alerts.channels.kinds import KINDS, Kind
from clarity_pipeline.alerts.outbox.channel_health import Health, healths
from clarity_pipeline.alerts.outbox.channel_listing import channel_row, channel_rows
from clarity_pipeline.alerts.outbox.channel_store import open_channels
from clarity_pipeline.alerts.outbox.receipts import list_receipts
from clarity_pipeline.alerts.outbox.routing import MODES, SEVERITIES
from clarity_pipeline.connections.secrets import SecretUnreadable
from clarity_pipeline.home import Home
from clarity_pipeline.panel.views.channel_words import STATE_TONES, in_browser, kind_name, label, why

LOG_DAYS = timedelta(days=90)
LOG_LINES = 100


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of the form of a kind."""

    name: str
    label: str
    help: str
    value: str
    choices: tuple[str, ...] = ()
    is_repeated: bool = False
    is_secret: bool = False


def channels_view(home: Home) -> dict[str, Any]:
    """The context of `channels.html`."""
    names = {each.business_id: each.name for each in home.connections.all()}
    rows = [_shown(each, names) for each in channel_rows(home)]
    return {"channels": rows, "kinds": {kind: (kind_name(kind), KINDS[kind].about) for kind in KINDS}, "tones": STATE_TONES}


def channel_view(home: Home, channel_id: str) -> dict[str, Any]:
    """The context of `channel.html`."""
    names = {each.business_id: each.name for each in home.connections.all()}
    row = channel_row(home, channel_id)
    stored = open_channels(home).get(channel_id)
    try:
        config: Any = open_channels(home).config_of(stored)
    except SecretUnreadable:
        config = None
    health = healths(home.state).get(channel_id, Health(channel_id))
    log = list_receipts(home.state, channel=channel_id, limit=LOG_LINES, since=home.clock() - LOG_DAYS)
    where = KINDS[stored.kind].where_to_look
    return {
        **_of_form(home, stored.kind, {name: getattr(config, name) for name in fields_of(stored.kind)[0]} if config else {}),
        "channel": _shown(row, names),
        "tones": STATE_TONES,
        "trouble": in_browser(health.sentence()) if health.failing_since is not None else None,
        "where_to_look": in_browser(where) if where else None,
        "log": [_line(each, names) for each in log],
        "log_days": LOG_DAYS.days,
        "dead": sum(each["state"] == "dead" for each in log),
        "chosen": stored.businesses if isinstance(stored.businesses, tuple) else (),
        "hears_all": stored.businesses == "all",
        "min_severity": stored.min_severity,
        "mode": stored.mode,
        "problem": None,
        "problem_in": None,
        "asks_arrival": False,
        "said_in": "fares",
        "shown_once": None,
    }


def new_channel_view(home: Home, kind: Kind, typed: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The context of `new_channel.html`."""
    usual = {"channel_id": "", "min_severity": "info", "mode": "digest", "chosen": (), "hears_all": True, "problem": None}
    return {**_of_form(home, kind, typed or {}), "kind": kind, **usual}


def _of_form(home: Home, kind: Kind, values: Mapping[str, Any]) -> dict[str, Any]:
    options, secrets = fields_of(kind)
    fields = [
        FormField(f"f_{name}", label(name), in_browser(known.help), _text(values.get(name)), known.choices, known.is_repeated)
        for name, known in options.items()
    ]
    asked = [FormField(f"f_{name}", label(name), known.asked_as, "", is_secret=True) for name, known in secrets.items()]
    return {
        "kind_name": kind_name(kind),
        "about_kind": in_browser(KINDS[kind].about),
        "fields": [*asked, *fields] if not options.keys() - {"ca_file"} else [*fields, *asked],
        "severities": SEVERITIES,
        "modes": MODES,
        "businesses": [(each.business_id, each.name) for each in home.connections.all()],
    }


def _text(value: Any) -> str:
    if isinstance(value, tuple | list):
        return "\n".join(str(each) for each in value)
    return "" if value is None else str(value)


def _shown(row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """A row with the names of its businesses, and words for a browser."""
    heard = row["businesses"]
    told = "all businesses" if heard == "all" else ", ".join(names.get(each, each) for each in heard)
    words = {"kind_name": kind_name(row["kind"]), "told": told, "why": why(row["last_error"])}
    return {**row, **words, "receiver": in_browser(row["receiver"])}


def _line(receipt: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """A message with words for a browser."""
    business = receipt["business"]
    return {**receipt, "business_name": names.get(business, business), "why": why(receipt["last_error"])}
