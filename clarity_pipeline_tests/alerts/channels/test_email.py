"""Letters through a real SMTP server, by STARTTLS and TLS; never in the clear."""

import smtplib
from typing import Any

import pytest

from clarity_pipeline.alerts.channels.channel import DeliveryFailed
from clarity_pipeline.alerts.channels.config import InvalidChannel
from clarity_pipeline.alerts.channels.email import EmailChannel, EmailConfig, Security
from clarity_pipeline.alerts.channels.filled_in import changed, filled_in
from clarity_pipeline.alerts.channels.letter import Envelope, letter
from clarity_pipeline.alerts.channels.notice import notice
from clarity_pipeline_tests.alerts.certificate import Certificate, make_certificate
from clarity_pipeline_tests.alerts.channels.made_up import HOSTILE, ads, digest, document, rich
from clarity_pipeline_tests.alerts.mail_server import BASIC_AUTH_DISABLED, CLIENT_AUTH_DISABLED, NOT_SUPPORTED, serving

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd", "ignore:Requiring AUTH while not requiring TLS")


@pytest.fixture
def localhost(tmp_path: Any) -> Certificate:
    return make_certificate(tmp_path, "localhost")


def channel(port: int, security: Security, certificate: Certificate, **how: Any) -> EmailChannel:
    return EmailChannel(
        **{
            "host": "localhost",
            "port": port,
            "security": security,
            "envelope": Envelope("alerts@agency.example", ("ann@agency.example", "bob@agency.example")),
            "username": "acme",
            "password": "s3cret-pass",
            "ca_file": str(certificate.authority),
            "timeout_seconds": 3.0,
            **how,
        }
    )


def failure(sender: EmailChannel) -> str:
    with pytest.raises(DeliveryFailed) as caught:
        sender.send(document())
    assert caught.value.__context__ is None
    return caught.value.code


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_letter_reaches_every_recipient_by_an_encrypted_line(security: Security, localhost: Certificate) -> None:
    with serving(security, localhost) as (mailbox, port):
        channel(port, security, localhost).send(rich())
    (got,) = mailbox.letters
    assert mailbox.envelopes == [("alerts@agency.example", ["ann@agency.example", "bob@agency.example"])]
    assert got["Subject"] == "Warning: Acme Shop: Dead clicks jumped"
    assert got["Message-ID"] == f"<{'0' * 64}@agency.example>"
    text, html = got.get_body(("plain",)), got.get_body(("html",))
    assert text is not None
    assert html is not None
    for part in ("too many dead clicks", "120 of 1,900", "One day of data", "abc123def4"):
        assert part in text.get_content()
        assert part in html.get_content()


def test_what_strangers_wrote_is_no_markup_in_the_letter(localhost: Certificate) -> None:
    body = letter(notice(rich(rule_name=HOSTILE)), Envelope("a@b.example", ("c@d.example",))).get_body(("html",))
    assert body is not None
    content = body.get_content()
    assert "<img" not in content
    assert "&lt;img src=x onerror=alert(1)&gt;" in content


