"""What each receiver takes, measured in the bytes that came over a socket; and what is done where that is still too much."""

import json
import re
from collections.abc import Callable
from email.policy import SMTP
from typing import Any

import pytest

from clarity_pipeline.alerts.channels.channel import DeliveryFailed
from clarity_pipeline.alerts.channels.letter import Envelope, letter, texts
from clarity_pipeline.alerts.channels.notice import notice
from clarity_pipeline.alerts.channels.slack import SlackChannel, slack_message
from clarity_pipeline.alerts.channels.teams import SIZES, TeamsChannel, teams_message
from clarity_pipeline_tests.alerts.channels.made_up import LONG_NAME, ads, digest, document
from clarity_pipeline_tests.alerts.receiver import Receiver, hook_to

TEAMS_TAKES = 28_672
TOO_LARGE_IN_A_BODY = (
    "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 413 with ContextId"
    " tcid=622824298674363899,server=DB5PEPF00003FC8,cv=AszFFaeXdEGdFrJhai0eUw.1.0.."
)


def texts_of(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [text for value in node.values() for text in texts_of(value)]
    if isinstance(node, list):
        return [text for value in node for text in texts_of(value)]
    return [node.replace("\\", "").replace("\u200b", "")] if isinstance(node, str) else []


def failure(send: Callable[[], None]) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as caught:
        send()
    return caught.value


def test_fifteen_ads_with_long_names_are_a_card_that_teams_takes(receiver: Receiver) -> None:
    """In the escapes of ASCII, and with every alert in full, the same card is beyond what Teams takes."""
    receiver.most_bytes = TEAMS_TAKES
    TeamsChannel(hook_to(receiver.url).hook).send(ads(15))
    ((headers, card),) = receiver.got
    assert len(receiver.bodies[0]) <= SIZES[0] < TEAMS_TAKES
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    said = "\n".join(texts_of(card))
    assert all(f"Ad {number:02} spends" in said and f"{LONG_NAME} {number:02}" in said for number in range(1, 16))
    assert not re.search(r"and \d+ more", said)
    naive = json.dumps(teams_message(notice(ads(15)), 10**9))
    assert len(naive) > TEAMS_TAKES


def test_what_has_no_room_in_a_card_is_counted() -> None:
    card = teams_message(notice(ads(400)))
    assert len(json.dumps(card, ensure_ascii=False).encode()) <= 1.05 * SIZES[0]
    said = texts_of(card)
    (more,) = [int(found[1]) for text in said if (found := re.fullmatch(r"and (\d+) more", text))]
    assert sum(f"{LONG_NAME}" in text for text in said) + more == 400


@pytest.mark.parametrize("too_large", [413, (200, TOO_LARGE_IN_A_BODY), (400, '{"error":{"code":"RequestEntityTooLarge"}}')])
def test_a_card_that_is_still_too_large_is_sent_shorter_and_never_the_same_again(
    receiver: Receiver, too_large: int | tuple[int, str]
) -> None:
    receiver.most_bytes, receiver.too_large = 9_000, too_large
    TeamsChannel(hook_to(receiver.url).hook).send(ads(15))
    sizes = [len(body) for body in receiver.bodies]
    assert len(sizes) == len(set(sizes)) == 3
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] < 9_000


@pytest.mark.parametrize("too_large", [413, (200, TOO_LARGE_IN_A_BODY)])
def test_a_receiver_that_finds_everything_too_large_is_given_up_at_once(
    receiver: Receiver, too_large: int | tuple[int, str]
) -> None:
    receiver.most_bytes, receiver.too_large = 10, too_large
    failed = failure(lambda: TeamsChannel(hook_to(receiver.url).hook).send(ads(15)))
    assert (failed.code, failed.refuses) == ("http_413", "size")
    assert len(receiver.got) == 3
    assert failure(lambda: TeamsChannel(hook_to(receiver.url).hook).send(document())).refuses == "size"
    assert len(receiver.got) == 4, "the only form of a small message is sent once"


@pytest.mark.parametrize(
    ("answer", "code", "refuses"),
    [
        ((200, TOO_LARGE_IN_A_BODY.replace("413", "429")), "http_429", None),
        ((200, TOO_LARGE_IN_A_BODY.replace("413", "403")), "http_403", "channel"),
        ((200, TOO_LARGE_IN_A_BODY.replace("413", "400")), "http_400", "channel"),
        ((200, "Webhook message delivery failed with error: Error contacting Microsoft Teams endpoint"), "teams_refused", None),
        ((200, '{"error":{"code":"Unknown","message":"what"}}'), "teams_refused", None),
        ((400, '{"error":{"code":"WorkflowTriggerIsNotEnabled","message":"..."}}'), "teams_workflow_off", "channel"),
        ((404, '{"error":{"code":"WorkflowNotFound"}}'), "teams_workflow_gone", "channel"),
        ((401, '{"error":{"code":"DirectApiAuthorizationRequired"}}'), "teams_workflow_denied", "channel"),
    ],
)
def test_a_failure_that_teams_names_in_its_answer_is_one_whatever_the_status(
    receiver: Receiver, answer: tuple[int, str], code: str, refuses: str | None
) -> None:
    receiver.usual = answer
    failed = failure(lambda: TeamsChannel(hook_to(receiver.url).hook).send(document()))
    assert (failed.code, failed.refuses) == (code, refuses)


