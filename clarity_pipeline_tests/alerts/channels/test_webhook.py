"""The generic webhook over real sockets: what is sent and signed, and what becomes of each answer."""

import base64
import hmac
import socket
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from clarity_pipeline.alerts.channels.address import parse_address
from clarity_pipeline.alerts.channels.channel import DeliveryFailed
from clarity_pipeline.alerts.channels.posting import Hook
from clarity_pipeline.alerts.channels.webhook import SigningSecretRefused, WebhookChannel, sign
from clarity_pipeline_tests.alerts.certificate import Certificate
from clarity_pipeline_tests.alerts.channels.made_up import document
from clarity_pipeline_tests.alerts.receiver import Receiver, hook_to, receiving

HOOK = "hook-s3cret"
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)


def failure(channel: WebhookChannel) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as caught:
        channel.send(document())
    assert caught.value.__context__ is None
    assert HOOK not in str(caught.value)
    return caught.value


def test_the_webhook_posts_the_document_with_its_id_in_a_header(receiver: Receiver) -> None:
    hook_to(receiver.url).send(document("Café"))
    ((headers, body),) = receiver.got
    assert body == document("Café")
    assert (headers["webhook-id"], headers["Content-Type"]) == ("0" * 64, "application/json")
    assert "webhook-signature" not in headers


def test_a_signature_is_that_of_the_bytes_that_came(receiver: Receiver) -> None:
    WebhookChannel(hook_to(receiver.url).hook, SECRET, clock=lambda: NOW).send(document("Café"))
    ((headers, _),) = receiver.got
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + receiver.bodies[0]
    expected = base64.b64encode(hmac.new(bytes(range(32)), signed, sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))


def test_the_signature_is_the_one_of_the_standard() -> None:
    """The example of the Standard Webhooks specification."""
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    signature = sign(secret, message_id="msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp=1614265330, body=body)
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_short", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_" + "A" * 200, "whsec_!!!!"]
)
def test_a_secret_of_another_form_is_refused_and_not_repeated(secret: str, receiver: Receiver) -> None:
    with pytest.raises(SigningSecretRefused) as caught:
        hook_to(receiver.url, secret=secret)
    assert not secret or secret == "whsec_" or secret not in str(caught.value)


def test_neither_address_nor_secret_is_in_a_repr(receiver: Receiver) -> None:
    shown = repr(hook_to(f"http://127.0.0.1:80/{HOOK}", secret=SECRET))
    assert HOOK not in shown
    assert SECRET not in shown


@pytest.mark.parametrize("status", [200, 202, 204])
def test_any_2xx_is_a_success(receiver: Receiver, status: int) -> None:
    receiver.answers[:] = [status]
    hook_to(receiver.url).send(document())


@pytest.mark.parametrize(
    ("answer", "code", "refuses"),
    [
        (500, "http_500", None), (503, "http_503", None), (429, "http_429", None), (408, "http_408", None),
        (401, "http_401", "channel"), (404, "http_404", "channel"), (410, "http_410", "channel"),
        ("redirect", "http_302", "channel"),
    ],
)  # fmt: skip
def test_anything_else_is_a_failure_and_a_redirect_is_not_followed(
    receiver: Receiver, answer: int | str, code: str, refuses: str | None
) -> None:
    receiver.answers[:] = [answer]
    failed = failure(hook_to(receiver.url))
    assert (failed.code, failed.refuses) == (code, refuses)
    assert len(receiver.got) == 1


@pytest.mark.parametrize(("asked", "seconds"), [("120", 120), ("99999999", 86_400), ("soon", None), ("-5", None)])
def test_what_the_receiver_asks_for_is_told_within_a_day(receiver: Receiver, asked: str, seconds: float | None) -> None:
    receiver.answers[:], receiver.headers = [429], {"Retry-After": asked}
    assert failure(hook_to(receiver.url)).retry_after_seconds == seconds


def test_a_silent_receiver_is_a_timeout(receiver: Receiver) -> None:
    receiver.answers[:] = ["slow"]
    assert failure(hook_to(receiver.url, timeout_seconds=0.2)).code == "timeout"


def test_a_receiver_that_is_not_there_is_a_connection_failure() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert failure(hook_to(f"http://127.0.0.1:{taken.getsockname()[1]}/{HOOK}")).code == "connection"


def test_a_receiver_without_tls_is_a_tls_failure(receiver: Receiver) -> None:
    assert failure(hook_to(receiver.url.replace("http:", "https:"))).code == "tls"


def test_proxies_of_the_environment_are_not_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    hook_to(receiver.url).send(document())
    assert len(receiver.got) == 1


def over_tls(receiver: Receiver, certificate: Certificate, *, host: str, answers: list[Sequence[str]]) -> WebhookChannel:
    """To `host` on the receiver's port, where the resolver gives the prepared answers in turn."""
    port = receiver.url.split(":")[2].partition("/")[0]
    address = parse_address(f"https://{host}:{port}/{HOOK}", allowed=frozenset({f"{host}:{port}"}))
    return WebhookChannel(Hook(address, resolver=lambda *_: answers.pop(0), ca_file=str(certificate.authority)))


def test_the_pinned_address_is_connected_to_with_the_certificate_of_the_name(certificate: Certificate) -> None:
    with receiving(certificate) as receiver:
        answers: list[Sequence[str]] = [["127.0.0.1"], ["8.8.8.8"]]
        over_tls(receiver, certificate, host="hooks.example.com", answers=answers).send(document())
        ((headers, body),) = receiver.got
        assert headers["Host"].startswith("hooks.example.com:")
        assert body == document()
        assert answers == [["8.8.8.8"]]  # asked once


def test_a_certificate_of_another_name_or_of_nobody_is_a_tls_failure(certificate: Certificate) -> None:
    with receiving(certificate) as receiver:
        other = over_tls(receiver, certificate, host="other.example.com", answers=[["127.0.0.1"]])
        assert failure(other).code == "tls"
        trusted = over_tls(receiver, certificate, host="hooks.example.com", answers=[["127.0.0.1"]])
        untrusted = Hook(trusted.hook.address, resolver=lambda *_: ["127.0.0.1"])
        assert failure(WebhookChannel(untrusted)).code == "tls"
        assert receiver.got == []


def test_a_public_name_that_leads_inside_is_never_connected_to(certificate: Certificate) -> None:
    with receiving(certificate) as receiver:
        hook = Hook(
            parse_address("https://hooks.example.com/x"), resolver=lambda *_: ["127.0.0.1"], ca_file=str(certificate.authority)
        )
        assert failure(WebhookChannel(hook)).code == "address_not_public"
        assert receiver.got == []
