"""The audit log: who did what, in the same transaction, and never a secret; folded, it is the state itself."""

import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clarity_pipeline.clarity.token import Token
from clarity_pipeline.connections.audit import AuditLog, Entry, note
from clarity_pipeline.connections.audit_sentences import Action, sentence
from clarity_pipeline.connections.connections import Connections
from clarity_pipeline.connections.secrets import SecretBox
from clarity_pipeline.connections.sharing import SharedProject
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.connections import business_config
from clarity_pipeline_tests.connections.made_up import HandClock, token_of

KEY, FINGERPRINT = (Fernet.generate_key().decode() for _ in range(2))
ONE, SAME_PROJECT, OTHER = token_of("1", jti="a"), token_of("1", jti="b"), token_of("2")


def _connections(state: StateDatabase, clock: HandClock) -> Connections:
    return Connections(state, secrets=SecretBox((KEY,), fingerprint_key=FINGERPRINT), clock=clock)


def _said(state: StateDatabase, business_id: str | None = None) -> list[tuple[str, str]]:
    return [(entry.action, entry.actor) for entry in reversed(AuditLog(state).entries(business_id))]


def test_a_life_is_told_with_who_and_when(any_state: StateDatabase, clock: HandClock) -> None:
    connections = _connections(any_state, clock)
    connections.connect("acme", project_id="abc1234", token=ONE, actor="cli:anna")
    clock.advance(hours=1)
    connections.update("acme", name="Acme", kept_query_parameters=("page",), actor="panel:ben@agency.test")
    connections.update("acme", token=SAME_PROJECT, actor="portal:cleo@acme.test")
    connections.reject("acme", SAME_PROJECT)
    connections.update("acme", token=OTHER, actor="panel:ben@agency.test")
    connections.disable("acme", actor="panel:ben@agency.test")
    connections.enable("acme", actor="panel:ben@agency.test")
    connections.disconnect("acme", actor="cli:anna")
    assert _said(any_state, "acme") == [
        ("connected", "cli:anna"), ("updated", "panel:ben@agency.test"), ("token_replaced", "portal:cleo@acme.test"),
        ("rejected", "pipeline"), ("token_replaced", "panel:ben@agency.test"), ("enabled", "panel:ben@agency.test"),
        ("paused", "panel:ben@agency.test"), ("enabled", "panel:ben@agency.test"), ("disconnected", "cli:anna"),
    ]  # fmt: skip
    entries = AuditLog(any_state).entries("acme")
    assert [entry.at for entry in entries] == [clock.now] * 8 + [HandClock().now]
    assert entries[7].detail == {"fields": ["name", "kept_query_parameters"]}
    assert entries[7].sentence == "changed name, kept parameters"
    assert entries[6].sentence == f"stored a new token (fingerprint {entries[6].detail['token']})"


@pytest.mark.parametrize("action", get_args(Action))
def test_every_action_has_a_sentence_also_without_detail(action: Action) -> None:
    assert sentence(action, {})


def test_the_two_switches_are_changes_like_the_others(any_state: StateDatabase, clock: HandClock) -> None:
    connections = _connections(any_state, clock)
    connections.connect("acme", project_id="abc1234", token=ONE)
    connections.update("acme", totals=True, back_off=True, actor="cli:anna")
    connections.update("acme", totals=True, actor="cli:anna")
    (entry, _) = AuditLog(any_state).entries("acme")
    assert (entry.actor, entry.detail) == ("cli:anna", {"fields": ["totals", "back_off"]})
    assert entry.sentence == "changed the switch for totals, the switch for the back-off"


def test_sharing_is_recorded_with_whom_and_ends_with_another_token(any_state: StateDatabase, clock: HandClock) -> None:
    connections = _connections(any_state, clock)
    connections.connect("acme", project_id="abc1234", token=ONE)
    with pytest.raises(SharedProject, match="connected as acme already") as caught:
        connections.connect("beta", project_id="abc1234", token=SAME_PROJECT)
    assert (caught.value.reason, caught.value.others) == ("shared_project", ("acme",))
    assert [each.business_id for each in connections.all()] == ["acme"], "nothing is stored"
    assert _said(any_state, "beta") == []
    assert connections.connect("beta", project_id="abc1234", token=SAME_PROJECT, allow_shared=True).shared_allowed
    assert AuditLog(any_state).entries("beta")[0].detail == {"with": ["acme"]}
    assert connections.get("acme").quota_key == connections.get("beta").quota_key
    assert connections.update("beta", token=ONE).shared_allowed, "the same project again needs no second word"
    assert not connections.update("beta", token=OTHER).shared_allowed
    with pytest.raises(SharedProject):
        connections.update("beta", token=ONE)
    connections.disconnect("acme")
    assert not connections.update("beta", token=ONE).shared_allowed
    with pytest.raises(SharedProject):
        connections.connect("acme", project_id="abc1234", token=ONE)


