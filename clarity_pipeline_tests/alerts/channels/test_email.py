"""Letters through a real SMTP server, by STARTTLS and TLS; never in the clear."""

from typing import Any

import pytest

from clarity_pipeline.alerts.channels.channel import DeliveryFailed
from clarity_pipeline.alerts.channels.email import EmailChannel, Security
from clarity_pipeline.alerts.channels.letter import Envelope, letter
from clarity_pipeline.alerts.channels.notice import notice
from clarity_pipeline_tests.alerts.certificate import Certificate, make_certificate
from clarity_pipeline_tests.alerts.channels.made_up import HOSTILE, digest, document, rich
from clarity_pipeline_tests.alerts.mail_server import serving

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
        mailbox.refuses = "554 5.7.1 no thank you"
        assert failure(channel(port, "starttls", localhost)) == "smtp_554"
    assert failure(channel(port, "starttls", localhost)) == "connection"


def test_neither_password_nor_recipients_are_in_a_repr(localhost: Certificate) -> None:
    shown = repr(channel(1, "tls", localhost))
    assert "s3cret" not in shown
    assert "ann@" not in shown
