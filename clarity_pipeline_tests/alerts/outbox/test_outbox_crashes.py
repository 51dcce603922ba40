"""Senders killed with SIGKILL: every message arrives, and what arrives twice has the same id."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from clarity_pipeline.alerts.outbox.routing import Route, Routes
from clarity_pipeline.alerts.record import record
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.alerts import alerts
from clarity_pipeline.state.schema.messages import outbox, told
from clarity_pipeline_tests.alerts.made_up import NOW, judgement, rows, run, stored
from clarity_pipeline_tests.alerts.receiver import Receiver

LEASE_SECONDS = 0.4

SENDER = f"""
import sys
from clarity_pipeline.alerts.outbox.outbox import deliver
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline_tests.alerts.made_up import NOW
from clarity_pipeline_tests.alerts.receiver import hook_to

print("ready", flush=True)
channels = {{"webhook": hook_to(sys.argv[2])}}
deliver(StateDatabase(sys.argv[1]), channels=channels, lease_seconds={LEASE_SECONDS}, played=lambda: NOW)
"""


def sender(tmp_path: Path, receiver: Receiver, *, failpoint: str = "") -> subprocess.Popen[bytes]:
    """A process that delivers; it has started when this returns."""
    process = subprocess.Popen(
        [sys.executable, "-c", SENDER, f"sqlite:///{tmp_path / 'state.db'}", receiver.url],
        env={**os.environ, "CLARITY_FAILPOINT": failpoint},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.stdout.close()
    return process


@pytest.mark.parametrize(("failpoint", "copies"), [("message_claimed", 1), ("message_sent", 2)])
def test_a_sender_killed_around_the_send_loses_nothing(
    state: StateDatabase, tmp_path: Path, receiver: Receiver, failpoint: str, copies: int
) -> None:
    run(state, {1: "fired"}, channels=("webhook",))
    assert sender(tmp_path, receiver, failpoint=failpoint).wait(20) == -signal.SIGKILL
    assert rows(state, outbox, "state") == ["pending"]
    time.sleep(LEASE_SECONDS)
    assert sender(tmp_path, receiver).wait(20) == 0
    assert list(receiver.ids.values()) == [copies]
    assert rows(state, outbox, "state", "attempts") == [("sent", 2)]


@pytest.mark.slow("senders in processes of their own, killed by the dozen")
def test_senders_killed_at_random_lose_nothing_and_repeat_at_most_once_a_kill(
    state: StateDatabase, tmp_path: Path, receiver: Receiver
) -> None:
    for number in range(60):
        run(state, {1: "fired"}, business=f"business-{number}", channels=("webhook",))
    dice = random.Random(7)
    kills = 0
    for _ in range(4):
        process = sender(tmp_path, receiver)
        time.sleep(dice.uniform(0.02, 0.15))
        process.kill()
        kills += process.wait(20) != 0
    time.sleep(LEASE_SECONDS)
    assert sender(tmp_path, receiver).wait(20) == 0
    assert set(rows(state, outbox, "state")) == {"sent"}
    assert len(receiver.ids) == 60
    assert receiver.ids.total() <= 60 + kills


@pytest.mark.slow("senders in processes of their own, killed by the dozen")
def test_digests_survive_senders_killed_at_random_with_all_that_they_hold(
    state: StateDatabase, tmp_path: Path, receiver: Receiver
) -> None:
    rules = [stored(id=f"rule-{number}") for number in range(3)]
    routes = Routes((), (Route("webhook"),))
    for number in range(40):
        found = [judgement(1, "fired", business=f"business-{number}", by=rule) for rule in rules]
        assert record(state, clock=lambda: NOW, judgements=found, routes=routes).messages == 1
    assert sender(tmp_path, receiver, failpoint="message_sent").wait(20) == -signal.SIGKILL
    dice, kills = random.Random(11), 1
    for _ in range(4):
        process = sender(tmp_path, receiver)
        time.sleep(dice.uniform(0.02, 0.15))
        process.kill()
        kills += process.wait(20) != 0
    time.sleep(LEASE_SECONDS)
    assert sender(tmp_path, receiver).wait(20) == 0
    assert set(rows(state, outbox, "state")) == {"sent"}
    arrived = {alert["alert_id"] for _, body in receiver.got for alert in body["data"]["alerts"]}
    assert arrived == set(rows(state, alerts, "alert_id"))
    assert (len(receiver.ids), len(arrived)) == (40, 120)
    assert 40 < receiver.ids.total() <= 40 + kills


def test_a_run_killed_before_it_is_written_down_tells_it_all_the_next_time(
    state: StateDatabase, tmp_path: Path, receiver: Receiver
) -> None:
    """A record of what was told that is written in a transaction of its own would say so of messages that nobody ever has."""
    code = f"""
import os, signal, sqlalchemy as sa
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline_tests.alerts.made_up import run
state = StateDatabase("sqlite:///{tmp_path / "state.db"}")
sa.event.listen(state._engine, "commit", lambda connection: os.kill(os.getpid(), signal.SIGKILL))
run(state, {{1: "fired"}}, channels=("webhook",))
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGKILL
    assert (rows(state, told, "channel"), rows(state, outbox, "channel")) == ([], [])
    assert run(state, {1: "fired"}, channels=("webhook",)).messages == 1
    assert rows(state, told, "channel") == rows(state, outbox, "channel") == ["webhook"]
