"""A database server that goes away in the middle of a transaction costs nothing: what was begun is done again."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from threading import Timer
from time import monotonic

import pytest
import sqlalchemy as sa

from clarity_pipeline.calls.day_plan import LeftOut, Plan
from clarity_pipeline.calls.quota import Quota
from clarity_pipeline.calls.sync_jobs import NO_LONGER_RECOVERABLE, SyncJobs
from clarity_pipeline.day.plan import give_up
from clarity_pipeline.state.again import again, each_method_again
from clarity_pipeline.state.database import StateDatabase, StateLost, StateUnavailable
from clarity_pipeline_tests.postgres import ends_the_connection, postgres

NOW = datetime(2026, 5, 4, 0, 5, tzinfo=UTC)
DAY = date(2026, 5, 3)


@pytest.fixture
def on_postgres(migrated_address: Callable[[str], str]) -> StateDatabase:
    return StateDatabase(migrated_address("postgres"))


def break_at(state: StateDatabase, table: str, *times: int) -> None:
    with state.write() as connection:
        connection.execute(sa.text(ends_the_connection(table, on="insert", at=times)))


def test_a_transaction_that_the_server_ended_is_made_again_and_stands_once(on_postgres: StateDatabase) -> None:
    break_at(on_postgres, "clarity_sync_jobs", 1, 2)
    jobs = SyncJobs(on_postgres, clock=lambda: NOW)
    jobs.start("acme", date=DAY, slice_name="url_device", run_id=None)
    (job,) = jobs.list()
    assert (job.state, job.attempt) == ("running", 1)
    on_postgres.dispose()


def test_a_slot_whose_claim_was_broken_off_is_claimed_once(on_postgres: StateDatabase) -> None:
    break_at(on_postgres, "clarity_quota_calls", 1)
    quota = Quota(on_postgres, clock=lambda: NOW)
    assert quota.claim("key", business_id="acme", slice_name="url_device", purpose="sync").slot == 1
    assert len(quota.slots("key")) == 1
    on_postgres.dispose()


def test_lost_lanes_that_are_given_up_are_noted_although_the_first_try_was_broken_off(on_postgres: StateDatabase) -> None:
    """What is handed over can be read again: of a generator the second try would note nothing, and say that it is done."""
    break_at(on_postgres, "clarity_sync_jobs", 1)
    lost = LeftOut("acme", DAY, "url_device", NO_LONGER_RECOVERABLE, "no window reaches back to it")
    jobs = SyncJobs(on_postgres, clock=lambda: NOW)
    give_up(jobs, Plan((), (lost,)), ["acme"])
    assert [(job.slice_name, job.reason) for job in jobs.list()] == [("url_device", NO_LONGER_RECOVERABLE)]
    on_postgres.dispose()


class Takes:
    def replace(self, rows: Iterable[int]) -> None:
        """Take what may be read only once."""


class Gives:
    def all(self) -> Iterator[int]:
        """Give what is read later, when nobody tries again."""


@pytest.mark.parametrize("found", [Takes, Gives])
def test_a_method_that_takes_or_gives_what_is_read_only_once_cannot_be_done_again(found: type) -> None:
    with pytest.raises(TypeError, match="can be read only once"):
        each_method_again(found)


def test_what_is_done_again_within_is_not_done_again_around_it(on_postgres: StateDatabase) -> None:
    """Four tries, and not four times four, each with a wait for the server."""
    break_at(on_postgres, "clarity_sync_jobs", *range(1, 20))
    jobs = SyncJobs(on_postgres, clock=lambda: NOW)
    with pytest.raises(StateLost):
        again(lambda: jobs.start("acme", date=DAY, slice_name="url_device", run_id=None), sleep=lambda _: None)
    with on_postgres.read() as connection:
        assert connection.scalar(sa.text("select last_value from kills_of_clarity_sync_jobs")) == 4
    on_postgres.dispose()


def test_what_is_broken_off_again_and_again_is_said_in_the_end(on_postgres: StateDatabase) -> None:
    break_at(on_postgres, "clarity_sync_jobs", *range(1, 20))
    pauses: list[float] = []

    def start() -> None:
        with on_postgres.write() as connection:
            columns = "(business_id, date, slice, attempt, state, calls, started_at)"
            connection.execute(
                sa.text(f"insert into clarity_sync_jobs {columns} values ('a', '2026-05-03', 'x', 1, 'ok', 0, now())")
            )

    with pytest.raises(StateLost, match=r"went away .*: what was being written stands whole or not at all"):
        again(start, sleep=pauses.append)
    assert pauses == [0.1, 0.5, 2.0]
    on_postgres.dispose()


def test_a_server_that_restarts_is_waited_for_and_one_that_was_never_there_is_not() -> None:
    with postgres() as server:
        state = StateDatabase(server.address("postgres"))
        with state.read() as connection:
            assert connection.scalar(sa.text("select 1")) == 1
        server.stop()
        Timer(1.0, server.start, kwargs={"wait": False}).start()
        with state.read() as connection:
            assert connection.scalar(sa.text("select 1")) == 1
        server.stop()
        began = monotonic()
        with pytest.raises(StateUnavailable), StateDatabase(server.address("postgres")).read():
            pass
        assert monotonic() - began < 5
        state.dispose()
