"""A Slack-compatible incoming webhook (Slack, Mattermost, Rocket.Chat): a text, and blocks where they are understood.

Everything from outside is escaped (`&`, `<`, `>`): an unescaped `<!channel>` in a campaign's name would call everybody. Slack
takes 50 blocks a message, 3,000 characters a section, 150 a header, 40,000 a text; it answers `ok`, or the name of an error, as a
rule with a status of 400, 403, 404 or 410, and some compatible servers with 200.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from clarity_pipeline.alerts.channels.channel import Channel, DeliveryFailed, Document, Refusal
from clarity_pipeline.alerts.channels.fitting import fitted, shorter_and_shorter
from clarity_pipeline.alerts.channels.hooks import HookConfig
from clarity_pipeline.alerts.channels.notice import Entry, Notice, notice
from clarity_pipeline.alerts.channels.posting import UTF_8_JSON, Answer, Hook, as_json, by_status

TEXT_LENGTH = 2900
MOST_BLOCKS = 50
_HEADER_LENGTH = 150
_LINE_LENGTH = 300
_SIZES = (100_000, 30_000, 8_000)
"""Bytes of a whole message; Slack names no limit for it, and what it finds too large it names."""

_MARKS = {"info": ":information_source:", "warning": ":warning:", "critical": ":rotating_light:"}


@dataclass(frozen=True, kw_only=True)
class SlackConfig(HookConfig):
    """The address of an incoming webhook."""

    kind: ClassVar[str] = "slack"
    about: ClassVar[str] = "a Slack, Mattermost or Rocket.Chat channel, by an incoming webhook"
    meanings: ClassVar[Mapping[str, str]] = {
        "slack_channel": "Slack has no such channel any more, or it is archived: make a new webhook, then `channels update`",
        "slack_webhook": "Slack has switched this webhook off: make a new one there, then `channels update`",
        "slack_prohibited": "the workspace allows no message from this webhook there: ask its administrator",
        "slack_message": "Slack does not take this message",
        "slack_refused": "the receiver said in its answer that it failed: see its own log",
    }

    def open(self, *, allowed: frozenset[str]) -> Channel:
        """By one webhook."""
        return SlackChannel(self.hook(allowed=allowed))


@dataclass(frozen=True, slots=True)
class SlackChannel:
    """One message by an incoming webhook."""

    name: ClassVar[str] = "slack"

    hook: Hook

    def send(self, document: Document) -> None:
        """Post, and post shorter where it is too large."""
        said, headers = notice(document), {"webhook-id": document["id"]}
        shorter_and_shorter(
            [partial(slack_message, said, size) for size in _SIZES],
            lambda message: self.hook.post(as_json(message), headers=headers, content_type=UTF_8_JSON, judge=judge),
        )


def slack_message(said: Notice, size: int = _SIZES[0]) -> dict[str, Any]:
    """The JSON of one message of at most so many bytes; `text` is what a notification or a server without blocks shows."""
    return fitted(
        lambda full, told: _message(said, full=full, told=told),
        entries=len(said.entries),
        fits=lambda message: len(message["blocks"]) <= MOST_BLOCKS and len(as_json(message)) <= size,
    )


def judge(answer: Answer) -> DeliveryFailed | None:
    """What Slack says: the name of an error counts, whatever the status."""
    word = answer.body.strip().strip('"')
    try:
        found = json.loads(answer.body)
    except ValueError:
        found = None
    if isinstance(found, dict):
        word = str(found.get("error") or "")
        if found.get("ok") is False or found.get("success") is False:
            word = word or "failed"
    if word in _ERRORS:
        code, refuses = _ERRORS[word]
        return DeliveryFailed(code, refuses=refuses)
    failure = by_status(answer)
    if failure is None and isinstance(found, dict) and word:
        return DeliveryFailed("slack_refused")
    return failure


_ERRORS: Mapping[str, tuple[str, Refusal]] = {
    **dict.fromkeys(
        (
            "invalid_blocks", "invalid_blocks_format", "invalid_attachments", "msg_too_long", "msg_blocks_too_long",
            "too_many_attachments", "invalid_payload",
        ),
        ("slack_message", "size"),
    ),
    **dict.fromkeys(("no_text",), ("slack_message", "message")),
    **dict.fromkeys(("channel_not_found", "channel_is_archived", "is_archived", "user_not_found"), ("slack_channel", "channel")),
    **dict.fromkeys(
        (
            "no_service", "no_service_id", "no_team", "team_disabled", "invalid_token", "no_active_hooks", "token_revoked",
            "account_inactive",
        ),
        ("slack_webhook", "channel"),
    ),
    **dict.fromkeys(
        ("action_prohibited", "posting_to_general_channel_denied", "restricted_action"), ("slack_prohibited", "channel")
    ),
}  # fmt: skip


def escape(text: str) -> str:
    """Slack's own three characters as entities, and nothing that its markup would take for bold, code or a link."""
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\u200b{character}" if character in "*_~`|" else character for character in plain)


def _message(said: Notice, *, full: int, told: int) -> dict[str, Any]:
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": said.subject[:_HEADER_LENGTH], "emoji": False}}
    ]
    for entry in said.entries[:full]:
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": _section(entry)}})
        if entry.caveat:
            blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": _cut(entry.caveat, TEXT_LENGTH)}]})
    blocks += [{"type": "section", "text": {"type": "mrkdwn", "text": text}} for text in _lines(said.entries[full:told])]
    if (more := len(said.entries) - told) > 0:
        blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": f"and {more} more"}]})
    text = "\n".join(escape(entry.sentence) for entry in said.entries[:full])
    return {
        "text": f"{escape(said.subject)}\n{text}"[:TEXT_LENGTH],
        "blocks": blocks,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _section(entry: Entry) -> str:
    lines = [f"{_mark(entry)} *{escape(entry.heading)}*", escape(entry.sentence)]
    lines += [f"{escape(label)}: {escape(value)}" for label, value in entry.facts]
    text = "\n".join(lines)[:TEXT_LENGTH]
    return text + (f"\n<{entry.link}|Open in Clarity>" if entry.link else "")


def _lines(entries: tuple[Entry, ...]) -> list[str]:
    """A line each, as many in a section as it takes."""
    sections: list[str] = []
    for entry in entries:
        line = f"{_mark(entry)} {_cut(entry.in_a_line, _LINE_LENGTH)}"
        if sections and len(sections[-1]) + 1 + len(line) <= TEXT_LENGTH:
            sections[-1] += f"\n{line}"
        else:
            sections.append(line)
    return sections


def _mark(entry: Entry) -> str:
    return ":white_check_mark:" if entry.is_over else _MARKS.get(entry.severity, ":warning:")


def _cut(text: str, length: int) -> str:
    """Cut before it is escaped, so that no entity is cut in two, and again behind."""
    cut = text[:length]
    while len(escaped := escape(cut)) > length:
        cut = cut[: -max(1, (len(escaped) - length) // 6)]
    return escaped
