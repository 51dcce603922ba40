"""A second factor from its set-up to its loss: each code is taken once, guesses stay few, and no way around it is left."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyotp
import pytest
import sqlalchemy as sa

from clarity_pipeline.connections.audit import AuditLog
from clarity_pipeline.panel.access.callers import Counting
from clarity_pipeline.panel.access.halfway import VALID
from clarity_pipeline.panel.access.invites import invite_path
from clarity_pipeline.panel.access.own_account import FRESH
from clarity_pipeline.panel.access.throttle import guesses_within
from clarity_pipeline.state.schema.panel import panel_recovery_codes, panel_second_factors
from clarity_pipeline_tests.panel.conftest import HandClock
from clarity_pipeline_tests.panel.running import PASSWORD, RunningPanel, Visitor

ANN = "ann@agency.example"
NEW = "nine loud geese at dawn"
PAGE = "/account/second-factor"
STEP = timedelta(seconds=30)


class Phone:
    """Ann's browser and the app that has her key."""

    def __init__(self, panel: RunningPanel, clock: HandClock) -> None:
        panel.user(ANN, role="agency_admin")
        self.panel, self.clock = panel, clock
        self.browser = panel.visitor(ANN)
        assert self.browser.post(f"{PAGE}/begin").status_code == 303
        page = self.browser.get(PAGE).text
        found = re.search(r'id="key" readonly value="(\w{32})"', page)
        assert found
        assert "<svg" in page, "drawn here"
        self.app = pyotp.TOTP(found[1])
        confirmed = self.browser.post(f"{PAGE}/confirm", code=self.code)
        self.recovery_codes = re.findall(r"<code>([a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4})</code>", confirmed.text)
        clock.now += STEP

    @property
    def code(self) -> str:
        """What the app shows."""
        return self.app.at(self.clock.now)


@pytest.fixture
def phone(any_panel: RunningPanel, hand_clock: HandClock) -> Phone:
    return Phone(any_panel, hand_clock)


def halfway(visitor: Visitor, password: str = PASSWORD) -> str:
    """The ticket that the form for the code holds, after the password was right."""
    answer = visitor.post("/sign-in", email=ANN, password=password, next="/account")
    assert answer.status_code == 200, answer.text
    assert visitor.secret is None, "a password alone is no sign-in"
    return _ticket(answer.text)


def _ticket(page: str) -> str:
    found = re.search(r'name="ticket" value="([^"]+)"', page)
    assert found
    return found[1]


def finish(visitor: Visitor, ticket: str, code: str) -> int:
    return visitor.post("/sign-in/code", ticket=ticket, code=code, next="/account").status_code


def test_a_sign_in_asks_for_the_code_of_the_app(phone: Phone, any_panel: RunningPanel) -> None:
    visitor = any_panel.visitor()
    ticket = halfway(visitor)
    assert finish(visitor, ticket, "000000") == 422
    assert visitor.get("/account").status_code == 303
    assert finish(visitor, ticket, f"{phone.code[:3]} {phone.code[3:]}") == 303
    assert "Every sign-in asks for a code" in visitor.get("/account").text


def test_a_code_is_taken_once_and_none_of_before_it(phone: Phone, any_panel: RunningPanel, hand_clock: HandClock) -> None:
    before, code = phone.app.at(hand_clock.now - STEP), phone.code
    ticket = halfway(any_panel.visitor())
    assert finish(any_panel.visitor(), ticket, code) == 303
    assert [finish(any_panel.visitor(), ticket, each) for each in (code, before)] == [422, 422]
    hand_clock.now += STEP
    assert finish(any_panel.visitor(), ticket, code) == 422, "a neighbour is taken, but not twice"
    assert finish(any_panel.visitor(), ticket, phone.code) == 303


def test_of_ten_who_bring_a_code_at_once_one_gets_in(phone: Phone, any_panel: RunningPanel) -> None:
    tickets = [halfway(any_panel.visitor()) for _ in range(4)]
    code = phone.code
    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda ticket: finish(any_panel.visitor(), ticket, code), tickets))
    assert sorted(statuses) == [303, 422, 422, 422]


def test_a_clock_that_is_half_a_minute_off_is_no_obstacle_and_one_that_is_further_off_is(
    phone: Phone, any_panel: RunningPanel, hand_clock: HandClock
) -> None:
    ticket = halfway(any_panel.visitor())
    hand_clock.now += 4 * STEP
    assert finish(any_panel.visitor(), ticket, phone.app.at(hand_clock.now - 2 * STEP)) == 422
    assert finish(any_panel.visitor(), ticket, phone.app.at(hand_clock.now + 2 * STEP)) == 422
    assert finish(any_panel.visitor(), ticket, phone.app.at(hand_clock.now - STEP)) == 303
    assert finish(any_panel.visitor(), ticket, phone.app.at(hand_clock.now + STEP)) == 303


def test_each_recovery_code_gets_in_once_and_new_ones_end_the_old(phone: Phone, any_panel: RunningPanel) -> None:
    assert len(set(phone.recovery_codes)) == 10
    ticket, (first, second, *_) = halfway(any_panel.visitor()), phone.recovery_codes
    assert finish(any_panel.visitor(), ticket, f" {first.upper().replace('-', ' ')} ") == 303
    assert finish(any_panel.visitor(), ticket, first) == 422
    assert "9 of 10 recovery codes are left" in phone.browser.get(PAGE).text
    made = phone.browser.post(f"{PAGE}/codes").text
    assert finish(any_panel.visitor(), ticket, second) == 422
    assert finish(any_panel.visitor(), ticket, re.findall(r"<code>(.+?)</code>", made)[0]) == 303
    assert "<code>" not in phone.browser.get(PAGE).text, "they are shown once"


