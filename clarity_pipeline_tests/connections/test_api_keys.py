"""Keys of programs in the state database: shown once, found by their hash, over when they are over."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from clarity_pipeline.connections.api_keys import ApiKeys, InvalidApiKey, InvalidKey, UnknownApiKey, Wanted
from clarity_pipeline.connections.audit import AuditLog
from clarity_pipeline.connections.connections import Connections
from clarity_pipeline.connections.secrets import SecretBox
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.api_keys import api_keys

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
FOR_ALL = Wanted(name="warehouse", scopes=("read",), business_ids=None)


class Moved:
    """A clock that a test moves."""

    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Moved:
    return Moved()


@pytest.fixture
def keys(any_state: StateDatabase, clock: Moved) -> ApiKeys:
    return ApiKeys(any_state, clock=clock)


def test_a_key_is_nowhere_in_the_database_and_opens_what_was_asked_for(keys: ApiKeys, any_state: StateDatabase) -> None:
    key, made = keys.make(FOR_ALL, actor="cli:anna")
    assert key.startswith(f"clp_{made.prefix}_")
    assert len(key) == 56
    with any_state.read() as connection:
        kept = str(connection.execute(sa.select(api_keys)).mappings().all())
    assert key not in kept
    assert key.rpartition("_")[2][:20] not in kept
    assert (keys.holder(key).key_id, made.business_ids, made.scopes) == (made.key_id, None, {"read"})


def test_a_key_that_is_over_revoked_or_none_of_ours_opens_nothing_and_all_are_told_the_same(keys: ApiKeys, clock: Moved) -> None:
    key, _ = keys.make(FOR_ALL, actor="cli:anna")
    revoked, made = keys.make(FOR_ALL, actor="cli:anna")
    keys.revoke(made.prefix, actor="cli:ben")
    said = {refusal(keys, each) for each in (revoked, key[:-1] + ("A" if key[-1] != "A" else "B"), "", "clp_x\0", made.prefix)}
    assert keys.holder(key).state(clock()) == "active"
    clock.now += timedelta(days=90)
    said.add(refusal(keys, key))
    assert len(said) == 1


def refusal(keys: ApiKeys, key: str) -> str:
    with pytest.raises(InvalidKey) as caught:
        keys.holder(key)
    return str(caught.value)


def test_the_last_use_is_a_day_and_costs_one_write_of_it(keys: ApiKeys, clock: Moved) -> None:
    key, _ = keys.make(FOR_ALL, actor="cli:anna")
    assert keys.all()[0].last_used_on is None
    keys.holder(key)
    assert keys.all()[0].last_used_on == NOW.date()
    clock.now += timedelta(days=2)
    keys.holder(key)
    assert keys.all()[0].last_used_on == clock.now.date()


def test_making_and_ending_a_key_are_in_the_audit_log_by_its_prefix(keys: ApiKeys, any_state: StateDatabase) -> None:
    key, made = keys.make(FOR_ALL, actor="panel:ann@agency.example")
    for _ in range(2):
        keys.revoke(key if _ else made.prefix, actor="cli:ben")
    ended, begun = AuditLog(any_state).entries()
    assert (begun.actor, ended.actor) == ("panel:ann@agency.example", "cli:ben")
    assert begun.sentence == f"made the key {made.prefix} of programs for read of every business until 2026-08-02"
    assert ended.sentence == f"revoked the key {made.prefix} of programs"
    assert key not in str((begun, ended))


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (Wanted(name=" ", scopes=("read",), business_ids=None), "has a name"),
        (Wanted(name="x", scopes=(), business_ids=None), "what the key is for"),
        (Wanted(name="x", scopes=("admin",), business_ids=None), "what the key is for"),
        (Wanted(name="x", scopes=("read",), business_ids=()), "at least one business"),
        (Wanted(name="x", scopes=("read",), business_ids=("nobody",)), "does not exist"),
        (Wanted(name="x", scopes=("read",), business_ids=("a\0",)), "does not exist"),
        (Wanted(name="x", scopes=("read",), business_ids=None, days=367), "1 to 366 days"),
        (Wanted(name="x", scopes=("read",), business_ids=None, a_minute=0), "requests a minute"),
    ],
)
def test_a_key_that_cannot_be_is_refused_and_nothing_is_stored(keys: ApiKeys, wanted: Wanted, told: str) -> None:
    with pytest.raises(InvalidApiKey, match=told):
        keys.make(wanted, actor="cli:anna")
    assert keys.all() == []


@pytest.mark.parametrize("prefix", ["", "nosuchkey", "a\0b", "ä", "clp_"])
def test_an_unknown_prefix_is_said(keys: ApiKeys, prefix: str) -> None:
    with pytest.raises(UnknownApiKey):
        keys.revoke(prefix, actor="cli:anna")


def test_a_business_that_is_there_can_be_chosen(keys: ApiKeys, any_state: StateDatabase, clock: Moved) -> None:
    box = SecretBox((Fernet.generate_key().decode(),), fingerprint_key="of a test")
    Connections(any_state, secrets=box, clock=clock).add_without_clarity("acme", name="Acme", actor="cli:anna")
    _, made = keys.make(Wanted(name="x", scopes=("read", "markers"), business_ids=("acme", "acme")), actor="cli:anna")
    assert made.business_ids == {"acme"}
