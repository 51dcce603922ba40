"""Stored channels: sealed, noted, and one that is broken holds up no other."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from clarity_pipeline.alerts.channels.address import WebhookUrlRefused
from clarity_pipeline.alerts.channels.channel import DeliveryFailed
from clarity_pipeline.alerts.channels.config import ChannelConfig, InvalidChannel, options_of
from clarity_pipeline.alerts.channels.email import EmailConfig
from clarity_pipeline.alerts.channels.kinds import KINDS, as_text, from_text
from clarity_pipeline.alerts.channels.slack import SlackConfig
from clarity_pipeline.alerts.channels.teams import TeamsConfig
from clarity_pipeline.alerts.channels.webhook import ActionConfig, SigningSecretRefused, WebhookConfig
from clarity_pipeline.alerts.outbox.channel_store import Channels
from clarity_pipeline.alerts.outbox.stored_channel import UnknownChannel, stored_routes
from clarity_pipeline.cli.alerts.channel_config import OPTIONS
from clarity_pipeline.connections.audit import AuditLog
from clarity_pipeline.connections.secrets import load_secret_box
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.settings.variables import SettingsError
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.messages import channels as table
from clarity_pipeline_tests.alerts.channels.made_up import document
from clarity_pipeline_tests.alerts.made_up import HandClock
from clarity_pipeline_tests.alerts.receiver import Receiver, receiving

URL = "https://hooks.slack.com/services/T000/B000/s3cret-s3cret-wxyz"
MAIL = EmailConfig(host="smtp.agency.example", security="starttls", sender="a@agency.example", recipients=("b@agency.example",))


@pytest.fixture
def store(any_state: StateDatabase, tmp_path: Path) -> Channels:
    return store_of(any_state, tmp_path)


def store_of(state: StateDatabase, home: Path, *allowed: str) -> Channels:
    return Channels(state, secrets=load_secret_box(Settings(home=home)), clock=HandClock(), allowed=frozenset(allowed))


def test_a_channel_comes_back_as_it_was_stored_and_its_address_is_sealed(store: Channels, any_state: StateDatabase) -> None:
    added = store.add("ops", SlackConfig(url=URL), businesses=("acme",), min_severity="warning", actor="cli:anna")
    assert (added.businesses, added.min_severity, added.mode, added.enabled) == (("acme",), "warning", "digest", True)
    assert store.all() == [added]
    assert store.config_of(added) == SlackConfig(url=URL)
    store.add("boss", MAIL, actor="cli:anna")
    assert store.config_of(store.get("boss")) == MAIL
    with any_state.read() as connection:
        assert "s3cret" not in str(connection.execute(sa.select(table)).all())
    assert "s3cret" not in repr((added, store.config_of(added)))
    assert store.config_of(added).hint == "hooks.slack.com …wxyz"


def test_a_ciphertext_of_another_channel_does_not_open(store: Channels, any_state: StateDatabase) -> None:
    """Who can write rows could otherwise have one client's alerts sent to another's address."""
    ops = store.add("ops", SlackConfig(url=URL), actor="cli:anna")
    store.add("other", SlackConfig(url=URL + "2"), actor="cli:anna")
    with any_state.write() as connection:
        connection.execute(sa.update(table).where(table.c.channel_id == "other").values(config_ciphertext=ops.ciphertext))
    with pytest.raises(DeliveryFailed, match="secret_unreadable"):
        store.open(store.get("other")).send(document())


def test_every_change_is_noted_without_what_is_secret(store: Channels, any_state: StateDatabase) -> None:
    store.add("ops", SlackConfig(url=URL), actor="cli:anna")
    store.update("ops", mode="immediate", config=SlackConfig(url=URL + "2"), actor="cli:bob")
    store.disable("ops", actor="cli:bob")
    with any_state.read() as connection:
        assert (store.get("ops").disabled_reason, stored_routes(connection)) == ("by_hand", ())
    store.enable("ops", actor="cli:bob")
    store.remove("ops", actor="cli:bob")
    entries = AuditLog(any_state).entries()
    assert [each.sentence for each in reversed(entries)] == [
        "added the channel ops (slack)",
        "changed mode, address and secrets of the channel ops (slack)",
        "switched off the channel ops (slack): by_hand",
        "enabled the channel ops (slack)",
        "removed the channel ops (slack)",
    ]
    assert "s3cret" not in repr(entries)
    with pytest.raises(UnknownChannel, match="none yet"):
        store.get("ops")


@pytest.mark.parametrize("channel_id", ["log", "webhook", "all", "", "Ops", "-x", "x" * 64])
def test_an_id_that_would_be_taken_for_something_else_is_refused(store: Channels, channel_id: str) -> None:
    with pytest.raises(InvalidChannel, match="such as ops-mail"):
        store.add(channel_id, SlackConfig(url=URL), actor="cli:anna")


def test_addresses_are_checked_before_they_are_stored(store: Channels) -> None:
    with pytest.raises(WebhookUrlRefused, match="CLARITY_WEBHOOK_ALLOW"):
        store.add("ops", SlackConfig(url="http://10.0.0.1/s3cret"), actor="cli:anna")
    for secret in (None, "whsec_short"):
        with pytest.raises(SigningSecretRefused):
            store.add("ops", ActionConfig(url=URL, secret=secret), actor="cli:anna")
    for mail in ({"recipients": ("b@agency.example\nBcc: x@y.z",)}, {"recipients": ()}, {"sender": "x"}, {"host": "a b"}):
        with pytest.raises(InvalidChannel):
            store.add("boss", replace(MAIL, **mail), actor="a")
    assert store.all() == []


def test_an_internal_hook_is_posted_to_as_long_as_the_deployment_lists_it(
    any_state: StateDatabase, tmp_path: Path, receiver: Receiver
) -> None:
    """Without the list an address of this machine is refused, with http or https."""
    place = receiver.url.split("/")[2]
    with pytest.raises(WebhookUrlRefused):
        store_of(any_state, tmp_path).add("ops", SlackConfig(url=receiver.url), actor="cli:anna")
    for allowed in ({place}, {"127.0.0.1"}):
        listed = store_of(any_state, tmp_path, *allowed)
        if not listed.all():
            listed.add("ops", SlackConfig(url=receiver.url), actor="cli:anna")
        listed.open(listed.get("ops")).send(document())
    assert len(receiver.got) == 2
    unlisted = store_of(any_state, tmp_path, "127.0.0.2", "127.0.0.1:1")
    with pytest.raises(DeliveryFailed, match="bad_webhook_url"):
        unlisted.open(unlisted.get("ops")).send(document())


def test_the_list_of_internal_hooks_is_read_from_the_environment() -> None:
    read = Settings.from_env({"CLARITY_WEBHOOK_ALLOW": "Hooks.internal:8443, 10.0.0.5,[::1]:80,"})
    assert read.webhook_allow == {"hooks.internal:8443", "10.0.0.5", "[::1]:80"}
    for wrong in ("https://hooks.internal", "a/b", "user@host", "host:port", "h?x"):
        with pytest.raises(SettingsError, match="CLARITY_WEBHOOK_ALLOW must be hosts"):
            Settings.from_env({"CLARITY_WEBHOOK_ALLOW": wrong})


def test_a_receiver_of_a_stored_channel_may_be_gone_meanwhile(any_state: StateDatabase, tmp_path: Path) -> None:
    with receiving() as gone:
        store = store_of(any_state, tmp_path, "127.0.0.1")
        store.add("ops", TeamsConfig(url=gone.url), actor="cli:anna")
    with pytest.raises(DeliveryFailed, match="connection"):
        store.open(store.get("ops")).send(document())


@pytest.mark.parametrize(
    ("kind", "sealed", "is_now"),
    [
        ("slack", {"url": URL, "secret": None, "ca_file": None}, SlackConfig(url=URL)),
        ("webhook", {"url": URL, "secret": "whsec_x", "ca_file": "/a"}, WebhookConfig(url=URL, secret="whsec_x", ca_file="/a")),
        (
            "email",
            {"host": "h", "port": 587, "security": "starttls", "sender": "a@b.c", "recipients": ["d@e.f"], "username": "u",
             "password": "p", "ca_file": None},
            EmailConfig(host="h", sender="a@b.c", recipients=("d@e.f",), username="u", password="p"),
        ),
        (
            "email",
            {"host": "h", "port": 2525, "security": "tls", "sender": "a@b.c", "recipients": ["d@e.f"], "username": None,
             "password": None, "ca_file": None},
            EmailConfig(host="h", port=2525, security="tls", sender="a@b.c", recipients=("d@e.f",)),
        ),
    ],
)  # fmt: skip
def test_what_an_earlier_version_sealed_is_the_same_channel(kind: str, sealed: dict[str, Any], is_now: ChannelConfig) -> None:
    assert from_text(kind, json.dumps(sealed)) == is_now
    assert from_text(kind, as_text(is_now)) == is_now


def test_each_kind_says_what_it_is_and_no_flag_means_two_things() -> None:
    for kind in KINDS.values():
        assert kind.about
        assert all(not said.endswith(".") for said in kind.meanings.values())
        for name, option in options_of(kind).items():
            assert OPTIONS[name] == option
    assert len({option.flag for option in OPTIONS.values()}) == len(OPTIONS)
