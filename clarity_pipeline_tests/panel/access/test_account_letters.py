"""Who owns an account is written to when a way into it changes or a new browser comes in, through a real mail server."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from threading import Event
from typing import get_args

import pyotp
import pytest

from clarity_pipeline.panel.access.account_letters import FREE_OF_BROWSERS, WHAT, Change
from clarity_pipeline.panel.access.own_account import FRESH
from clarity_pipeline.panel.access.policy import ROLES, Role
from clarity_pipeline.panel.access.post_room import PostRoom
from clarity_pipeline_tests.alerts.mail_server import Mailbox
from clarity_pipeline_tests.panel.conftest import HandClock
from clarity_pipeline_tests.panel.mail import mailbox_of, told
from clarity_pipeline_tests.panel.running import PASSWORD, RunningPanel

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd", "ignore:Requiring AUTH while not requiring TLS")

ANN, CLEO = "ann@agency.example", "cleo@acme.example"
NEW = "nine loud geese at dawn"
PAGE = "/account/second-factor"


@pytest.fixture
def mailbox(any_panel: RunningPanel, tmp_path: Path) -> Iterator[Mailbox]:
    with mailbox_of(any_panel, tmp_path) as found:
        yield found


def letters(panel: RunningPanel, mailbox: Mailbox, *, wait_for: int) -> list[tuple[str, str]]:
    """To whom, and about what, the oldest first."""
    assert len(told(panel, "letter_sent", wait_for=wait_for)) == wait_for
    return [
        (to, str(letter["Subject"]).rpartition(": ")[2])
        for (_, [to]), letter in zip(mailbox.envelopes, mailbox.letters, strict=True)
    ]


def text_of(mailbox: Mailbox) -> str:
    body = mailbox.letters[-1].get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())


@pytest.mark.parametrize("role", ROLES)
def test_a_new_browser_is_written_about_once_and_one_that_is_known_is_not(
    any_panel: RunningPanel, mailbox: Mailbox, role: Role
) -> None:
    any_panel.user(ANN, role=role)
    visitor = any_panel.visitor(ANN)
    assert letters(any_panel, mailbox, wait_for=1) == [(ANN, "you signed in with a new browser")]
    text = text_of(mailbox)
    assert "On 2026-05-04 at 09:00 UTC you signed in with a new browser, from 127.0.0.0/24 with Firefox on Linux." in text
    assert "http" not in text, "where the panel is not said to be, no address of a request is believed"
    visitor.post("/sign-out")
    visitor.post("/sign-in", email=ANN, password=PASSWORD)
    any_panel.visitor(ANN)
    assert len(letters(any_panel, mailbox, wait_for=2)) == 2
    assert told(any_panel, "letter_sent")[0] == f"wrote to {ANN}: you signed in with a new browser (by ops-mail)"


def test_another_password_is_written_about_whichever_way_it_was_set(any_panel: RunningPanel, mailbox: Mailbox) -> None:
    user_id = any_panel.user(CLEO, role="client")
    visitor = any_panel.visitor(CLEO)
    assert visitor.post("/account/password", present=PASSWORD, new=NEW).status_code == 303
    code = any_panel.panel.invites.make_for(any_panel.panel.accounts.get(user_id))
    form = {"code": code, "name": "Cleo", "password": "eleven slow boats on the lake"}
    assert any_panel.visitor().post("/invite", **form).status_code == 303
    about = ["you signed in with a new browser", "your password was changed", "your password was changed"]
    assert letters(any_panel, mailbox, wait_for=3) == [(CLEO, each) for each in about]
    assert NEW not in str(mailbox.raw)


def test_who_accepts_an_invite_is_not_told_what_they_have_just_done(any_panel: RunningPanel, mailbox: Mailbox) -> None:
    code = any_panel.panel.invites.make("max@agency.example", role="agency_member")
    visitor = any_panel.visitor()
    assert visitor.post("/invite", code=code, name="Max", password=NEW).status_code == 303
    visitor.post("/sign-out")
    visitor.post("/sign-in", email="max@agency.example", password=NEW)
    any_panel.panel.post_room.close()
    assert mailbox.letters == []


def test_each_change_of_the_second_factor_is_written_about_and_who_did_it(
    any_panel: RunningPanel, mailbox: Mailbox, hand_clock: HandClock
) -> None:
    any_panel.user(ANN, role="agency_admin")
    user_id, factors = any_panel.user(CLEO, role="client"), any_panel.panel.second_factors
    visitor, admin = any_panel.visitor(CLEO), any_panel.visitor(ANN)
    for time in ("first", "second"):
        visitor.post(f"{PAGE}/begin")
        enrolment = factors.begun(user_id)
        assert enrolment is not None
        visitor.post(f"{PAGE}/confirm", code=pyotp.TOTP(enrolment.key).at(hand_clock.now))
        visitor.post(f"{PAGE}/codes")
        if time == "first":
            visitor.post(f"{PAGE}/off")
    admin.post(f"/people/{user_id}/second-factor/off")
    admin.post(f"/people/{user_id}/second-factor/off")  # there is none any more
    found = [about for to, about in letters(any_panel, mailbox, wait_for=8) if to == CLEO and "browser" not in about]
    set_up, renewed = "your second factor was set up", "your recovery codes were made anew"
    off = "your second factor was taken away"
    assert found == [set_up, renewed, off, set_up, renewed, off]
    assert "taken away, by your agency." in text_of(mailbox)


def test_another_address_is_written_about_to_both_and_takes_an_admin_and_their_password(
    any_panel: RunningPanel, mailbox: Mailbox
) -> None:
    any_panel.user(ANN, role="agency_admin")
    any_panel.user("max@agency.example")
    user_id = any_panel.user(CLEO, role="client")
    admin, member, client = any_panel.visitor(ANN), any_panel.visitor("max@agency.example"), any_panel.visitor(CLEO)
    path, new = f"/people/{user_id}/address", "cleo@new.example"
    assert [each.post(path, email=new).status_code for each in (member, client)] == [403, 403]
    link = any_panel.panel.invites.make_for(any_panel.panel.accounts.get(user_id))
    assert admin.post(path, email=ANN).status_code == 422, "somebody else's"
    assert admin.post(path, email="no address").status_code == 422
    assert admin.post(path, email=f" {new.upper()} ").status_code == 303
    assert admin.post(path, email=new).status_code == 303, "nothing is changed, and nobody is written to"
    found = letters(any_panel, mailbox, wait_for=5)
    assert found[3:] == [(CLEO, "your e-mail address was changed"), (new, "your e-mail address was changed")]
    assert any_panel.visitor().get(f"/invite?code={link}").status_code == 410, "that link went to the address before"
    assert any_panel.visitor().post("/sign-in", email=CLEO, password=PASSWORD).status_code == 401
    assert any_panel.visitor(new).get("/account").status_code == 200
    assert told(any_panel, "address_changed") == [f"changed the address of {CLEO} to {new}"]


def test_an_address_is_not_changed_in_a_browser_that_was_left_open(any_panel: RunningPanel, hand_clock: HandClock) -> None:
    any_panel.user(ANN, role="agency_admin")
    admin = any_panel.visitor(ANN)
    hand_clock.now += FRESH
    refused = admin.post("/people/1/address", email="thief@elsewhere.example")
    assert (refused.status_code, "Give your password once more" in refused.text) == (422, True)
    assert any_panel.panel.accounts.get(1).email == ANN


def test_a_mail_server_that_refuses_keeps_nobody_out_and_admins_are_told(any_panel: RunningPanel, mailbox: Mailbox) -> None:
    mailbox.refuses = "550 no such mailbox"
    any_panel.user(ANN)
    assert any_panel.visitor(ANN).get("/account").status_code == 200
    (said,) = told(any_panel, "letter_sent", wait_for=1)
    assert said.startswith(f"wrote to {ANN}: you signed in with a new browser (not sent: smtp_")


def test_without_a_mail_channel_nobody_is_written_to_and_nothing_fails(any_panel: RunningPanel) -> None:
    any_panel.user(ANN)
    assert any_panel.visitor(ANN).post("/account/password", present=PASSWORD, new=NEW).status_code == 303
    any_panel.panel.post_room.close()
    assert told(any_panel, "letter_sent") == []


def test_a_flood_of_browsers_hides_no_change_of_a_password(any_panel: RunningPanel, mailbox: Mailbox) -> None:
    any_panel.user(ANN)
    for _ in range(FREE_OF_BROWSERS + 3):
        last = any_panel.visitor(ANN)
    last.post("/account/password", present=PASSWORD, new=NEW)
    found = letters(any_panel, mailbox, wait_for=FREE_OF_BROWSERS + 1)
    assert found[-1] == (ANN, "your password was changed")


def test_the_post_room_does_what_waits_before_it_closes_and_takes_no_more_than_fits() -> None:
    done: list[int] = []
    go = Event()
    room = PostRoom(most_waiting=3)
    room(partial(go.wait, 30))
    for number in range(5):
        room(partial(done.append, number))
    go.set()
    room.close()
    assert done == [0, 1], "one is being done and two wait; the others are left"


def test_a_letter_that_fails_in_an_unforeseen_way_stops_none_of_those_after_it() -> None:
    done: list[str] = []
    room = PostRoom()
    room(partial(int, "no number"))
    room(partial(done.append, "two"))
    room.close()
    assert done == ["two"]


def test_there_are_words_for_each_change() -> None:
    assert set(WHAT) == set(get_args(Change))