def test_the_database_knows_neither_key_nor_recovery_codes(phone: Phone, any_panel: RunningPanel) -> None:
    with any_panel.panel.home.state.read() as connection:
        kept = str([connection.execute(sa.select(table)).all() for table in (panel_second_factors, panel_recovery_codes)])
    assert len(kept) > 1000
    for secret in (phone.app.secret, *phone.recovery_codes):
        assert secret not in kept
        assert secret.replace("-", "") not in kept


def test_who_knows_the_password_gets_few_guesses_at_the_code_wherever_they_come_from(
    phone: Phone, any_panel: RunningPanel
) -> None:
    strangers = [any_panel.visitor() for _ in range(7)]
    tickets = [halfway(each) for each in strangers]
    statuses = [finish(each, ticket, "000000") for each, ticket in zip(strangers, tickets, strict=True)]
    assert statuses == [422] * 5 + [429] * 2
    phone.browser.post("/sign-out")
    known = halfway(phone.browser)
    assert finish(phone.browser, known, phone.code) == 303, "a browser that is known is counted apart"
    a_day = guesses_within(Counting(str).of_person(1, "code").subjects, timedelta(days=1))
    assert a_day == 35
    assert 1 - (1 - 3 / 1_000_000) ** (365 * a_day) < 0.04, "three codes fit at any moment; in a year of it"


def test_a_known_browser_cannot_clear_the_count_of_codes_by_giving_the_password_again(phone: Phone) -> None:
    phone.browser.post("/sign-out")
    statuses = [finish(phone.browser, halfway(phone.browser), "000000") for _ in range(6)]
    assert statuses == [422] * 5 + [429]


def test_the_ticket_between_is_good_for_ten_minutes_one_person_and_one_password(
    phone: Phone, any_panel: RunningPanel, hand_clock: HandClock
) -> None:
    other = any_panel.user("max@agency.example")
    ticket = halfway(any_panel.visitor())
    user_id, rest = ticket.split(".", 1)
    until, signature = rest.split(".")
    forged = (
        f"{other}.{rest}",
        f"{user_id}.{int(until) + 1}.{signature}",
        "",
        "..",
        "9.9.9",
        f"{10**12}.1.x",
        "x.y.z",
        f"{ticket}.",
    )
    for each in forged:
        assert finish(any_panel.visitor(), each, phone.code) == 410, each
    hand_clock.now += VALID
    assert finish(any_panel.visitor(), ticket, phone.code) == 410
    ticket = halfway(any_panel.visitor())
    assert phone.browser.post("/account/password", present=PASSWORD, new=NEW).status_code == 303
    assert finish(any_panel.visitor(), ticket, phone.code) == 410


def test_a_link_for_a_new_password_is_no_way_around_it(phone: Phone, any_panel: RunningPanel) -> None:
    code = any_panel.panel.invites.make_for(any_panel.panel.accounts.get(1))
    visitor = any_panel.visitor()
    answer = visitor.post(invite_path(code).partition("?")[0], code=code, name="Ann", password=NEW)
    assert (answer.status_code, visitor.secret) == (200, None)
    assert finish(visitor, _ticket(answer.text), phone.code) == 303


def test_nobody_changes_it_in_a_browser_that_was_left_open(phone: Phone, hand_clock: HandClock) -> None:
    hand_clock.now += FRESH
    for path in ("codes", "off"):
        answer = phone.browser.post(f"{PAGE}/{path}")
        assert (answer.status_code, "Give your password once more" in answer.text) == (422, True)
        assert phone.browser.post(f"{PAGE}/{path}", present="not it").status_code == 422
    assert phone.browser.post(f"{PAGE}/codes", present=PASSWORD).status_code == 200
    assert phone.browser.post(f"{PAGE}/off").status_code == 303, "and then for ten minutes"
    assert phone.browser.post("/sign-in", email=ANN, password=PASSWORD).status_code == 303


def test_a_key_that_was_not_confirmed_is_asked_for_by_nobody_and_shown_to_nobody_later(
    any_panel: RunningPanel, hand_clock: HandClock
) -> None:
    any_panel.user(ANN)
    browser = any_panel.visitor(ANN)
    browser.post(f"{PAGE}/begin")
    assert browser.post(f"{PAGE}/confirm", code="000000").status_code == 422
    assert 'id="key"' in browser.get(PAGE).text
    any_panel.visitor(ANN)
    hand_clock.now += FRESH
    assert 'id="key"' not in browser.get(PAGE).text


def test_an_admin_takes_a_lost_one_away_and_all_of_it_is_in_the_audit_log(phone: Phone, any_panel: RunningPanel) -> None:
    any_panel.user("bea@agency.example", role="agency_admin")
    any_panel.user("max@agency.example")
    bea, max_ = any_panel.visitor("bea@agency.example"), any_panel.visitor("max@agency.example")
    assert max_.post("/people/1/second-factor/off").status_code == 403
    finish(any_panel.visitor(), halfway(any_panel.visitor()), "000000")
    phone.browser.post(f"{PAGE}/codes")
    assert bea.post("/people/1/second-factor/off").status_code == 303
    any_panel.visitor(ANN)
    told = [f"{each.actor} {each.sentence}" for each in AuditLog(any_panel.panel.home.state).found(is_of_installation=True)]
    place = "from 127.0.0.0/24 with Firefox on Linux"
    assert {
        f"panel:{ANN} set up the second factor of {ANN}",
        f"visitor failed to sign in as {ANN} at the second factor {place}",
        f"panel:{ANN} made new recovery codes of {ANN}",
        f"panel:bea@agency.example took away the second factor of {ANN}",
    } <= set(told)
    assert not any(secret in str(told) for secret in (phone.app.secret, *phone.recovery_codes))
