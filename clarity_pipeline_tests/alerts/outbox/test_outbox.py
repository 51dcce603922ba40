"""Delivery on real databases to a real receiver, with a clock that only moves when somebody sleeps."""

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from clarity_pipeline.alerts.channels.channel import Channel, DeliveryFailed, Document
from clarity_pipeline.alerts.outbox.due import KEPT_FOR
from clarity_pipeline.alerts.outbox.outbox import BACKOFF_SECONDS, Delivered, deliver
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.messages import outbox
from clarity_pipeline.state.schema.rules import rules
from clarity_pipeline_tests.alerts.made_up import NOW, HandClock, rows, run
from clarity_pipeline_tests.alerts.receiver import Receiver, hook_to
from clarity_pipeline_tests.postgres import ends_the_connection


def fill(state: StateDatabase, count: int, *, channel: str = "webhook") -> None:
    """One firing alert of each of `count` businesses."""
    for number in range(count):
        run(state, {1: "fired"}, business=f"business-{number:03}", channels=(channel,))


def send(state: StateDatabase, clock: HandClock, channels: Mapping[str, Channel], **how: Any) -> Delivered:
    how = {"played": lambda: NOW, "jitter": lambda: 0.5, **how}
    return deliver(state, channels=channels, clock=clock, sleep=clock.sleep, **how)


def test_what_is_due_is_sent_once_and_written_down_as_sent(
    any_state: StateDatabase, clock: HandClock, receiver: Receiver
) -> None:
    fill(any_state, 3)
    channels = {"webhook": hook_to(receiver.url)}
    assert send(any_state, clock, channels) == Delivered(sent=3)
    assert send(any_state, clock, channels) == Delivered()
    assert sorted(receiver.ids.values()) == [1, 1, 1]
    assert set(rows(any_state, outbox, "state", "attempts", "lease_owner", "last_error", "sent_at")) == {
        ("sent", 1, None, None, clock.now)
    }


@pytest.mark.slow("a state in Postgres, whose connections end")
@pytest.mark.parametrize("write", [1, 2, 3, 4])
def test_a_server_that_goes_away_at_a_claim_or_a_note_repeats_no_message_and_loses_no_count(
    migrated_address: Callable[[str], str], clock: HandClock, receiver: Receiver, write: int
) -> None:
    state = StateDatabase(migrated_address("postgres"))
    fill(state, 2)
    with state.write() as connection:
        connection.execute(sa.text(ends_the_connection("clarity_outbox", on="update", at=(write,))))
    channels = {"webhook": hook_to(receiver.url)}
    assert send(state, clock, channels) == Delivered(sent=2)
    assert sorted(receiver.ids.values()) == [1, 1]
    assert set(rows(state, outbox, "state", "attempts")) == {("sent", 1)}
    state.dispose()


def test_a_500_is_tried_again_after_its_pause_under_the_same_id(
    any_state: StateDatabase, clock: HandClock, receiver: Receiver
) -> None:
    fill(any_state, 1)
    channels = {"webhook": hook_to(receiver.url)}
    receiver.answers[:] = [500]
    assert send(any_state, clock, channels) == Delivered(failed=1)
    assert rows(any_state, outbox, "state", "last_error", "due_at") == [
        ("pending", "http_500", clock.now + timedelta(seconds=BACKOFF_SECONDS[0]))
    ]
    assert send(any_state, clock, channels) == Delivered()
    clock.sleep(BACKOFF_SECONDS[0])
    assert send(any_state, clock, channels) == Delivered(sent=1)
    assert list(receiver.ids.values()) == [2]
    assert rows(any_state, outbox, "last_error") == [None]


def test_with_patience_a_pass_waits_for_its_own_retries_and_no_longer(
    state: StateDatabase, clock: HandClock, receiver: Receiver
) -> None:
    fill(state, 1)
    channels = {"webhook": hook_to(receiver.url)}
    receiver.answers[:] = [500, 500, 500]
    assert send(state, clock, channels, patience_seconds=13) == Delivered(failed=3)
    assert clock.slept == [2, 10]
    clock.sleep(60)
    assert send(state, clock, channels) == Delivered(sent=1)


def test_a_clock_that_stands_still_does_not_make_a_patient_pass_endless(state: StateDatabase, receiver: Receiver) -> None:
    fill(state, 1)
    receiver.answers[:] = [500]
    slept: list[float] = []
    channels = {"webhook": hook_to(receiver.url)}
    still: dict[str, Any] = {"clock": lambda: NOW, "played": lambda: NOW, "sleep": slept.append}
    assert deliver(state, channels=channels, patience_seconds=9, **still) == Delivered(failed=1)
    assert sum(slept) <= 9


class Down:
    """A receiver that is not there for now."""

    def send(self, document: Document) -> None:
        raise DeliveryFailed("timeout")


def test_a_message_is_tried_for_fourteen_days_and_stays_to_be_seen(state: StateDatabase, clock: HandClock) -> None:
    """Giving up after a day loses what a mail server that is away over New Year should have sent."""
    fill(state, 1)
    tries = [send(state, clock, {"webhook": Down()}, played=clock)]
    while tries[-1] == Delivered(failed=1):
        clock.sleep(BACKOFF_SECONDS[min(len(tries), len(BACKOFF_SECONDS)) - 1])
        tries.append(send(state, clock, {"webhook": Down()}, played=clock))
    assert (tries[-1], set(tries[:-1])) == (Delivered(dead=1), {Delivered(failed=1)})
    assert KEPT_FOR <= clock.now - NOW < KEPT_FOR + timedelta(seconds=BACKOFF_SECONDS[-1])
    assert 80 < len(tries) < 95
    assert rows(state, outbox, "state", "last_error") == [("dead", "too_old")]