@pytest.mark.parametrize("answer", [200, 202, (200, "1"), (202, ""), (200, '{"status":"ok"}')])
def test_an_answer_without_a_failure_is_taken(receiver: Receiver, answer: int | tuple[int, str]) -> None:
    receiver.usual = answer
    TeamsChannel(hook_to(receiver.url).hook).send(document())


def test_slack_gets_no_more_than_its_blocks_and_letters_hold(receiver: Receiver) -> None:
    for count in (15, 60, 400):
        SlackChannel(hook_to(receiver.url).hook).send(ads(count))
        message = receiver.got[-1][1]
        assert len(message["blocks"]) <= 50
        assert len(message["text"]) <= 40_000
        sections = [block["text"]["text"] for block in message["blocks"] if block["type"] in ("section", "header")]
        assert all(len(text) <= 3000 for text in sections)
        assert len(message["blocks"][0]["text"]["text"]) <= 150
        said = "\n".join(texts_of(message))
        told = sum(f"{LONG_NAME} {number:02}" in said for number in range(1, count + 1))
        more = re.search(r"and (\d+) more", said)
        assert told + (int(more[1]) if more else 0) == count
        assert len(receiver.bodies[-1]) <= 100_000


@pytest.mark.parametrize(
    ("answer", "code", "refuses"),
    [
        ((200, "invalid_blocks"), "slack_message", "size"),
        ((400, "invalid_blocks"), "slack_message", "size"),
        ((200, '{"ok":false,"error":"invalid_blocks"}'), "slack_message", "size"),
        ((200, "no_service"), "slack_webhook", "channel"),
        ((404, "no_service"), "slack_webhook", "channel"),
        ((410, "channel_is_archived"), "slack_channel", "channel"),
        ((403, "action_prohibited"), "slack_prohibited", "channel"),
        ((200, '{"success":false}'), "slack_refused", None),
        ((200, '{"ok":false,"error":"something_new"}'), "slack_refused", None),
        ((500, "rollup_error"), "http_500", None),
        (429, "http_429", None),
    ],
)
def test_an_error_that_slack_names_is_one_whatever_the_status(
    receiver: Receiver, answer: int | tuple[int, str], code: str, refuses: str | None
) -> None:
    receiver.usual = answer
    failed = failure(lambda: SlackChannel(hook_to(receiver.url).hook).send(document()))
    assert (failed.code, failed.refuses) == (code, refuses)


@pytest.mark.parametrize("answer", [200, (200, "ok"), (200, '{"success":true}'), (200, '{"ok":true}'), (200, "OK")])
def test_what_slack_and_its_like_say_of_a_message_that_they_took(receiver: Receiver, answer: int | tuple[int, str]) -> None:
    receiver.usual = answer
    SlackChannel(hook_to(receiver.url).hook).send(document())
    assert len(receiver.got) == 1


def test_blocks_that_slack_does_not_take_are_sent_shorter(receiver: Receiver) -> None:
    receiver.most_bytes, receiver.too_large = 20_000, (400, "msg_too_long")
    SlackChannel(hook_to(receiver.url).hook).send(ads(60))
    assert [len(body) <= 20_000 for body in receiver.bodies] == [False, False, True]


def test_a_webhook_says_how_many_alerts_it_shortened_or_left_out(receiver: Receiver) -> None:
    many = digest(100)
    for each in many["data"]["alerts"]:
        each["evidence"] = [{"metric": "clarity_dead_clicks", "note": "株" * 1500}]
    hook_to(receiver.url).send(many)
    (first,) = receiver.bodies
    data = receiver.got[0][1]["data"]
    assert len(first) <= 256_000
    assert len(data["alerts"]) == 100
    assert data["shortened"] == sum("evidence" not in each for each in data["alerts"]) > 0
    assert "left_out" not in data
    receiver.most_bytes = 20_000
    hook_to(receiver.url).send(many)
    data = receiver.got[-1][1]["data"]
    assert len(receiver.bodies) == 4
    assert data["left_out"] + len(data["alerts"]) == 100


def test_a_webhook_gets_half_a_character_of_a_name_that_a_stranger_cut(receiver: Receiver) -> None:
    hook_to(receiver.url).send(document("Caf\ud83d"))
    assert receiver.got[0][1]["data"]["summary"] == "Caf\ud83d"


def test_a_letter_keeps_to_the_lines_of_mail_and_to_what_gmail_shows_whole() -> None:
    recipients = tuple(f"somebody-with-a-long-name-{number}@agency.example" for number in range(200))
    for count in (1, 15, 500):
        said = notice(ads(count))
        text, html = texts(said)
        sent = letter(said, Envelope("alerts@agency.example", recipients)).as_bytes(policy=SMTP)
        assert len(html.encode()) <= 90_000
        assert max(len(line) for line in sent.split(b"\r\n")) <= 998
        told = sum(f"{LONG_NAME} {number:02}" in html for number in range(1, count + 1))
        more = re.search(r"and (\d+) more", html)
        assert told + (int(more[1]) if more else 0) == count
        assert text.count(LONG_NAME) >= told


def test_a_digest_of_a_usual_size_is_told_in_full_everywhere() -> None:
    said = notice(digest(6))
    assert sum("too many dead clicks" in text for text in texts_of(teams_message(said))) == 6
    assert sum("too many dead clicks" in text for text in texts_of(slack_message(said)["blocks"])) == 6
    assert texts(said)[1].count("too many dead clicks") == 6
