"""A Microsoft Teams workflow webhook ("When a Teams webhook request is received"): one Adaptive Card a message.

TextBlocks render a subset of Markdown, so what comes from outside has its marks escaped: `[text](address)` in a campaign's name
would be a link that somebody clicks.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from clarity_pipeline.alerts.channels.channel import Document
from clarity_pipeline.alerts.channels.notice import Entry, Notice, notice
from clarity_pipeline.alerts.channels.posting import Hook

MOST_ENTRIES = 15
"""A card of more than 28 KB is refused."""

TEXT_LENGTH = 1200
_MARKDOWN = frozenset("\\`*_{}[]()#+-.!<>|~")
_COLOURS = {"info": "Accent", "warning": "Warning", "critical": "Attention"}


@dataclass(frozen=True, slots=True)
class TeamsChannel:
    """One card by a workflow's webhook."""

    name: ClassVar[str] = "teams"

    hook: Hook

    def send(self, document: Document) -> None:
        """Post once."""
        self.hook.post(teams_message(notice(document)), headers={"webhook-id": document["id"]})


def teams_message(said: Notice) -> dict[str, Any]:
    """The JSON of one message: an attachment that is an Adaptive Card."""
    body: list[dict[str, Any]] = [_text(said.subject, size="Large", weight="Bolder")]
    for entry in said.entries[:MOST_ENTRIES]:
        body += _blocks(entry)
    if (more := len(said.entries) - MOST_ENTRIES) > 0:
        body.append(_text(f"and {more} more", isSubtle=True))
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": body,
        "actions": [
            {"type": "Action.OpenUrl", "title": "Open in Clarity", "url": link}
            for link in dict.fromkeys(entry.link for entry in said.entries[:MOST_ENTRIES] if entry.link)
        ][:4],
    }
    return {
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}],
    }


def escape(text: str) -> str:
    """The text with a backslash before everything that Markdown gives a meaning."""
    return "".join(f"\\{character}" if character in _MARKDOWN else character for character in text)


def _blocks(entry: Entry) -> list[dict[str, Any]]:
    colour = "Good" if entry.is_over else _COLOURS.get(entry.severity, "Warning")
    blocks = [_text(entry.heading, weight="Bolder", color=colour, separator=True), _text(entry.sentence)]
    if entry.facts:
        facts = [{"title": escape(label), "value": escape(value[:TEXT_LENGTH])} for label, value in entry.facts]
        blocks.append({"type": "FactSet", "facts": facts})
    if entry.caveat:
        blocks.append(_text(entry.caveat, isSubtle=True, size="Small"))
    return blocks


def _text(text: str, **look: Any) -> dict[str, Any]:
    return {"type": "TextBlock", "text": escape(text[:TEXT_LENGTH]), "wrap": True, **look}
