"""A message as a person reads it, before any channel's own markup: what a document says, cut into parts.

Pure; called by `email`, `slack` and `teams`, each of which escapes every part in its own way: a
page's URL or a campaign's name comes from strangers. A document is one alert, or a digest of a business's alerts of a day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from clarity_pipeline.alerts.channels.channel import Document

SUBJECT_LENGTH = 150
_TONE = {"info": "Note", "warning": "Warning", "critical": "Critical"}


@dataclass(frozen=True, slots=True)
class Series:
    """A small chart: a value a day (None where there is no data), oldest first, the day it is about last."""

    label: str
    days: tuple[date, ...]
    values: tuple[float | None, ...]
    normal: float | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One alert: `facts` are label and value, `caveat` why it may be wrong."""

    heading: str
    severity: str
    is_over: bool
    sentence: str
    facts: tuple[tuple[str, str], ...]
    link: str | None
    caveat: str | None
    series: Series | None
    about: str | None = None
    """The page, campaign or ad, as people call it."""
    link_label: str = "Open in Clarity"

    @property
    def in_a_line(self) -> str:
        """What is left of it where there is no room for more."""
        return f"{self.heading}: {self.about}" if self.about else self.heading


@dataclass(frozen=True, slots=True)
class Notice:
    """The whole message; `id` stays the same when it comes again."""

    id: str
    subject: str
    entries: tuple[Entry, ...]


def notice(document: Document) -> Notice:
    """Take a document apart."""
    data = document["data"]
    is_digest = "alerts" in data
    alerts: Sequence[Mapping[str, Any]] = data["alerts"] if is_digest else [data]
    entries = tuple(_entry(alert) for alert in alerts)
    subject = f"{data['business_name']}: {len(entries)} alerts on {data['date']}" if len(entries) > 1 else entries[0].heading
    return Notice(document["id"], one_line(subject)[:SUBJECT_LENGTH], entries)


def one_line(text: str) -> str:
    """The text without any character that could begin a line, a header or a control sequence."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def _entry(data: Mapping[str, Any]) -> Entry:
    is_over = data["state"] != "firing"
    word = "Resolved" if is_over else _TONE.get(data["severity"], "Alert")
    return Entry(
        heading=one_line(f"{word}: {data['business_name']}: {data['rule_name']}"),
        severity=data["severity"],
        is_over=is_over,
        sentence=one_line(data["summary"]),
        facts=tuple((one_line(label), one_line(value)) for label, value in data.get("facts", ())),
        link=data.get("link"),
        caveat=one_line(data["caveat"]) if data.get("caveat") else None,
        series=_series(data.get("series")),
        link_label=one_line(data.get("link_label") or "Open in Clarity"),
        about=one_line(name) if (name := data.get("entity_name") or data.get("entity")) else None,
    )


def _series(data: Mapping[str, Any] | None) -> Series | None:
    if not data:
        return None
    return Series(
        label=one_line(data["label"]),
        days=tuple(date.fromisoformat(day) for day in data["days"]),
        values=tuple(data["values"]),
        normal=data.get("normal"),
    )
