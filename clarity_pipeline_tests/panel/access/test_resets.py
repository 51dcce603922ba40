"""A forgotten password through a real mail server: a link that is good once and for an hour; nobody learns who has an account."""

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from clarity_pipeline.connections.audit import AuditLog
from clarity_pipeline.panel.access.invites import VALID_BY_MAIL
from clarity_pipeline.panel.access.resets import FREE_LETTERS, FREE_REQUESTS
from clarity_pipeline_tests.alerts.mail_server import Mailbox
from clarity_pipeline_tests.panel.conftest import HandClock
from clarity_pipeline_tests.panel.mail import mailbox_of, told
from clarity_pipeline_tests.panel.running import PASSWORD, RunningPanel

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd", "ignore:Requiring AUTH while not requiring TLS")

ANN = "ann@agency.example"
NEW = "nine loud geese at dawn"
SENT = "If there is an account with that address"


@pytest.fixture
def mailbox(any_panel: RunningPanel, tmp_path: Path) -> Iterator[Mailbox]:
    """What a mail server got for which the deployment has a channel."""
    with mailbox_of(any_panel, tmp_path) as found:
        yield found


def ask(panel: RunningPanel, email: str, *, wait_for: int | None = None) -> tuple[int, str]:
    """The answer; with `wait_for`, once so many requests are in the audit log."""
    answer = panel.visitor().post("/sign-in/forgotten", email=email)
    told(panel, "reset_requested", wait_for=wait_for or 0)
    return answer.status_code, answer.text


def link_of(mailbox: Mailbox) -> str:
    body = mailbox.letters[-1].get_body(("plain",))
    assert body is not None
    found = re.search(r"http://127\.0\.0\.1:\d+(/invite\?code=[\w-]{43})", body.get_content())
    assert found
    return found[1]


def test_a_letter_to_the_person_alone_sets_a_new_password_once_and_ends_every_sign_in(
    any_panel: RunningPanel, mailbox: Mailbox
) -> None:
    any_panel.user(ANN)
    there = any_panel.visitor(ANN)
    told(any_panel, "letter_sent", wait_for=1)  # of that new browser
    mailbox.envelopes.clear()
    mailbox.letters.clear()
    assert "Forgotten your password?" in any_panel.visitor().get("/sign-in").text
    status, text = ask(any_panel, f" {ANN.upper()} ", wait_for=1)
    assert (status, SENT in text) == (200, True)
    assert mailbox.envelopes == [("alerts@agency.example", [ANN])]
    assert mailbox.letters[0]["Subject"] == "Note: clarity_pipeline: a new password"
    html = mailbox.letters[0].get_body(("html",))
    assert html is not None
    assert ">Set a new password</a>" in html.get_content()
    assert there.get("/account").status_code == 200, "asking ends nothing"
    path, visitor = link_of(mailbox), any_panel.visitor()
    assert visitor.get(path).status_code == 200
    form = {"code": path.partition("code=")[2], "name": "Ann", "password": NEW}
    assert visitor.post("/invite", **form).status_code == 303
    assert there.get("/account").status_code == 303
    assert any_panel.visitor().post("/invite", **form).status_code == 410
    assert any_panel.visitor().post("/sign-in", email=ANN, password=PASSWORD).status_code == 401
    assert told(any_panel, "reset_requested") == [
        f"asked for a new password of {ANN} from 127.0.0.0/24; the letter was sent by ops-mail"
    ]
    assert form["code"] not in str(AuditLog(any_panel.panel.home.state).entries())


def test_a_link_is_good_for_an_hour_and_using_one_ends_the_others(
    any_panel: RunningPanel, mailbox: Mailbox, hand_clock: HandClock
) -> None:
    user_id = any_panel.user(ANN)
    by_an_admin = any_panel.panel.invites.make_for(any_panel.panel.accounts.get(user_id))
    ask(any_panel, ANN, wait_for=1)
    first = link_of(mailbox)
    hand_clock.now += VALID_BY_MAIL - timedelta(seconds=1)
    ask(any_panel, ANN, wait_for=2)
    second = link_of(mailbox)
    visitor = any_panel.visitor()
    assert [visitor.get(each).status_code for each in (first, second, f"/invite?code={by_an_admin}")] == [200] * 3
    hand_clock.now += timedelta(seconds=1)
    assert [visitor.get(each).status_code for each in (first, second)] == [410, 200]
    assert visitor.post("/invite", code=second.partition("code=")[2], name="Ann", password=NEW).status_code == 303
    assert any_panel.visitor().get(f"/invite?code={by_an_admin}").status_code == 410


def test_nobody_learns_who_has_an_account(any_panel: RunningPanel, mailbox: Mailbox) -> None:
    any_panel.user("bea@agency.example", role="agency_admin")
    any_panel.panel.accounts.disable(any_panel.user("max@agency.example"))
    any_panel.user(ANN)
    answers = {ask(any_panel, email) for email in (ANN, "nobody@agency.example", "max@agency.example", "not an address", "")}
    assert len(answers) == 1
    ask(any_panel, ANN, wait_for=2)
    assert {tuple(to) for _, to in mailbox.envelopes} == {(ANN,)}


def test_the_answer_does_not_wait_for_the_mail_server_and_its_refusal_is_told_to_admins_alone(
    any_panel: RunningPanel, mailbox: Mailbox
) -> None:
    any_panel.user(ANN)
    mailbox.refuses = "550 no such mailbox"
    status, text = ask(any_panel, ANN, wait_for=1)
    assert (status, SENT in text) == (200, True)
    assert "the letter was not sent (smtp_" in told(any_panel, "reset_requested")[0]


def test_a_stranger_fills_nobodys_mailbox_and_delays_nobodys_sign_in(
    any_panel: RunningPanel, mailbox: Mailbox, hand_clock: HandClock
) -> None:
    any_panel.user(ANN)
    answers = [ask(any_panel, ANN) for _ in range(FREE_REQUESTS + 2)]
    assert [status for status, _ in answers] == [200] * FREE_REQUESTS + [429] * 2
    assert len({text for status, text in answers if status == 200}) == 1, "it is not told that no more letters go out"
    deadline = time.monotonic() + 30
    while len(mailbox.letters) < FREE_LETTERS:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert any_panel.visitor().post("/sign-in", email=ANN, password=PASSWORD).status_code == 303
    hand_clock.now += timedelta(hours=1)
    ask(any_panel, ANN, wait_for=FREE_LETTERS + 1)
    about_passwords = [each for each in mailbox.letters if "a new password" in str(each["Subject"])]
    assert len(about_passwords) == FREE_LETTERS + 1


def test_without_a_mail_channel_it_says_whom_to_ask(any_panel: RunningPanel) -> None:
    any_panel.user(ANN)
    assert "Ask an agency admin" in any_panel.visitor().get("/sign-in/forgotten").text
    status, text = ask(any_panel, ANN)
    assert (status, "Ask an agency admin" in text, SENT in text) == (200, True, False)
    assert any_panel.panel.invites.open_ones() == []
