"""How each connection is, out of the database: the facts of its own ledger and jobs, a thousand in one query."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from clarity_pipeline.calls.quota import Quota
from clarity_pipeline.calls.sync_jobs import SyncJobs
from clarity_pipeline.connections.business import UnknownBusiness
from clarity_pipeline.connections.connections import Connections
from clarity_pipeline.connections.secrets import SecretBox
from clarity_pipeline.connections.status import ConnectionStatus, connection_status, connection_statuses, facts_of
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline_tests.connections.made_up import HandClock, token_of

KEY, FINGERPRINT = (Fernet.generate_key().decode() for _ in range(2))


class Office:
    """Connections, ledger and jobs of one database, by one clock."""

    def __init__(self, state: StateDatabase, clock: HandClock) -> None:
        self.state, self.clock = state, clock
        self.connections = Connections(state, secrets=SecretBox((KEY,), fingerprint_key=FINGERPRINT), clock=clock)
        self.quota, self.jobs = Quota(state, clock=clock), SyncJobs(state, clock=clock)

    def connect(self, business_id: str, *, subject: str | None = None, **claims: int) -> None:
        token = token_of(subject or business_id, **claims)
        self.connections.connect(business_id, project_id="abc1234", token=token, allow_shared=True)

    def call(self, business_id: str, *, http_status: int | None = 200) -> None:
        key = self.connections.get(business_id).quota_key
        assert key is not None
        slot = self.quota.claim(key, business_id=business_id, slice_name="url_device", purpose="test")
        self.quota.settle(slot, http_status=http_status)

    def lane(self, business_id: str, *, reason: str | None = None) -> None:
        day = self.clock.now.date() - timedelta(days=1)
        job = self.jobs.start(business_id, date=day, slice_name="url_device", run_id=None)
        self.jobs.finish(job, state="failed" if reason else "ok", reason=reason)
        if not reason:
            self.jobs.loaded(business_id, date=day, slice_name="url_device", rows=3, loaded_at=self.clock.now)

    def status(self, business_id: str = "acme") -> ConnectionStatus:
        return connection_status(self.state, business_id, clock=self.clock)


@pytest.fixture
def office(any_state: StateDatabase, clock: HandClock) -> Office:
    return Office(any_state, clock)


def test_a_life_in_badges(office: Office) -> None:
    clock, seen = office.clock, []

    def look() -> None:
        badge = office.status().badge
        seen.append((badge.word, badge.reason))

    office.connect("acme", exp=int(datetime(2026, 12, 20, tzinfo=UTC).timestamp()))
    look()
    office.call("acme")
    office.lane("acme")
    look()
    clock.advance(days=1)
    look()
    clock.advance(hours=13)
    look()
    office.lane("acme", reason="unavailable")
    look()
    office.connections.disable("acme")
    look()
    office.connections.enable("acme")
    look()
    clock.now = datetime(2026, 12, 6, 0, 5, tzinfo=UTC)
    office.call("acme")
    office.lane("acme")
    look()
    clock.now = datetime(2026, 12, 20, 1, tzinfo=UTC)
    look()
    office.connections.reject("acme", token_of("acme", exp=int(datetime(2026, 12, 20, tzinfo=UTC).timestamp())))
    look()
    office.connections.disconnect("acme")
    look()
    assert seen == [
        ("not verified", None), ("connected", None), ("connected", None), ("stale", "not_run"), ("stale", "unavailable"),
        ("paused", "paused"), ("connected", None), ("token expires soon", "token_expires_soon"), ("reconnect", "token_expired"),
        ("reconnect", "token_rejected"), ("not connected", "disconnected"),
    ]  # fmt: skip


def test_the_days_calls_and_the_last_sync_are_of_the_business_and_its_project(office: Office) -> None:
    office.connect("acme")
    office.connect("beta")
    for _ in range(3):
        office.call("acme", http_status=500)
    office.lane("acme")
    acme, beta = connection_statuses(office.state, clock=office.clock)
    assert (acme.calls_used_today, acme.calls_left_today, acme.last_synced_at) == (3, 7, office.clock.now)
    assert (beta.calls_used_today, beta.calls_left_today, beta.last_synced_at) == (0, 10, None)
    office.clock.advance(days=1)
    assert office.status().calls_left_today == 10
    office.connections.disconnect("acme")
    assert (office.status().calls_used_today, office.status().calls_left_today) == (0, 0)


def test_a_reload_of_a_kept_answer_moves_neither_the_last_sync_nor_the_stale_clock(office: Office) -> None:
    """A job that finds its answer in the vault has the window of that answer, and ends whenever somebody asks for it again."""
    office.connect("acme")
    office.lane("acme")
    answered_at, day = office.clock.now, office.clock.now.date() - timedelta(days=1)

    def reload(day: date, *, reason: str, window_end: datetime, calls: int = 0) -> None:
        job = office.jobs.start("acme", date=day, slice_name="url_device", run_id=None)
        window = (window_end - timedelta(days=1), window_end)
        office.jobs.finish(job, state="ok", reason=reason, calls=calls, window=window, answer_sha256="abc")
        office.jobs.loaded("acme", date=day, slice_name="url_device", rows=3, loaded_at=office.clock.now)

    office.clock.advance(hours=30)
    reload(day, reason="already_in_vault", window_end=answered_at)
    reload(day - timedelta(days=9), reason="already_in_vault", window_end=answered_at - timedelta(days=9))
    assert (office.status().last_synced_at, office.status().badge.word) == (answered_at, "not verified")
    office.clock.advance(hours=7)
    reload(day, reason="already_in_vault", window_end=answered_at)
    assert (office.status().last_synced_at, office.status().badge.word) == (answered_at, "stale")
    reload(day + timedelta(days=1), reason="recovered", window_end=answered_at + timedelta(days=1), calls=2)
    assert office.status().last_synced_at == office.clock.now, "a recovered date is new, and its calls were made now"


def test_businesses_that_share_a_project_share_its_calls_and_not_the_proof_of_a_token(office: Office) -> None:
    office.connect("acme", subject="one")
    office.connect("beta", subject="one")
    office.call("acme")
    acme, beta = connection_statuses(office.state, clock=office.clock)
    assert (acme.badge.word, beta.badge.word) == ("connected", "not verified")
    assert (acme.calls_left_today, beta.calls_left_today) == (9, 9)


def test_the_latest_answer_is_found_whatever_order_slots_were_taken_in(office: Office) -> None:
    office.connect("acme")
    key = office.connections.get("acme").quota_key or ""
    slots = [office.quota.claim(key, business_id="acme", slice_name="url_device", purpose="test") for _ in range(3)]
    office.quota.settle(slots[2], http_status=200)
    office.clock.advance(minutes=5)
    office.quota.settle(slots[0], http_status=200)
    (found,) = facts_of(office.state, clock=office.clock)
    assert found.last_answer_at == office.clock.now
    office.clock.advance(days=400)
    office.call("acme", http_status=429)
    (found,) = facts_of(office.state, clock=office.clock)
    assert found.last_answer_at == office.clock.now - timedelta(days=400), "a refusal proves nothing"


def test_only_those_that_are_asked_for_and_an_unknown_one_is_named(office: Office) -> None:
    for slug in ("zeta", "acme", "beta"):
        office.connect(slug)
    found = connection_statuses(office.state, clock=office.clock, business_ids=["zeta", "acme", "nobody"])
    assert [each.business.business_id for each in found] == ["acme", "zeta"]
    assert connection_statuses(office.state, clock=office.clock, business_ids=[]) == []
    with pytest.raises(UnknownBusiness, match="named nobody; there is acme, beta, zeta"):
        office.status("nobody")


def test_a_hundred_businesses_take_as_many_statements_as_one(office: Office) -> None:
    for number in range(3):
        office.connect(f"b{number}")
    with _counted(office.state) as three:
        connection_statuses(office.state, clock=office.clock)
    for number in range(3, 100):
        office.connect(f"b{number}")
    with _counted(office.state) as hundred:
        assert len(connection_statuses(office.state, clock=office.clock)) == 100
    assert three == hundred
    assert len([statement for statement in three if statement.startswith("SELECT")]) == 1


def test_every_lookup_of_a_badge_is_in_an_index(state: StateDatabase, clock: HandClock) -> None:
    """A year of a thousand businesses is millions of rows: one scan of them is a second."""
    from clarity_pipeline.connections.status import _facts

    compiled = _facts(clock.now).compile(dialect=sa.dialects.sqlite.dialect(), compile_kwargs={"literal_binds": True})
    with state.read() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(f"explain query plan {compiled}")]
    touching = [step for step in plan if step.startswith(("SCAN", "SEARCH"))]
    assert len(touching) == 8
    assert [step for step in touching if step.startswith("SCAN")] == [
        step for step in touching if step.startswith("SCAN clarity_business_config")
    ]


@contextmanager
def _counted(state: StateDatabase) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    sa.event.listen(state._engine, "before_cursor_execute", note)
    yield statements
    sa.event.remove(state._engine, "before_cursor_execute", note)
