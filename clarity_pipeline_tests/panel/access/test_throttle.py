"""Tries are counted before anything is looked at, also when all come at once; and the naive throttle through the same race."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
import sqlalchemy as sa

from clarity_pipeline.panel.access.callers import FREE_FROM_AN_ADDRESS, FREE_ON_AN_ACCOUNT, network_of
from clarity_pipeline.panel.access.throttle import FORGOTTEN_AFTER, UNREST, Subject, Throttle, Throttled
from clarity_pipeline.panel.web.forwarded import proxy_networks
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.panel import panel_tries
from clarity_pipeline_tests.panel.conftest import HandClock
from clarity_pipeline_tests.panel.running import PASSWORD, RunningPanel, running
from clarity_pipeline_tests.processes import run_together

HOUR = timedelta(hours=1)
ACCOUNT, ADDRESS = Subject("account", 3, HOUR), Subject("address", 5, HOUR)


def refused(throttle: Throttle, *subjects: Subject, on_account: Subject | None = None) -> int:
    """For how many seconds."""
    with pytest.raises(Throttled) as caught:
        throttle.take(*subjects, on_account=on_account)
    return caught.value.retry_after_seconds


def test_each_further_wrong_try_doubles_the_delay_up_to_the_longest(any_state: StateDatabase, hand_clock: HandClock) -> None:
    throttle = Throttle(any_state, clock=hand_clock)
    for _ in range(2):
        assert throttle.take(ACCOUNT)
    told = []
    for _ in range(10):
        throttle.take(ACCOUNT)
        told.append(refused(throttle, ACCOUNT))
        hand_clock.now += timedelta(seconds=told[-1])
    assert told == [15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_who_waits_as_long_as_told_gets_in_and_not_a_second_earlier(any_state: StateDatabase, hand_clock: HandClock) -> None:
    throttle = Throttle(any_state, clock=hand_clock)
    for _ in range(3):
        throttle.take(ACCOUNT)
    hand_clock.now += timedelta(seconds=refused(throttle, ACCOUNT) - 1)
    assert refused(throttle, ACCOUNT) == 1
    hand_clock.now += timedelta(seconds=1)
    throttle.take(ACCOUNT)


def test_a_refused_try_counts_for_nobody(any_state: StateDatabase, hand_clock: HandClock) -> None:
    throttle = Throttle(any_state, clock=hand_clock)
    for _ in range(3):
        throttle.take(ACCOUNT, ADDRESS)
    for _ in range(10):
        assert refused(throttle, ACCOUNT, ADDRESS) == 15
    assert throttle.take(Subject("another account", 3, HOUR), ADDRESS) == [1, 4]


def test_a_success_frees_the_account_and_not_what_the_address_did_to_others(
    any_state: StateDatabase, hand_clock: HandClock
) -> None:
    """Else somebody with one account of their own would have free tries on everybody else's."""
    throttle = Throttle(any_state, clock=hand_clock)
    own = Subject("own", 3, HOUR)
    for number in range(4):
        throttle.take(Subject(f"victim {number}", 3, HOUR), ADDRESS)
        throttle.take(own, ADDRESS)
        throttle.forgive(ADDRESS, own=own)
    throttle.take(Subject("victim 4", 3, HOUR), ADDRESS)
    assert refused(throttle, own, ADDRESS) == 15


def test_what_nobody_tried_for_a_day_is_forgotten(any_state: StateDatabase, hand_clock: HandClock) -> None:
    throttle = Throttle(any_state, clock=hand_clock)
    for number in range(20):
        throttle.take(Subject(f"account {number}", 3, HOUR))
    hand_clock.now += FORGOTTEN_AFTER
    throttle.take(ACCOUNT)
    with any_state.read() as connection:
        assert connection.scalars(sa.select(panel_tries.c.subject)).all() == ["account"]


def test_the_table_of_tries_does_not_grow_without_end(any_state: StateDatabase, hand_clock: HandClock) -> None:
    throttle = Throttle(any_state, clock=hand_clock, most_subjects=10)
    for number in range(30):
        hand_clock.now += timedelta(seconds=1)
        throttle.take(Subject(f"account {number}", 3, HOUR), Subject("address"))
    with any_state.read() as connection:
        kept = set(connection.scalars(sa.select(panel_tries.c.subject)))
    assert kept == {"address"} | {f"account {number}" for number in range(21, 30)}


def test_who_comes_newly_to_an_account_that_many_tried_waits_a_minute_and_nobody_else_does(
    any_state: StateDatabase, hand_clock: HandClock
) -> None:
    throttle, of_all = Throttle(any_state, clock=hand_clock), Subject("all tries of ann")
    for number in range(UNREST):
        throttle.take(Subject(f"ann from {number}", 5, HOUR), on_account=of_all)
    newly, known = Subject("ann from home", 5, HOUR), Subject("ann from 7", 5, HOUR)
    assert refused(throttle, newly, on_account=of_all) == 60
    throttle.take(known, on_account=of_all)
    throttle.take(Subject("bea from home", 5, HOUR), on_account=Subject("all tries of bea"))
    hand_clock.now += timedelta(seconds=59)
    assert refused(throttle, newly, on_account=of_all) == 1
    hand_clock.now += timedelta(seconds=1)
    throttle.take(newly, on_account=of_all)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("", "unknown"),
        ("a socket", "unknown"),
    ],
)
def test_a_household_is_one_address(address: str, network: str) -> None:
    assert network_of(address) == network


