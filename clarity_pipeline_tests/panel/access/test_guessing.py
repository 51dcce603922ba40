"""A stranger keeps nobody out, from however many addresses; and guesses stay so few that no accepted password is found."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from clarity_pipeline.connections.audit import AuditLog
from clarity_pipeline.panel.access.callers import Caller, Counting
from clarity_pipeline.panel.access.cookie import BROWSER
from clarity_pipeline.panel.access.known_browsers import REMEMBERED
from clarity_pipeline.panel.access.sign_ins import WrongCredentials
from clarity_pipeline.panel.access.throttle import DELAY_OF_A_NEWCOMER, UNREST, Throttled, guesses_within
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.state.schema.panel import panel_tries
from clarity_pipeline_tests.panel.conftest import HandClock
from clarity_pipeline_tests.panel.running import PASSWORD, RunningPanel, Visitor, running

ANN = "ann@agency.example"
DAY = timedelta(days=1)


async def _guess(panel: RunningPanel, tries: int) -> int:
    """Wrong tries at Ann's account, each from an address of its own; how many of them reached the password."""
    reached = 0
    for number in range(tries):
        caller = Caller(f"10.{number // 65536}.{number // 256 % 256}.{number % 256}", "Firefox on Linux", None)
        try:
            await panel.panel.front_door.enter(ANN, f"guess {number}", caller=caller)
        except WrongCredentials:
            reached += 1
        except Throttled:
            pass
    return reached


def _sign_in(visitor: Visitor) -> tuple[int, int]:
    answer = visitor.post("/sign-in", email=ANN, password=PASSWORD)
    return answer.status_code, int(answer.headers.get("Retry-After", 0))


@pytest.mark.parametrize(
    "tries", [200, pytest.param(10_000, marks=[pytest.mark.slow("ten thousand transactions"), pytest.mark.timeout(900)])]
)
def test_wrong_tries_from_as_many_addresses_keep_nobody_out(any_panel: RunningPanel, hand_clock: HandClock, tries: int) -> None:
    any_panel.user(ANN)
    signed_in, known = any_panel.visitor(ANN), any_panel.visitor(ANN)
    known.post("/sign-out")
    assert asyncio.run(_guess(any_panel, tries)) == UNREST, "the others were told to wait a minute"
    assert signed_in.get("/account").status_code == 200
    assert _sign_in(known) == (303, 0), "from a browser that is known, at once"
    newcomer = any_panel.visitor()
    status, wait = _sign_in(newcomer)
    assert (status, wait) == (429, DELAY_OF_A_NEWCOMER.total_seconds())
    hand_clock.now += timedelta(seconds=wait)
    assert asyncio.run(_guess(any_panel, 50)) == 50, "whatever strangers do meanwhile"
    assert _sign_in(newcomer) == (303, 0)


def test_a_known_browser_is_known_for_its_own_account_and_four_hundred_days(
    any_panel: RunningPanel, hand_clock: HandClock
) -> None:
    known = any_panel.panel.front_door.known_browsers
    value = known.make(7)
    name = known.name(value, user_id=7)
    assert name
    said, _, signature = value.rpartition(".")
    others = said.split(".", 1)[1]
    forged = (f"8.{others}.{signature}", f"{said}x.{signature}", said, "", "7", "...", "\u00b2.1.x.y", f"{value}.", None)
    assert {known.name(each, user_id=int(str(each)[0]) if str(each)[:1].isdecimal() else 7) for each in forged} == {None}
    assert known.name(value, user_id=8) is None
    hand_clock.now += REMEMBERED
    assert known.name(value, user_id=7) is None


def test_guesses_from_a_known_browser_are_slowed_as_well(any_panel: RunningPanel) -> None:
    any_panel.user(ANN)
    browser = any_panel.visitor(ANN)
    browser.post("/sign-out")
    statuses = [browser.post("/sign-in", email=ANN, password="no").status_code for _ in range(7)]
    assert statuses == [401] * 5 + [429] * 2
    assert any_panel.visitor().post("/sign-in", email=ANN, password=PASSWORD).status_code == 303, "and only they"


def test_the_sign_of_a_known_browser_lets_nobody_in(any_panel: RunningPanel) -> None:
    any_panel.user(ANN)
    thief = any_panel.visitor()
    thief.cookies[BROWSER] = any_panel.visitor(ANN).cookies[BROWSER]
    assert thief.get("/account").status_code == 303


def test_a_day_of_guessing_comes_to_few_guesses() -> None:
    """A password that is accepted takes 10,000,000,000 guesses (see `passwords`): from ten thousand addresses 78 years."""
    counting = Counting(str)
    a_day = guesses_within(counting.of_stranger(ANN, "203.0.113.7").subjects[:1], DAY)
    assert a_day == 35
    assert 10_000_000_000 / (10_000 * a_day) / 365 > 50
    assert guesses_within(counting.of_browser("a stolen sign").subjects, DAY) == a_day
    from_an_address = guesses_within(counting.of_address("203.0.113.7"), DAY)
    assert from_an_address == 120, "at all accounts together"
    assert guesses_within(counting.of_address("2001:db8::1")[1:], DAY) == 200, "from the 65,536 networks of a /48"


def test_a_real_day_of_guessing_is_as_few_as_computed(any_panel: RunningPanel, hand_clock: HandClock) -> None:
    """One address that is never refused twice: it waits exactly as long as told."""
    any_panel.user(ANN)
    guesses, until = 0, hand_clock.now + DAY
    while hand_clock.now < until:
        answer = any_panel.visitor().post("/sign-in", email=ANN, password=f"guess {guesses}")
        guesses += answer.status_code == 401
        hand_clock.now += timedelta(seconds=int(answer.headers.get("Retry-After", 0)))
    assert guesses == 35


def test_failures_are_told_without_filling_the_audit_log(any_panel: RunningPanel) -> None:
    any_panel.user(ANN)
    asyncio.run(_guess(any_panel, 99))
    for number in range(99):
        caller = Caller(f"192.0.2.{number}", "Firefox on Linux", None)
        with pytest.raises(WrongCredentials):
            asyncio.run(any_panel.panel.front_door.enter(f"my-password-{number}@agency.example", "no", caller=caller))
    entries = AuditLog(any_panel.panel.home.state).entries(limit=1000)
    failed = [each.sentence for each in entries if each.action == "sign_in_failed"]
    assert len(failed) == 2 * 22, "twenty, and then the 32nd and the 64th"
    assert failed[-1] == "failed to sign in as ann@agency.example from 10.0.0.0/24 with Firefox on Linux"
    assert failed[0].startswith("failed to sign in as an account that does not exist from 192.0.2.0/24")
    assert "my-password" not in str(entries), "people type passwords into the field for the account"


def test_the_table_of_tries_names_no_address_and_no_account(tmp_path: Path) -> None:
    with running(Settings(home=tmp_path / "home")) as panel:
        panel.user(ANN)
        panel.visitor().post("/sign-in", email=ANN, password="no")
        with panel.panel.home.state.read() as connection:
            subjects = connection.scalars(sa.select(panel_tries.c.subject)).all()
    assert len(subjects) == 4
    assert all(len(each) == 64 and set(each) <= set("0123456789abcdef") for each in subjects)
