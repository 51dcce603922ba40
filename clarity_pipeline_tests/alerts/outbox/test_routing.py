"""Whom news is for, and what of it comes in one message."""

from typing import Any

import pytest
import sqlalchemy as sa

from clarity_pipeline.alerts.outbox.outbox import Delivered, deliver
from clarity_pipeline.alerts.outbox.routing import Route, Routes
from clarity_pipeline.alerts.record import record
from clarity_pipeline.rules.book.rule_store import StoredRule
from clarity_pipeline.rules.engine.evidence import Outcome
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.messages import outbox
from clarity_pipeline.state.schema.messages import told as told_table
from clarity_pipeline_tests.alerts.made_up import NOW, HandClock, judgement, rows, stored
from clarity_pipeline_tests.alerts.receiver import Receiver, hook_to

DIGEST = Routes((), (Route("ops"),))


def judged(state: StateDatabase, routes: Routes, number: int, outcomes: dict[str, Outcome], *rules: StoredRule) -> int:
    """One run over a day; how many messages it wrote."""
    found = [judgement(number, outcome, business=business, by=rule) for business, outcome in outcomes.items() for rule in rules]
    return record(state, clock=lambda: NOW, judgements=found, routes=routes).messages


def told(state: StateDatabase) -> list[tuple[str, str]]:
    return sorted(rows(state, told_table, "channel", "transition"))


@pytest.mark.parametrize(
    ("route", "is_told"),
    [
        (Route("ops"), True),
        (Route("ops", businesses=("acme",)), True),
        (Route("ops", businesses=("beta",)), False),
        (Route("ops", min_severity="warning"), True),
        (Route("ops", min_severity="critical"), False),
        (Route("ads", for_actions=True), False),
    ],
    ids=str,
)
def test_a_channel_hears_of_its_businesses_and_of_what_is_grave_enough(route: Route, is_told: bool) -> None:
    assert bool(Routes((), (route,)).of(stored().rule, "acme")) is is_told


def test_a_rule_says_which_channels_are_told() -> None:
    rule = stored(channels=["ops", "log"]).rule
    assert Routes(("log", "webhook"), (Route("ops"), Route("others"))).of(rule, "acme") == ("log", "ops")


def test_a_digest_is_one_message_a_business_and_day_with_all_its_news_gravest_first(any_state: StateDatabase) -> None:
    rules = [stored(id=f"rule-{number}", severity=severity) for number, severity in enumerate(("info", "warning", "info"))]
    assert judged(any_state, DIGEST, 1, {"acme": "fired", "beta": "fired"}, *rules) == 2
    first, second = sorted(rows(any_state, outbox, "payload"), key=lambda document: document["data"]["business"])
    assert (first["type"], first["data"]["business"], first["data"]["date"]) == ("clarity.alert.digest", "acme", "2026-11-01")
    assert [each["severity"] for each in first["data"]["alerts"]] == ["warning", "info", "info"]
    assert {each["type"] for each in first["data"]["alerts"]} == {"clarity.alert.opened"}
    assert first["id"] != second["id"]
    assert told(any_state) == [("ops", "opened")] * 6
    assert judged(any_state, DIGEST, 1, {"acme": "fired", "beta": "fired"}, *rules) == 0, "what was told is told once"
    assert judged(any_state, DIGEST, 2, {"acme": "not"}, *rules) == 1
    assert [transition for _, transition in told(any_state)].count("resolved") == 3


def test_what_is_critical_waits_for_no_digest(any_state: StateDatabase) -> None:
    rules = [stored(id="grave", severity="critical"), stored(id="mild"), stored(id="mild-too")]
    assert judged(any_state, DIGEST, 1, {"acme": "fired"}, *rules) == 2
    assert sorted(rows(any_state, outbox, "transition")) == ["digest", "opened"]
    assert judged(any_state, Routes((), (Route("each", mode="immediate"),)), 2, {"acme": "fired"}, *rules) == 3


def test_the_id_of_a_digest_is_that_of_its_contents(state: StateDatabase, tmp_path: Any) -> None:
    other = StateDatabase(f"sqlite:///{tmp_path / 'other.db'}")
    other.migrate()
    for each, order in ((state, 1), (other, -1)):
        judged(each, DIGEST, 1, {"acme": "fired"}, *[stored(id=name) for name in ("a", "b")][::order])
    assert rows(state, outbox, "message_id") == rows(other, outbox, "message_id")
    other.dispose()


def test_an_all_clear_in_a_digest_waits_for_the_digest_with_its_alarm(
    any_state: StateDatabase, clock: HandClock, receiver: Receiver
) -> None:
    """Looking at the outbox alone, which names no alert of a digest, would let it overtake."""
    rules = [stored(id="a"), stored(id="b")]
    for number, outcome in ((1, "fired"), (2, "not")):
        judged(any_state, DIGEST, number, {"acme": outcome}, *rules)  # type: ignore[dict-item]
    receiver.answers[:] = [500]
    channels = {"ops": hook_to(receiver.url)}
    assert deliver(any_state, channels=channels, clock=clock, played=clock) == Delivered(failed=1)
    clock.sleep(5)
    assert deliver(any_state, channels=channels, clock=clock, played=clock) == Delivered(sent=2)
    assert [body["data"]["alerts"][0]["state"] for _, body in receiver.got] == ["firing", "firing", "resolved"]


def test_what_was_told_before_digests_were_is_known_and_not_told_again(empty_state_url: str) -> None:
    from alembic import command
    from alembic.config import Config

    state, config = StateDatabase(empty_state_url), Config()
    config.set_main_option("script_location", "clarity_pipeline.state:migrations")
    with state.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0007")
    old = StateDatabase(empty_state_url)
    with old.write() as connection:
        connection.exec_driver_sql(
            "insert into clarity_outbox (message_id, alert_id, transition, channel, payload, state, attempts, due_at, created_at)"
            " values ('m', 'a', 'opened', 'log', '{}', 'sent', 1, '2026-11-01 00:00:00', '2026-11-01 00:00:00')"
        )
    state.migrate()
    with state.read() as connection:
        assert [tuple(row) for row in connection.execute(sa.select(told_table))] == [("log", "a", "opened", "m")]
    for each in (state, old):
        each.dispose()