def test_a_change_that_fails_leaves_no_entry_and_an_entry_that_fails_no_change(state: StateDatabase, clock: HandClock) -> None:
    connections = _connections(state, clock)
    connections.connect("acme", project_id="abc1234", token=ONE)
    with state.write() as connection:
        connection.exec_driver_sql("create trigger full before insert on clarity_audit_log begin select raise(abort, 'no'); end")
    with pytest.raises((sa.exc.DBAPIError, ClarityPipelineError)):
        connections.disable("acme")
    assert connections.get("acme").enabled
    assert _said(state) == [("connected", "pipeline")]


def test_entries_are_newest_first_limited_and_of_one_or_all(any_state: StateDatabase, clock: HandClock) -> None:
    with any_state.write() as connection:
        for number in range(5):
            slug = None if number == 4 else f"b{number % 2}"
            note(connection, "keys_rotated", at=clock.now, business_id=slug, actor=" a\nb ", secrets=number, nothing=None)
    log = AuditLog(any_state)
    assert [entry.detail for entry in log.entries(limit=2)] == [{"secrets": 4}, {"secrets": 3}]
    assert [entry.detail["secrets"] for entry in log.entries("b0")] == [2, 0]
    assert log.entries()[0].actor == "a b"
    assert log.entries("nobody") == []


STEPS = st.sampled_from(
    [
        ("connect", ONE), ("connect", OTHER), ("update", ONE), ("update", SAME_PROJECT), ("update", None), ("enable", None),
        ("disable", None), ("reject", ONE), ("reject", OTHER), ("disconnect", None),
    ]
)  # fmt: skip


def _apply(connections: Connections, step: str, token: Token | None) -> None:
    if step == "connect" and token:
        connections.connect("acme", project_id="abc1234", token=token)
    elif step == "update":
        connections.update("acme", token=token, name="Other")
    elif step == "reject" and token:
        connections.reject("acme", token)
    else:
        getattr(connections, step)("acme")


def folded(entries: list[Entry]) -> tuple[bool, bool, str | None]:
    """Token stored, enabled, why not: as somebody would tell them who has nothing but the log."""
    stored, enabled, reason = False, False, None
    for entry in reversed(entries):
        match entry.action:
            case "connected":
                stored, enabled, reason = True, True, None
            case "enabled":
                enabled, reason = True, None
            case "paused" | "rejected" | "disconnected":
                enabled, reason = False, {"rejected": "token_rejected"}.get(entry.action, entry.action)
                stored = stored and entry.action != "disconnected"
    return stored, enabled, reason


@settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEPS, max_size=12))
def test_whoever_has_only_the_log_knows_the_state(migrated_file: Path, steps: list[tuple[str, Token | None]]) -> None:
    with TemporaryDirectory() as folder:
        state = StateDatabase(f"sqlite:///{shutil.copy(migrated_file, folder)}")
        connections = _connections(state, HandClock())
        connections.connect("acme", project_id="abc1234", token=ONE)
        for step, token in steps:
            try:
                _apply(connections, step, token)
            except ClarityPipelineError:
                continue
        acme, entries = connections.get("acme"), AuditLog(state).entries(limit=1000)
        assert folded(entries) == (acme.token_stored, acme.enabled, acme.disabled_reason)
        told = json.dumps([dict(entry.detail) for entry in entries])
        for token in (ONE, SAME_PROJECT, OTHER):
            assert token.reveal()[-20:] not in told
        with state.read() as connection:
            fingerprints = connection.scalars(sa.select(business_config.c.token_fingerprint)).all()
        assert not [each for each in fingerprints if each and each in told]
        state.dispose()
