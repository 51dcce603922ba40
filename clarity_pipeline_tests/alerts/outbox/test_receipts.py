"""A channel that is gone is switched off by itself; what it did not get is kept, seen and put back."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from clarity_pipeline.alerts.channels.config import HookConfig
from clarity_pipeline.alerts.outbox.channel_health import DEAD_IN_A_ROW
from clarity_pipeline.alerts.outbox.channel_store import Channels, off_by_itself
from clarity_pipeline.alerts.outbox.outbox import BACKOFF_SECONDS, Delivered, deliver
from clarity_pipeline.alerts.outbox.receipts import NothingToResend, list_receipts, resend, resend_dead
from clarity_pipeline.connections.audit import AuditLog
from clarity_pipeline.connections.secrets import load_secret_box
from clarity_pipeline.settings import Settings
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.alerts import alerts
from clarity_pipeline.state.schema.messages import outbox, told
from clarity_pipeline.state.schema.rules import rule_evaluations
from clarity_pipeline_tests.alerts.made_up import NOW, HandClock, rows
from clarity_pipeline_tests.alerts.outbox.test_outbox import fill
from clarity_pipeline_tests.alerts.receiver import Receiver


class Office:
    """A stored channel `ops`, and messages for it."""

    def __init__(self, state: StateDatabase, home: Path, clock: HandClock, receiver: Receiver) -> None:
        self.state, self.clock = state, clock
        box = load_secret_box(Settings(home=home))
        self.channels = Channels(state, secrets=box, clock=clock, allowed=frozenset({"127.0.0.1"}))
        self.channels.add("ops", "slack", HookConfig(url=receiver.url), actor="cli:anna")

    def deliver(self) -> Delivered:
        channels = {each.channel_id: self.channels.open(each) for each in self.channels.all() if each.enabled}
        return deliver(self.state, channels=channels, clock=self.clock, played=self.clock, sleep=self.clock.sleep)

    def on_its_last_try(self) -> None:
        with self.state.write() as connection:
            pending = outbox.c.state == "pending"
            connection.execute(sa.update(outbox).where(pending).values(attempts=len(BACKOFF_SECONDS)))

    @property
    def reason(self) -> str | None:
        return self.channels.get("ops").disabled_reason


@pytest.fixture
def office(any_state: StateDatabase, tmp_path: Path, clock: HandClock, receiver: Receiver) -> Office:
    return Office(any_state, tmp_path, clock, receiver)


def test_a_channel_that_says_gone_is_off_and_what_waited_for_it_is_kept_and_put_back(office: Office, receiver: Receiver) -> None:
    fill(office.state, 3, channel="ops")
    receiver.answers[:] = [410]
    assert office.deliver() == Delivered(dead=1)
    assert office.reason == "gone"
    assert [each.channel_id for each in off_by_itself(office.state)] == ["ops"]
    assert AuditLog(office.state).entries()[0].sentence == "switched off the channel ops (slack): gone"
    assert AuditLog(office.state).entries()[0].actor == "pipeline"
    assert sorted(rows(office.state, outbox, "state", "last_error")) == [
        ("dead", "channel_disabled"), ("dead", "channel_disabled"), ("dead", "http_410"),
    ]  # fmt: skip
    assert len(receiver.got) == 1, "a receiver that is gone is left alone"
    with pytest.raises(NothingToResend, match="channels enable ops"):
        resend_dead(office.state, channel="ops", now=NOW)
    office.channels.enable("ops", actor="cli:anna")
    assert resend_dead(office.state, channel="ops", now=NOW) == 3
    assert office.deliver() == Delivered(sent=3)
    assert off_by_itself(office.state) == []


def test_dead_letters_in_a_row_switch_a_channel_off_and_one_that_arrives_begins_the_count_anew(
    office: Office, receiver: Receiver
) -> None:
    """A count that nothing resets would end a channel that loses one message a month."""
    for _ in range(2):
        fill(office.state, DEAD_IN_A_ROW - 1, channel="ops")
        office.on_its_last_try()
        receiver.answers[:] = [500] * (DEAD_IN_A_ROW - 1)
        while office.deliver() != Delivered():
            pass
        assert office.reason is None
        with office.state.write() as connection:
            connection.execute(sa.delete(alerts))
            connection.execute(sa.delete(rule_evaluations))
            connection.execute(sa.delete(told))
            connection.execute(sa.delete(outbox))
        fill(office.state, 1, channel="ops")
        assert office.deliver() == Delivered(sent=1)
        with office.state.write() as connection:
            for table in (alerts, rule_evaluations, told, outbox):
                connection.execute(sa.delete(table))
    fill(office.state, DEAD_IN_A_ROW + 2, channel="ops")
    office.on_its_last_try()
    receiver.answers[:] = [500] * 100
    while office.deliver() != Delivered():
        pass
    assert office.reason == "dead_letters"
    assert len(receiver.answers) == 100 - DEAD_IN_A_ROW
    assert set(rows(office.state, outbox, "state")) == {"dead"}


def test_each_message_is_listed_with_what_became_of_it(office: Office, receiver: Receiver) -> None:
    fill(office.state, 2, channel="ops")
    receiver.answers[:] = [200, 500]
    office.deliver()
    failed, sent = sorted(list_receipts(office.state), key=lambda each: str(each["state"]))
    assert (sent["state"], sent["channel"], sent["business"], sent["attempts"], len(sent["alerts"])) == (
        "sent", "ops", sent["business"], 1, 1,
    )  # fmt: skip
    assert (failed["state"], failed["last_error"], failed["sent_at"]) == ("pending", "http_500", None)
    assert list_receipts(office.state, dead_only=True) == []


def test_only_what_was_given_up_is_put_back_by_its_id_or_the_beginning_of_it(office: Office, receiver: Receiver) -> None:
    fill(office.state, 1, channel="ops")
    (message_id,) = rows(office.state, outbox, "message_id")
    with pytest.raises(NothingToResend, match="it is pending"):
        resend(office.state, message_id, now=NOW)
    office.channels.disable("ops", actor="cli:anna")
    office.channels.enable("ops", actor="cli:anna")
    for wrong in ("", message_id[:7], "%" * 12, "0" * 12):
        with pytest.raises(NothingToResend, match="deliveries --dead"):
            resend(office.state, wrong, now=NOW)
    assert resend(office.state, message_id[:12], now=NOW) == 1
    assert office.deliver() == Delivered(sent=1)
    assert list(receiver.got[0][0]["webhook-id"]) == list(message_id)
    with office.state.write() as connection:
        connection.execute(sa.update(outbox).values(state="dead", expires_at=NOW))
    with pytest.raises(NothingToResend, match="expired"):
        resend(office.state, message_id, now=NOW)


def test_what_waits_for_a_removed_channel_is_kept(office: Office) -> None:
    fill(office.state, 1, channel="ops")
    office.channels.remove("ops", actor="cli:anna")
    assert rows(office.state, outbox, "state", "last_error") == [("dead", "channel_removed")]
    with pytest.raises(NothingToResend, match="no such channel"):
        resend_dead(office.state, channel="ops", now=NOW)
