"""A Microsoft Teams workflow webhook ("When a Teams webhook request is received"): one Adaptive Card a message.

TextBlocks render a subset of Markdown, so what comes from outside has its marks escaped: `[text](address)` in a campaign's name
would be a link that somebody clicks. Teams takes 28 KB (28,672 bytes) a message after its own encoding; people have measured
refusals from about 20 kB on, half of that where the charset is not named. An incoming webhook answered 200 and "Webhook message
delivery failed with error: Microsoft Teams endpoint returned HTTP error 413"; a workflow answers 202 as soon as it has the
request, and what becomes of the card then stands in its run history alone.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

from clarity_pipeline.alerts.channels.channel import Channel, DeliveryFailed, Document
from clarity_pipeline.alerts.channels.fitting import fitted, shorter_and_shorter
from clarity_pipeline.alerts.channels.hooks import HookConfig
from clarity_pipeline.alerts.channels.notice import Entry, Notice, notice
from clarity_pipeline.alerts.channels.posting import UTF_8_JSON, Answer, Hook, as_json, by_status

SIZES = (20_000, 10_000, 4_000)
"""Bytes of a message as it is sent, the next where the one before is too large."""

TEXT_LENGTH = 1200
_LINE_LENGTH = 200
_MOST_LINKS = 4
_MARKDOWN = frozenset("\\`*_{}[]()#+-.!<>|~")
_COLOURS = {"info": "Accent", "warning": "Warning", "critical": "Attention"}


@dataclass(frozen=True, kw_only=True)
class TeamsConfig(HookConfig):
    """The address of a workflow's webhook."""

    kind: ClassVar[str] = "teams"
    about: ClassVar[str] = "a Microsoft Teams channel or chat, by a workflow's webhook"
    where_to_look: ClassVar[str] = (
        "open the workflow in Teams (Workflows, or Power Automate) and its run history: a run that failed names the step"
    )
    meanings: ClassVar[Mapping[str, str]] = {
        "teams_refused": "Teams said that it could not deliver the message: see the workflow's run history",
        "teams_workflow_off": "the workflow is switched off or its owner is gone: switch it on in Teams, or make a new one"
        " and `channels update` with its address",
        "teams_workflow_gone": "there is no such workflow any more: make a new one in Teams, then `channels update`",
        "teams_workflow_denied": "the workflow takes no request from anybody: let its trigger be used by anyone, then copy its"
        " address again and `channels update`",
    }

    def open(self, *, allowed: frozenset[str]) -> Channel:
        """By one webhook."""
        return TeamsChannel(self.hook(allowed=allowed))


@dataclass(frozen=True, slots=True)
class TeamsChannel:
    """One card by a workflow's webhook."""

    name: ClassVar[str] = "teams"

    hook: Hook

    def send(self, document: Document) -> None:
        """Post, and post shorter where it is too large."""
        said, headers = notice(document), {"webhook-id": document["id"]}
        shorter_and_shorter(
            [partial(teams_message, said, size) for size in SIZES],
            lambda card: self.hook.post(as_json(card), headers=headers, content_type=UTF_8_JSON, judge=judge),
        )


def teams_message(said: Notice, size: int = SIZES[0]) -> dict[str, Any]:
    """The JSON of one message of at most so many bytes: an attachment that is an Adaptive Card."""
    return fitted(
        lambda full, told: _message(said, full=full, told=told),
        entries=len(said.entries),
        fits=lambda card: len(as_json(card)) <= size,
    )


def judge(answer: Answer) -> DeliveryFailed | None:
    """What Teams says: a failure named in the body counts, whatever the status."""
    try:
        found = json.loads(answer.body)
    except ValueError:
        found = None
    error = found.get("error") if isinstance(found, dict) else None
    name = str(error.get("code", "")) if isinstance(error, dict) else ""
    if name in _WORKFLOW_ERRORS:
        return _WORKFLOW_ERRORS[name]()
    if not 200 <= answer.status < 300:
        return by_status(answer)
    inner = re.search(r"HTTP error (\d{3})", answer.body)
    if inner and (failure := by_status(replace(answer, status=int(inner[1])))):
        return failure
    if error or re.search(r"delivery failed|error contacting", answer.body, re.IGNORECASE):
        return DeliveryFailed("teams_refused")
    return None


_WORKFLOW_ERRORS = {
    "WorkflowTriggerIsNotEnabled": partial(DeliveryFailed, "teams_workflow_off", refuses="channel"),
    "WorkflowNotEnabled": partial(DeliveryFailed, "teams_workflow_off", refuses="channel"),
    "WorkflowNotFound": partial(DeliveryFailed, "teams_workflow_gone", refuses="channel"),
    "TriggerNotFound": partial(DeliveryFailed, "teams_workflow_gone", refuses="channel"),
    "DirectApiAuthorizationRequired": partial(DeliveryFailed, "teams_workflow_denied", refuses="channel"),
    "DirectApiRequestHasMoreThanOneAuthorization": partial(DeliveryFailed, "teams_workflow_denied", refuses="channel"),
    "AuthorizationFailed": partial(DeliveryFailed, "teams_workflow_denied", refuses="channel"),
    "RequestEntityTooLarge": partial(DeliveryFailed, "http_413", refuses="size"),
    "RequestBodyTooLarge": partial(DeliveryFailed, "http_413", refuses="size"),
    "MessageSizeTooBig": partial(DeliveryFailed, "http_413", refuses="size"),
}


def escape(text: str) -> str:
    """The text with a backslash before everything that Markdown gives a meaning."""
    return "".join(f"\\{character}" if character in _MARKDOWN else character for character in text)


def _message(said: Notice, *, full: int, told: int) -> dict[str, Any]:
    body: list[dict[str, Any]] = [_text(said.subject, size="Large", weight="Bolder")]
    for entry in said.entries[:full]:
        body += _blocks(entry)
    body += [_text(entry.in_a_line[:_LINE_LENGTH], color=_colour(entry)) for entry in said.entries[full:told]]
    if (more := len(said.entries) - told) > 0:
        body.append(_text(f"and {more} more", isSubtle=True))
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": body,
        "actions": [
            {"type": "Action.OpenUrl", "title": "Open in Clarity", "url": link}
            for link in dict.fromkeys(entry.link for entry in said.entries if entry.link)
        ][:_MOST_LINKS],
    }
    return {
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}],
    }


def _blocks(entry: Entry) -> list[dict[str, Any]]:
    blocks = [_text(entry.heading, weight="Bolder", color=_colour(entry), separator=True), _text(entry.sentence)]
    if entry.facts:
        facts = [{"title": escape(label), "value": escape(value[:TEXT_LENGTH])} for label, value in entry.facts]
        blocks.append({"type": "FactSet", "facts": facts})
    if entry.caveat:
        blocks.append(_text(entry.caveat, isSubtle=True, size="Small"))
    return blocks


def _colour(entry: Entry) -> str:
    return "Good" if entry.is_over else _COLOURS.get(entry.severity, "Warning")


def _text(text: str, **look: Any) -> dict[str, Any]:
    return {"type": "TextBlock", "text": escape(text[:TEXT_LENGTH]), "wrap": True, **look}