@pytest.mark.parametrize("injected", ["a\r\nBcc: all@victim.example", "a\nX-Evil: 1", "a\u2028b", "a\x00b"])
def test_no_name_can_add_a_header(injected: str) -> None:
    sent = letter(notice(document(business_name=injected)), Envelope("a@b.example", ("c@d.example",)))
    assert set(sent.keys()) == {"From", "To", "Subject", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"}
    assert "\n" not in sent["Subject"]


def test_the_chart_has_a_bar_a_day_and_an_empty_place_where_there_is_no_data() -> None:
    body = letter(notice(rich()), Envelope("a@b.example", ("c@d.example",))).get_body(("html",))
    assert body is not None
    content = body.get_content()
    assert 'title="2026-11-19: 40"' in content
    assert 'title="2026-11-20: no data"></td>' in content
    assert "height:40px;background:#b26a00" in content  # the day it is about, the highest
    assert "normal is 38.5" in content


def test_a_digest_is_one_letter(localhost: Certificate) -> None:
    sent = letter(notice(digest(3)), Envelope("a@b.example", ("c@d.example",)))
    assert sent["Subject"] == "Acme Shop: 3 alerts on 2026-11-21"
    text = sent.get_body(("plain",))
    assert text is not None
    assert [f"Rule {number}" in text.get_content() for number in range(3)] == [True] * 3


def test_a_server_without_starttls_gets_nothing(localhost: Certificate) -> None:
    with serving(None, localhost) as (mailbox, port):
        assert failure(channel(port, "starttls", localhost)) == "smtp_no_starttls"
    assert mailbox.letters == []


def test_each_refusal_is_told_as_its_class_alone(localhost: Certificate) -> None:
    with serving("starttls", localhost) as (mailbox, port):
        assert failure(channel(port, "starttls", localhost, password="wrong")) == "smtp_login"
        assert failure(channel(port, "starttls", localhost, ca_file=None)) == "tls"
        assert failure(channel(port, "starttls", localhost, host="127.0.0.1")) == "tls"
        assert failure(channel(port, "starttls", localhost, username=None)) == "smtp_login_missing"
        mailbox.refuses = "554 5.7.1 no thank you"
        assert failure(channel(port, "starttls", localhost)) == "smtp_554"
    assert failure(channel(port, "starttls", localhost)) == "connection"


@pytest.mark.parametrize(
    ("login", "letter_", "code", "refuses"),
    [
        (BASIC_AUTH_DISABLED, None, "smtp_basic_auth_off", "channel"),
        (NOT_SUPPORTED.replace("550", "535"), None, "smtp_basic_auth_off", "channel"),
        (None, NOT_SUPPORTED, "smtp_basic_auth_off", "channel"),
        (CLIENT_AUTH_DISABLED, None, "smtp_auth_off", "channel"),
        ("535 5.7.8 Username and Password not accepted", None, "smtp_login", "channel"),
        ("534 5.7.9 Application-specific password required", None, "smtp_login", "channel"),
        ("454 4.7.0 Temporary authentication failure", None, "smtp_454", None),
        (None, "451 4.3.0 try later", "smtp_451", None),
        (None, "550 5.7.60 SMTP; Client does not have permissions to send as this sender", "smtp_550", "channel"),
        (None, "552 5.3.4 Message size exceeds fixed limit", "smtp_size", "size"),
    ],
)
def test_what_a_server_refuses_for_good_and_what_for_now(
    localhost: Certificate, login: str | None, letter_: str | None, code: str, refuses: str | None
) -> None:
    with serving("starttls", localhost) as (mailbox, port):
        mailbox.refuses_login, mailbox.refuses = login, letter_
        with pytest.raises(DeliveryFailed) as caught:
            channel(port, "starttls", localhost).send(document())
    assert (caught.value.code, caught.value.refuses) == (code, refuses)
    assert len(mailbox.logins) == 1, "smtplib's own login would try each mechanism in turn, and lock the account sooner"
    assert "5.7" not in str(caught.value)


def test_recipients_that_are_refused_do_not_have_the_others_told_again(localhost: Certificate) -> None:
    with serving("starttls", localhost) as (mailbox, port):
        mailbox.refuses_recipients = {"bob@agency.example": "550 5.1.1 no such user"}
        with pytest.raises(DeliveryFailed) as caught:
            channel(port, "starttls", localhost).send(document())
        assert (caught.value.code, caught.value.refuses) == ("smtp_refused_some", "recipients")
        assert mailbox.envelopes == [("alerts@agency.example", ["ann@agency.example"])]
        mailbox.refuses_recipients["ann@agency.example"] = "450 4.2.1 greylisted"
        with pytest.raises(DeliveryFailed) as caught:
            channel(port, "starttls", localhost).send(document())
        assert (caught.value.code, caught.value.refuses) == ("smtp_refused", None)
        mailbox.refuses_recipients["ann@agency.example"] = "550 5.1.1 no such user"
        with pytest.raises(DeliveryFailed) as caught:
            channel(port, "starttls", localhost).send(document())
        assert (caught.value.code, caught.value.refuses) == ("smtp_refused", "channel")


def test_a_letter_that_the_server_finds_too_large_is_sent_shorter(localhost: Certificate) -> None:
    with serving("starttls", localhost) as (mailbox, port):
        mailbox.most_bytes = 80_000
        channel(port, "starttls", localhost).send(ads(60))
    assert [len(raw) <= 80_000 for raw in mailbox.raw] == [True]
    assert len(mailbox.logins) > 1


def test_neither_password_nor_recipients_are_in_a_repr(localhost: Certificate) -> None:
    shown = repr(channel(1, "tls", localhost))
    assert "s3cret" not in shown
    assert "ann@" not in shown


def test_a_server_that_was_named_in_a_browser_gets_nothing_where_it_is_inside_the_network(localhost: Certificate) -> None:
    with serving("starttls", localhost) as (mailbox, port):
        assert failure(channel(port, "starttls", localhost, must_be_public=True)) == "address_not_public"
        assert mailbox.letters == []
        channel(port, "starttls", localhost, must_be_public=False).send(rich())
        assert len(mailbox.letters) == 1


def test_who_answers_is_asked_before_anything_is_said_to_them(localhost: Certificate) -> None:
    """A name that was public when it was looked up may lead inside by the time of the connection."""
    with serving("starttls", localhost) as (_, port), smtplib.SMTP("127.0.0.1", port) as server:
        with pytest.raises(DeliveryFailed, match="address_not_public"):
            channel(port, "starttls", localhost, must_be_public=True)._refuse_inside(server)
        channel(port, "starttls", localhost)._refuse_inside(server)


def test_a_mail_server_is_held_to_the_allowance_of_webhooks_where_a_browser_named_it() -> None:
    given = {"sender": "a@agency.example", "recipients": ["b@agency.example"]}
    for host in ("localhost", "127.0.0.1", "10.1.2.3", "::1", "169.254.169.254", "2002:7f00:1::"):
        with pytest.raises(InvalidChannel, match="CLARITY_WEBHOOK_ALLOW"):
            filled_in("email", given | {"host": host}, allowed=frozenset())
    made, _ = filled_in("email", given | {"host": "localhost", "port": "2525"}, allowed=frozenset({"localhost:2525"}))
    public, _ = filled_in("email", given | {"host": "smtp.agency.example"}, allowed=frozenset())
    assert [each.open(allowed=frozenset({"localhost:2525"})).must_be_public for each in (made, public)] == [False, True]  # type: ignore[attr-defined] # of this kind
    assert made.open(allowed=frozenset()).must_be_public is True  # type: ignore[attr-defined] # the allowance is asked at each use


def test_a_server_of_the_command_line_stays_vouched_for_until_a_browser_names_another() -> None:
    known = EmailConfig(host="127.0.0.1", sender="a@agency.example", recipients=("b@agency.example",))
    same = changed("email", known, {"host": "127.0.0.1", "recipients": ["c@agency.example"]}, allowed=frozenset())
    assert same.open(allowed=frozenset()).must_be_public is False  # type: ignore[attr-defined] # of this kind
    with pytest.raises(InvalidChannel, match="CLARITY_WEBHOOK_ALLOW"):
        changed("email", known, {"host": "10.0.0.5"}, allowed=frozenset())
    with pytest.raises(InvalidChannel, match="CLARITY_WEBHOOK_ALLOW"):
        changed("email", known, {"port": "8025"}, allowed=frozenset())
