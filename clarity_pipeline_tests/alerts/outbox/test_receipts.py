"""What became of each message, and how one that was given up is put back."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from clarity_pipeline.alerts.outbox.outbox import Delivered
from clarity_pipeline.alerts.outbox.receipts import NothingToResend, list_receipts, resend, resend_dead
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.messages import outbox
from clarity_pipeline_tests.alerts.made_up import NOW, HandClock, rows
from clarity_pipeline_tests.alerts.outbox.office import Office
from clarity_pipeline_tests.alerts.outbox.test_outbox import fill
from clarity_pipeline_tests.alerts.receiver import Receiver


@pytest.fixture
def office(any_state: StateDatabase, tmp_path: Path, clock: HandClock, receiver: Receiver) -> Office:
    return Office(any_state, tmp_path, clock, receiver)


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


def test_a_message_that_is_put_back_is_young_again(office: Office) -> None:
    """Else the age of which it died would end it once more before it is tried."""
    fill(office.state, 1, channel="ops")
    office.channels.disable("ops", actor="cli:anna")
    office.channels.enable("ops", actor="cli:anna")
    office.clock.sleep(30 * 86_400)
    assert resend_dead(office.state, channel="ops", now=office.clock.now) == 1
    assert office.deliver() == Delivered(sent=1)
