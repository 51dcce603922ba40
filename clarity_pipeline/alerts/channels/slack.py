"""A Slack-compatible incoming webhook (Slack, Mattermost, Rocket.Chat): a text, and blocks where they are understood.

Everything from outside is escaped (`&`, `<`, `>`): an unescaped `<!channel>` in a campaign's name would call everybody.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from clarity_pipeline.alerts.channels.channel import Document
from clarity_pipeline.alerts.channels.notice import Entry, Notice, notice
from clarity_pipeline.alerts.channels.posting import Hook

TEXT_LENGTH = 2900
"""Slack refuses a section of more than 3,000 characters, and a message of more than 50 blocks."""

MOST_ENTRIES = 20
_HEADER_LENGTH = 150
_MARKS = {"info": ":information_source:", "warning": ":warning:", "critical": ":rotating_light:"}


@dataclass(frozen=True, slots=True)
class SlackChannel:
    """One message by an incoming webhook."""

    name: ClassVar[str] = "slack"

    hook: Hook

    def send(self, document: Document) -> None:
        """Post once."""
        self.hook.post(slack_message(notice(document)), headers={"webhook-id": document["id"]})


def slack_message(said: Notice) -> dict[str, Any]:
    """The JSON of one message; `text` is what a notification shows, and what a server without blocks shows."""
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": said.subject[:_HEADER_LENGTH], "emoji": False}}
    ]
    for entry in said.entries[:MOST_ENTRIES]:
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": _section(entry)}})
        if entry.caveat:
            blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": escape(entry.caveat)[:TEXT_LENGTH]}]})
    if (more := len(said.entries) - MOST_ENTRIES) > 0:
        blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": f"and {more} more"}]})
    text = "\n".join(escape(entry.sentence) for entry in said.entries[:MOST_ENTRIES])
    return {
        "text": f"{escape(said.subject)}\n{text}"[:TEXT_LENGTH],
        "blocks": blocks,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def escape(text: str) -> str:
    """Slack's own three characters as entities, and nothing that its markup would take for bold, code or a link."""
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\u200b{character}" if character in "*_~`|" else character for character in plain)


def _section(entry: Entry) -> str:
    mark = ":white_check_mark:" if entry.is_over else _MARKS.get(entry.severity, ":warning:")
    lines = [f"{mark} *{escape(entry.heading)}*", escape(entry.sentence)]
    lines += [f"{escape(label)}: {escape(value)}" for label, value in entry.facts]
    text = "\n".join(lines)[:TEXT_LENGTH]
    return text + (f"\n<{entry.link}|Open in Clarity>" if entry.link else "")
