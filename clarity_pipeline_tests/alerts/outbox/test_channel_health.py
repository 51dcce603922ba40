"""A channel that cannot deliver is told of at once, tried rarely, and loses nothing; each receiver is real."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from clarity_pipeline.alerts.channels.email import EmailConfig
from clarity_pipeline.alerts.channels.slack import SlackConfig
from clarity_pipeline.alerts.channels.webhook import ActionConfig
from clarity_pipeline.alerts.outbox.channel_health import LONG, REFUSED_PAUSE, is_silent
from clarity_pipeline.alerts.outbox.due import KEPT_FOR
from clarity_pipeline.alerts.outbox.outbox import Delivered
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.messages import channels, outbox
from clarity_pipeline_tests.alerts.certificate import make_certificate
from clarity_pipeline_tests.alerts.made_up import NOW, HandClock, rows, run
from clarity_pipeline_tests.alerts.mail_server import BASIC_AUTH_DISABLED, NOT_SUPPORTED, Mailbox, serving
from clarity_pipeline_tests.alerts.outbox.office import Office
from clarity_pipeline_tests.alerts.outbox.test_outbox import fill
from clarity_pipeline_tests.alerts.receiver import Receiver, receiving

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd", "ignore:Requiring AUTH while not requiring TLS")


@pytest.fixture
def office(any_state: StateDatabase, tmp_path: Path, clock: HandClock, receiver: Receiver) -> Office:
    return Office(any_state, tmp_path, clock, receiver)


@pytest.fixture
def mail(office: Office, tmp_path: Path) -> Iterator[Mailbox]:
    """A mail server with STARTTLS and a channel `boss` on it, logged in by password."""
    certificate = make_certificate(tmp_path, "localhost")
    with serving("starttls", certificate) as (mailbox, port):
        office.channels.add(
            "boss",
            EmailConfig(
                host="localhost",
                port=port,
                sender="alerts@agency.example",
                recipients=("ann@agency.example",),
                username="acme",
                password="s3cret-pass",
                ca_file=str(certificate.authority),
            ),
            actor="cli:anna",
        )
        yield mailbox


def told(receiver: Receiver) -> list[str]:
    """What the receiver was told of channels."""
    found = [str(body["text"]) for _, body in receiver.got]
    return [text.replace("\u200b", "") for text in found if "channel " in text]


@pytest.mark.parametrize("at_the", ["login", "letter"])
def test_passwords_that_are_switched_off_are_told_at_once_and_no_letter_is_lost(
    office: Office, mail: Mailbox, receiver: Receiver, caplog: pytest.LogCaptureFixture, at_the: str
) -> None:
    caplog.set_level(logging.INFO)
    mail.refuses_login, mail.refuses = (BASIC_AUTH_DISABLED, None) if at_the == "login" else (None, NOT_SUPPORTED)
    fill(office.state, 4, channel="boss")
    assert office.deliver(patience_seconds=15) == Delivered(failed=1, sent=2)  # the others are told: the log, and ops
    assert len(mail.logins) == 1, "one attempt to log in, however many letters wait and however patient the pass is"
    assert office.clock.slept == []
    health = office.health("boss")
    assert (health.last_error, health.refused_at, health.waiting) == ("smtp_basic_auth_off", office.clock.now, 4)
    (said,) = told(receiver)
    for part in ("channel boss cannot deliver", "has switched passwords for SMTP off", "--auth microsoft", "4 messages"):
        assert part in said
    assert "The channel boss cannot deliver" in caplog.text
    assert any(record.levelno == logging.ERROR for record in caplog.records)

    for _ in range(3):  # within the hour nobody knocks
        office.clock.sleep(1000)
        assert office.deliver(patience_seconds=15) == Delivered()
    office.clock.sleep(REFUSED_PAUSE.total_seconds() - 3000)
    assert office.deliver() == Delivered(failed=1)
    assert len(mail.logins) == 2
    assert len(told(receiver)) == 1, "once, not for each message and not for each try"
    assert set(rows(office.state, outbox, "channel", "state")) == {
        ("boss", "pending"), ("log", "sent"), ("ops", "sent"),
    }  # fmt: skip

    mail.refuses_login = mail.refuses = None
    office.clock.sleep(REFUSED_PAUSE.total_seconds())
    assert office.deliver() == Delivered(sent=6)
    assert len(mail.letters) == 4
    assert "delivers again" in told(receiver)[-1]
    assert office.health("boss").failing_since is None


@pytest.mark.parametrize("how", ["update", "enable", "test"])
def test_what_waits_goes_out_at_once_after_a_change_or_a_test(office: Office, receiver: Receiver, how: str) -> None:
    fill(office.state, 3, channel="ops")
    receiver.answers[:] = [410]
    assert office.deliver() == Delivered(failed=1, sent=1)
    assert office.deliver() == Delivered()
    with receiving() as new:
        if how == "update":
            office.channels.update("ops", config=SlackConfig(url=new.url), actor="cli:anna")
        elif how == "enable":
            office.channels.enable("ops", actor="cli:anna")
        else:
            office.channels.tested("ops", arrived=None)
        assert office.deliver().sent >= 3
        assert len(new.got if how == "update" else receiver.got[1:]) == 3
    assert office.channels.get("ops").enabled, "no channel is switched off by itself"
    assert set(rows(office.state, outbox, "state")) == {"sent"}


def test_a_change_that_cures_nothing_is_one_more_try(office: Office, receiver: Receiver) -> None:
    fill(office.state, 3, channel="ops")
    receiver.usual = 404
    office.deliver()
    for number in range(1, 4):
        office.channels.enable("ops", actor="cli:anna")
        assert office.deliver(patience_seconds=15) == Delivered(failed=1)
        assert len(receiver.got) == 1 + number
    assert rows(office.state, outbox, "channel", "state").count(("ops", "pending")) == 3


def test_a_message_that_is_refused_while_the_others_are_taken_is_itself_what_is_refused(
    office: Office, receiver: Receiver
) -> None:
    """Without that, a letter that a spam filter refuses would have everybody told every hour that the channel cannot deliver."""
    fill(office.state, 3, channel="ops")
    receiver.answers[:] = [403]
    assert office.deliver() == Delivered(failed=1, sent=1)
    (bad,) = [headers["webhook-id"] for headers, _ in receiver.got]
    office.clock.sleep(REFUSED_PAUSE.total_seconds())
    receiver.answers[:] = [200, 403]  # another has the next try; then it is the bad one's turn
    assert office.deliver() == Delivered(sent=3, dead=1)
    assert [headers["webhook-id"] for headers, _ in receiver.got][2] == bad
    states = {row.message_id: (row.state, row.last_error) for row in all_rows(office)}
    assert states[bad] == ("dead", "http_403")
    assert office.health().refused_at is None


def test_a_message_that_no_size_suits_is_dead_at_once_and_the_others_go_on(office: Office, receiver: Receiver) -> None:
    fill(office.state, 2, channel="ops")
    receiver.answers[:] = [413]
    assert office.deliver() == Delivered(sent=1, dead=1)
    assert len(receiver.got) == 2
    assert sorted(rows(office.state, outbox, "state", "last_error"), key=str) == [("dead", "http_413"), ("sent", None)]


def test_a_receiver_that_is_away_for_a_day_is_told_of_and_loses_nothing(office: Office, clock: HandClock) -> None:
    with receiving() as other:
        office.channels.add("others", SlackConfig(url=other.url), actor="cli:anna")
        fill(office.state, 12, channel="ops")
        receiver_is_down = SlackConfig(url="http://127.0.0.1:9/nobody")
        office.channels.update("ops", config=receiver_is_down, actor="cli:anna")
        while not told(other):
            assert clock.now < NOW + LONG + timedelta(hours=5)
            clock.sleep(1800)
            office.deliver()
        assert "channel ops has delivered nothing" in told(other)[0]
        assert is_silent(office.health(), now=clock.now, played=clock.now)
        for _ in range(20):
            clock.sleep(6 * 3600)
            office.deliver()
        assert len(told(other)) == 1
        assert rows(office.state, outbox, "channel", "state").count(("ops", "pending")) == 12
        with receiving() as back:
            office.channels.update("ops", config=SlackConfig(url=back.url), actor="cli:anna")
            assert office.deliver().sent >= 12
            assert len(back.got) == 12


def test_a_receiver_that_only_asked_us_to_slow_down_is_not_hurried_by_what_it_takes(office: Office, receiver: Receiver) -> None:
    fill(office.state, 2, channel="ops")
    receiver.answers[:], receiver.headers = [429], {"Retry-After": "600"}
    assert office.deliver() == Delivered(sent=1, failed=1)
    office.clock.sleep(300)
    assert office.deliver() == Delivered()
    office.clock.sleep(300)
    assert office.deliver() == Delivered(sent=1)


def test_what_is_older_than_fourteen_days_is_given_up_even_behind_a_channel_that_refuses(
    office: Office, receiver: Receiver
) -> None:
    fill(office.state, 3, channel="ops")
    receiver.usual = 404
    office.deliver()
    office.clock.sleep(KEPT_FOR.total_seconds() + 1)
    before = rows(office.state, outbox, "message_id")
    run(office.state, {1: "fired"}, business="late", channels=("ops",))
    with office.state.write() as connection:
        late = outbox.c.message_id.not_in(before)
        connection.execute(sa.update(outbox).where(late).values(created_at=office.clock.now))
    receiver.usual = 200
    assert office.deliver() == Delivered(sent=2, dead=3)
    assert ("dead", "too_old") in rows(office.state, outbox, "state", "last_error")


def test_recipients_that_are_refused_are_seen_and_the_letter_counts_as_sent(office: Office, mail: Mailbox) -> None:
    stored = office.channels.get("boss")
    config = office.channels.config_of(stored)
    assert isinstance(config, EmailConfig)
    both = EmailConfig(**{**config.__dict__, "recipients": ("ann@agency.example", "bob@agency.example")})
    office.channels.update("boss", config=both, actor="cli:anna")
    mail.refuses_recipients = {"bob@agency.example": "550 5.1.1 no such user"}
    fill(office.state, 1, channel="boss")
    assert office.deliver() == Delivered(sent=1)
    assert office.deliver() == Delivered()
    assert len(mail.letters) == 1, "told again, whoever was taken would have it twice"
    assert rows(office.state, outbox, "state", "last_error") == [("sent", "smtp_refused_some")]
    assert (office.health("boss").last_error, office.health("boss").failing_since) == ("smtp_refused_some", None)


def test_who_is_told_of_a_channel(office: Office, receiver: Receiver) -> None:
    """Not an ad tool, and not another client's own channel."""
    with receiving() as heard:
        secret = "whsec_" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="
        office.channels.add("ads", ActionConfig(url=heard.url, secret=secret), actor="a")
        for name, businesses in (("acme-own", ("acme",)), ("beta-own", ("beta",)), ("all-of-us", "all")):
            office.channels.add(name, SlackConfig(url=heard.url), businesses=businesses, actor="a")  # type: ignore[arg-type]
        office.channels.update("ops", businesses=("acme", "gamma"), actor="a")
        fill(office.state, 1, channel="ops")
        receiver.usual = 404
        office.deliver()
        news = [row for row in all_rows(office) if row.transition == "cannot_deliver"]
        assert sorted(row.channel for row in news) == ["acme-own", "all-of-us", "log"]
        assert len(told(heard)) == 2


def test_a_secret_that_does_not_open_is_told_of_too(office: Office, receiver: Receiver) -> None:
    fill(office.state, 2, channel="ops")
    with office.state.write() as connection:
        connection.execute(sa.update(channels).values(config_ciphertext="moved"))
    assert office.deliver() == Delivered(failed=1, sent=1)
    assert office.health().last_error == "secret_unreadable"


def all_rows(office: Office) -> list[Any]:
    with office.state.read() as connection:
        return list(connection.execute(sa.select(outbox)).all())