def test_what_is_for_a_channel_that_this_process_does_not_have_is_left_alone(state: StateDatabase, clock: HandClock) -> None:
    """A shell without CLARITY_ALERT_WEBHOOK_URL would otherwise spend the tries of a message that the daemon can send."""
    fill(state, 1)
    assert send(state, clock, {"other": Down()}, patience_seconds=15) == Delivered()
    assert rows(state, outbox, "state", "attempts") == [("pending", 0)]
    assert clock.slept == []


def test_pauses_are_varied_by_a_fifth_so_that_retries_do_not_come_together(state: StateDatabase, clock: HandClock) -> None:
    fill(state, 1)
    send(state, clock, {"webhook": Down()}, jitter=lambda: 0.0)
    assert rows(state, outbox, "due_at") == [clock.now + timedelta(seconds=0.8 * BACKOFF_SECONDS[0])]


def test_a_receiver_that_is_down_is_left_alone_after_three_failures_and_the_others_are_served(
    state: StateDatabase, clock: HandClock, receiver: Receiver
) -> None:
    fill(state, 5)
    fill(state, 5, channel="other")
    heard: list[Document] = []

    class Other:
        def send(self, document: Document) -> None:
            heard.append(document)

    receiver.answers[:] = [503] * 100
    assert send(state, clock, {"webhook": hook_to(receiver.url), "other": Other()}) == Delivered(sent=len(heard), failed=3)
    assert len(receiver.got) == 3


def test_an_all_clear_never_overtakes_its_alarm(any_state: StateDatabase, clock: HandClock, receiver: Receiver) -> None:
    run(any_state, {1: "fired"}, channels=("webhook",))
    run(any_state, {2: "not"}, channels=("webhook",))
    receiver.answers[:] = [500]
    channels = {"webhook": hook_to(receiver.url)}
    assert send(any_state, clock, channels) == Delivered(failed=1)
    assert send(any_state, clock, channels, patience_seconds=5) == Delivered(sent=2)
    assert [body["data"]["state"] for _, body in receiver.got] == ["firing", "firing", "resolved"]


def test_a_first_attempt_is_due_whatever_clock_wrote_the_message(
    state: StateDatabase, clock: HandClock, receiver: Receiver
) -> None:
    fill(state, 1)
    clock.now = NOW - timedelta(days=400)
    assert send(state, clock, {"webhook": hook_to(receiver.url)}) == Delivered(sent=1)


def test_a_message_under_a_lease_is_left_to_its_owner_until_the_lease_runs_out(
    any_state: StateDatabase, clock: HandClock
) -> None:
    fill(any_state, 1)
    during: list[Delivered] = []
    later: list[Delivered] = []

    class Slow:
        def send(self, document: Document) -> None:
            if not during:
                during.append(send(any_state, clock, {"webhook": self}))
                clock.sleep(61)
                later.append(send(any_state, clock, {"webhook": self}))

    first = send(any_state, clock, {"webhook": Slow()})
    assert during == [Delivered()]
    assert later == [Delivered(sent=1)]
    assert first == Delivered()  # its claim no longer held: what the second sender wrote stands
    assert rows(any_state, outbox, "state", "attempts") == [("sent", 2)]


def test_a_receiver_that_drips_cannot_hold_the_sender(state: StateDatabase, clock: HandClock, receiver: Receiver) -> None:
    fill(state, 1)
    receiver.answers[:] = ["drip"]
    channel = hook_to(receiver.url, timeout_seconds=1)
    assert send(state, clock, {"webhook": channel}, send_seconds=0.5) == Delivered(failed=1)
    assert rows(state, outbox, "last_error") == ["timeout"]


def test_a_defect_of_one_channel_is_its_failure_and_stops_nobody(
    state: StateDatabase, clock: HandClock, receiver: Receiver
) -> None:
    class Broken:
        def send(self, document: Document) -> None:
            raise KeyError("a secret")

    class Refusing:
        def send(self, document: Document) -> None:
            raise DeliveryFailed("refused")

    run(state, {1: "fired"}, channels=("webhook", "broken", "refusing"))
    channels = {"webhook": hook_to(receiver.url), "broken": Broken(), "refusing": Refusing()}
    assert send(state, clock, channels) == Delivered(sent=1, failed=2)
    assert sorted(rows(state, outbox, "channel", "last_error"), key=str) == [
        ("broken", "KeyError"), ("refusing", "refused"), ("webhook", None),
    ]  # fmt: skip


def test_senders_at_once_send_each_message_once(state: StateDatabase, receiver: Receiver) -> None:
    fill(state, 30)
    results: list[Delivered] = []
    channels = {"webhook": hook_to(receiver.url)}

    def send_all() -> None:
        results.append(deliver(state, channels=channels, played=lambda: NOW))

    threads = [threading.Thread(target=send_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(result.sent for result in results) == 30
    assert set(receiver.ids.values()) == {1}
    assert len(receiver.ids) == 30


def test_no_transaction_is_open_while_a_message_is_being_sent(state: StateDatabase, clock: HandClock) -> None:
    fill(state, 1)

    class Writing:
        def send(self, document: Document) -> None:
            with state.write() as connection:
                connection.execute(sa.delete(rules))

    assert send(state, clock, {"webhook": Writing()}) == Delivered(sent=1)


def test_a_receiver_that_asks_for_more_time_gets_it(any_state: StateDatabase, clock: HandClock, receiver: Receiver) -> None:
    fill(any_state, 1)
    receiver.answers[:], receiver.headers = [503], {"Retry-After": "600"}
    assert send(any_state, clock, {"webhook": hook_to(receiver.url)}) == Delivered(failed=1)
    assert rows(any_state, outbox, "due_at") == [clock.now + timedelta(seconds=600)]
