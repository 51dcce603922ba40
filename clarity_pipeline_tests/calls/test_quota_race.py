"""Eight processes, released together on a fresh project, round after round; and the naive ledger through the same harness."""

from collections import Counter
from collections.abc import Callable
from multiprocessing.synchronize import Barrier

import sqlalchemy as sa

from clarity_pipeline.calls.budget import KEPT_FOR_TESTS, PORTAL_TESTS_A_DAY, Purpose
from clarity_pipeline.calls.quota import Quota
from clarity_pipeline.clarity.dimensions import CALLS_A_DAY, DAILY_SLICES
from clarity_pipeline.clarity.errors import QuotaSpent
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline_tests.connections.made_up import HandClock
from clarity_pipeline_tests.processes import run_together

PROCESSES, ROUNDS, NAIVE_ROUNDS, CROWD_ROUNDS = 8, 50, 10, 12
LANES = tuple(DAILY_SLICES)

Claim = Callable[[StateDatabase, str, str, Purpose], bool]
Granted = Counter[tuple[str, str]]


def with_slots(state: StateDatabase, key: str, slice_name: str, purpose: Purpose) -> bool:
    """The real ledger."""
    try:
        Quota(state, clock=HandClock()).claim(key, business_id="acme", slice_name=slice_name, purpose=purpose)
    except QuotaSpent:
        return False
    return True


def with_a_count(state: StateDatabase, key: str, slice_name: str, purpose: Purpose) -> bool:
    """What everybody writes first: count, then insert."""
    with state.read() as connection:
        used = connection.scalar(sa.text("select count(*) from naive_calls where quota_key = :key"), {"key": key}) or 0
    if used >= CALLS_A_DAY:
        return False
    with state.write() as connection:
        connection.execute(sa.text("insert into naive_calls values (:key)"), {"key": key})
    return True


def _race(url: str, number: int, together: Barrier) -> Granted:
    """One process: in each round three tests, and for the first four processes a lane, asked for in between."""
    state = StateDatabase(url)
    mine: Granted = Counter()
    contests: list[tuple[Claim, str, int]] = [(with_slots, "slots", ROUNDS), (with_a_count, "count", NAIVE_ROUNDS)]
    for claim, name, rounds in contests:
        for turn in range(rounds):
            asks: list[tuple[str, Purpose]] = [("url_device", "test")] * 3
            if number < len(LANES):
                asks.insert(turn % 4, (LANES[number], "sync"))
            key = f"{name} {turn}"
            together.wait()
            for slice_name, purpose in asks:
                mine[key, purpose] += claim(state, key, slice_name, purpose)
    state.dispose()
    return mine


def test_eight_processes_never_get_an_eleventh_call_and_a_count_before_the_insert_does(
    any_state: StateDatabase, state_url: str
) -> None:
    with any_state.write() as connection:
        connection.exec_driver_sql("create table naive_calls (quota_key text)")
    granted: Granted = sum(run_together(PROCESSES, _race, state_url), Counter())

    assert [granted[f"slots {turn}", "sync"] for turn in range(ROUNDS)] == [4] * ROUNDS
    assert [granted[f"slots {turn}", "test"] for turn in range(ROUNDS)] == [6] * ROUNDS
    quota = Quota(any_state, clock=HandClock())
    assert {quota.used_today(f"slots {turn}") for turn in range(ROUNDS)} == {CALLS_A_DAY}

    naive = [granted[f"count {turn}", "sync"] + granted[f"count {turn}", "test"] for turn in range(NAIVE_ROUNDS)]
    assert max(naive) > CALLS_A_DAY


MACHINE: tuple[tuple[str, Purpose], ...] = (("url_source", "refetch"), ("url_country", "recovery"), ("url_source", "retry"))
CLIENT: tuple[tuple[str, Purpose], ...] = (("url_device", "portal"),) * 3


def without_classes(state: StateDatabase, key: str, slice_name: str, purpose: Purpose) -> bool:
    """The lanes' four are kept, and nothing else: the ledger as it was before a person's test had a share of its own."""
    return with_slots(state, key, slice_name, "sync" if purpose == "sync" else "test")


def _crowd(url: str, number: int, together: Barrier) -> Granted:
    """One process: the machine and a client in turn first, then a person of the agency, and at last the lanes."""
    state = StateDatabase(url)
    mine: Granted = Counter()
    contests: list[tuple[Claim, str, int]] = [(with_slots, "classes", CROWD_ROUNDS), (without_classes, "naive", CROWD_ROUNDS)]
    for claim, name, rounds in contests:
        for turn in range(rounds):
            asks = [*MACHINE, *CLIENT] if turn % 2 else [*CLIENT, *MACHINE]
            key = f"{name} {turn}"
            together.wait()
            for place, (slice_name, purpose) in enumerate(asks):
                if claim is without_classes and place == len(asks) // 2:
                    together.wait()  # the one has asked for all it wants before the other comes
                mine[key, purpose] += claim(state, key, slice_name, purpose)
            together.wait()
            mine[key, "late test"] += claim(state, key, "url_device", "test")
            together.wait()
            if number < len(LANES):
                mine[key, "sync"] += claim(state, key, LANES[number], "sync")
    state.dispose()
    return mine


def test_eight_processes_that_want_everything_leave_the_lanes_their_four_and_a_person_two(
    any_state: StateDatabase, state_url: str
) -> None:
    granted: Granted = sum(run_together(PROCESSES, _crowd, state_url), Counter())
    for turn in range(CROWD_ROUNDS):
        given = Counter({purpose: number for (key, purpose), number in granted.items() if key == f"classes {turn}"})
        machine = given["retry"] + given["refetch"] + given["recovery"]
        assert given["sync"] == len(LANES), "the lanes find their four, though they come last"
        assert given["portal"] <= PORTAL_TESTS_A_DAY
        assert machine <= CALLS_A_DAY - len(LANES) - KEPT_FOR_TESTS
        assert given["portal"] + given["test"] + given["late test"] >= KEPT_FOR_TESTS
        assert sum(given.values()) <= CALLS_A_DAY
    naive = [granted[f"naive {turn}", "retry"] + granted[f"naive {turn}", "refetch"] + granted[f"naive {turn}", "recovery"]
             for turn in range(CROWD_ROUNDS)]  # fmt: skip
    portal = [granted[f"naive {turn}", "portal"] for turn in range(CROWD_ROUNDS)]
    assert max(naive) > CALLS_A_DAY - len(LANES) - KEPT_FOR_TESTS, "the naive ledger lets the machine take a person's two"
    assert max(portal) > PORTAL_TESTS_A_DAY, "and the client the agency's"
