"""Slack and Teams: what their servers get, and that nothing from strangers is markup in it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from clarity_pipeline.alerts.channels import slack, teams
from clarity_pipeline.alerts.channels.notice import notice
from clarity_pipeline.alerts.channels.slack import SlackChannel, slack_message
from clarity_pipeline.alerts.channels.teams import TeamsChannel, teams_message
from clarity_pipeline_tests.alerts.channels.made_up import HOSTILE, document, rich
from clarity_pipeline_tests.alerts.receiver import Receiver, hook_to

Message = Callable[[Any], dict[str, Any]]
MESSAGES = pytest.mark.parametrize("message", [slack_message, teams_message])


def texts(node: Any) -> list[str]:
    """Every string of a message."""
    if isinstance(node, dict):
        return [text for value in node.values() for text in texts(value)]
    if isinstance(node, list):
        return [text for value in node for text in texts(value)]
    return [node] if isinstance(node, str) else []


@pytest.mark.parametrize(("channel", "message"), [(SlackChannel, slack_message), (TeamsChannel, teams_message)])
def test_the_message_is_posted_with_the_documents_id(channel: Any, message: Message, receiver: Receiver) -> None:
    channel(hook_to(receiver.url).hook).send(rich())
    ((headers, body),) = receiver.got
    assert headers["webhook-id"] == "0" * 64
    assert body == message(notice(rich()))


@MESSAGES
def test_everything_is_said(message: Message) -> None:
    said = "\n".join(texts(message(notice(rich())))).replace("\\", "").replace("\u200b", "")
    for part in (
        "Warning: Acme Shop: Dead clicks jumped",
        "too many dead clicks",
        "120 of 1,900",
        "One day of data",
        "abc123def4",
    ):
        assert part in said


def test_slack_escapes_its_three_characters_and_breaks_its_marks() -> None:
    assert slack.escape("<!here> & *b*") == "&lt;!here&gt; &amp; \u200b*b\u200b*"
    message = slack_message(notice(rich(business_name=HOSTILE, rule_name=HOSTILE, summary_=HOSTILE)))
    marked = [message["text"], *(block["text"]["text"] for block in message["blocks"] if block["type"] == "section")]
    assert all("<!channel>" not in text and "&lt;!channel&gt;" in text for text in marked)
    assert message["blocks"][0]["text"]["type"] == "plain_text"  # where Slack takes nothing for markup


def test_teams_escapes_markdown() -> None:
    assert teams.escape("[free](https://x.y)") == r"\[free\]\(https://x\.y\)"
    hostile = teams_message(notice(rich(business_name=HOSTILE, rule_name=HOSTILE)))
    assert [text for text in texts(hostile) if "free" in text]
    assert not [text for text in texts(hostile) if "[free](" in text]


def test_a_resolved_alert_looks_resolved() -> None:
    over = notice(document(state="resolved"))
    assert ":white_check_mark:" in json.dumps(slack_message(over))
    assert "Good" in json.dumps(teams_message(over))