Take = Callable[[StateDatabase, Subject], bool]
ROUNDS, NAIVE_ROUNDS = 4, 10


def with_the_throttle(state: StateDatabase, subject: Subject) -> bool:
    """The real one."""
    try:
        Throttle(state, clock=HandClock()).take(subject)
    except Throttled:
        return False
    return True


def with_a_count(state: StateDatabase, subject: Subject) -> bool:
    """What everybody writes first: count what was tried, then note the try."""
    with state.read() as connection:
        count = sa.text("select count(*) from naive_tries where subject = :subject")
        tried = connection.scalar(count, {"subject": subject.fingerprint}) or 0
    if tried >= subject.free:
        return False
    with state.write() as connection:
        connection.execute(sa.text("insert into naive_tries values (:subject)"), {"subject": subject.fingerprint})
    return True


def _race(url: str, _: int, together: Barrier) -> Counter[str]:
    state = StateDatabase(url)
    mine: Counter[str] = Counter()
    contests: list[tuple[Take, str, int]] = [(with_the_throttle, "throttle", ROUNDS), (with_a_count, "count", NAIVE_ROUNDS)]
    for take, name, rounds in contests:
        for turn in range(rounds):
            subject = Subject(f"{name} {turn}", 10, HOUR)
            together.wait()
            for _try in range(4):
                mine[subject.fingerprint] += take(state, subject)
    state.dispose()
    return mine


def test_eight_processes_get_ten_tries_and_more_from_a_count_before_the_insert(any_state: StateDatabase, state_url: str) -> None:
    with any_state.write() as connection:
        connection.exec_driver_sql("create table naive_tries (subject text)")
    let_through: Counter[str] = sum(run_together(8, _race, state_url), Counter())
    assert [let_through[f"throttle {turn}"] for turn in range(ROUNDS)] == [10] * ROUNDS
    assert max(let_through[f"count {turn}"] for turn in range(NAIVE_ROUNDS)) > 10


def _try(panel: RunningPanel, email: str, password: str) -> tuple[int, int]:
    answer = panel.visitor().post("/sign-in", email=email, password=password)
    return answer.status_code, int(answer.headers.get("Retry-After", 0))


def test_of_fifty_tries_at_once_five_reach_a_password(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example")
    with ThreadPoolExecutor(50) as pool:
        tries = list(pool.map(lambda number: _try(any_panel, "ann@agency.example", f"guess {number}"), range(50)))
    statuses = Counter(status for status, _ in tries)
    assert statuses == {401: FREE_ON_AN_ACCOUNT, 429: 50 - FREE_ON_AN_ACCOUNT}
    assert {wait for status, wait in tries if status == 429} == {15}
    assert _try(any_panel, "ann@agency.example", PASSWORD) == (429, 15), "also with the right password"


def test_an_account_that_does_not_exist_is_throttled_just_so(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example")
    answers = {
        email: [any_panel.visitor().post("/sign-in", email=email, password="no").text.replace(email, "X") for _ in range(7)]
        for email in ("ann@agency.example", "bob@agency.example")
    }
    assert answers["ann@agency.example"] == answers["bob@agency.example"]


def test_an_address_that_tries_many_accounts_is_slowed_too(any_panel: RunningPanel) -> None:
    statuses = Counter(_try(any_panel, f"user{number}@agency.example", "no")[0] for number in range(FREE_FROM_AN_ADDRESS + 5))
    assert statuses == {401: FREE_FROM_AN_ADDRESS, 429: 5}


def test_an_office_that_signs_in_all_day_is_not_stopped(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example")
    assert {_try(any_panel, "ann@agency.example", PASSWORD)[0] for _ in range(FREE_FROM_AN_ADDRESS + 5)} == {303}


@pytest.mark.parametrize(("proxies", "addresses"), [((), 1), (("127.0.0.1",), 3)])
def test_a_forwarded_address_is_believed_from_a_trusted_proxy_alone(
    tmp_path: Path, proxies: tuple[str, ...], addresses: int
) -> None:
    with running(Settings(home=tmp_path / "home"), proxies=proxy_networks(",".join(proxies))) as panel:
        panel.user("ann@agency.example")
        statuses = Counter(
            panel.visitor()
            .send(
                "POST",
                "/sign-in",
                headers={"X-Forwarded-For": f"203.0.113.{number % 3}"},
                data={"email": "ann@agency.example", "password": "no"},
            )
            .status_code
            for number in range(3 * FREE_ON_AN_ACCOUNT + 3)
        )
        assert statuses[401] == addresses * FREE_ON_AN_ACCOUNT
