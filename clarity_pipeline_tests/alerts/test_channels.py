import logging
import socket
from typing import Any

import pytest

from clarity_pipeline.alerts.channels import DeliveryFailed, LogChannel, WebhookChannel, WebhookUrlRefused
from clarity_pipeline_tests.alerts.receiver import Receiver

SECRET = "hook-s3cret"


def document(summary: str = "Acme: too many dead clicks.", **data: Any) -> dict[str, Any]:
    return {
        "id": "0" * 64,
        "type": "clarity.alert.opened",
        "data": {"state": "firing", "severity": "warning", "summary": summary, **data},
    }


def failure(channel: WebhookChannel) -> str:
    with pytest.raises(DeliveryFailed) as caught:
        channel.send(document())
    assert caught.value.__context__ is None
    assert SECRET not in str(caught.value)
    return caught.value.code


def test_the_log_gets_one_line_at_the_level_of_the_severity(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "clarity_pipeline.alerts")
    for severity in ("info", "warning", "critical"):
        LogChannel().send(document(severity=severity))
    LogChannel().send(document(severity="critical", state="resolved"))
    assert [record.levelname for record in caplog.records] == ["INFO", "WARNING", "ERROR", "INFO"]
    assert caplog.messages[1] == "warning alert firing: Acme: too many dead clicks."


def test_no_character_of_a_summary_can_forge_a_second_line_or_move_the_cursor(caplog: pytest.LogCaptureFixture) -> None:
    LogChannel().send(document("a\nb\r\x1b[2Jc\u2028d\u202ee\x00f"))
    assert caplog.messages == ["warning alert firing: a b  [2Jc d e f"]


def test_the_webhook_posts_the_document_with_its_id_in_a_header(receiver: Receiver) -> None:
    WebhookChannel(receiver.url).send(document("Café"))
    ((headers, body),) = receiver.got
    assert body == document("Café")
    assert (headers["webhook-id"], headers["Content-Type"]) == ("0" * 64, "application/json")


@pytest.mark.parametrize("status", [200, 202, 204])
def test_any_2xx_is_a_success(receiver: Receiver, status: int) -> None:
    receiver.answers[:] = [status]
    WebhookChannel(receiver.url).send(document())


@pytest.mark.parametrize(("answer", "code"), [(500, "http_500"), (410, "http_410"), ("redirect", "http_302")])
def test_anything_else_is_a_failure_and_a_redirect_is_not_followed(receiver: Receiver, answer: int | str, code: str) -> None:
    receiver.answers[:] = [answer]
    assert failure(WebhookChannel(receiver.url)) == code
    assert len(receiver.got) == 1


def test_a_silent_receiver_is_a_timeout(receiver: Receiver) -> None:
    receiver.answers[:] = ["slow"]
    assert failure(WebhookChannel(receiver.url, timeout_seconds=0.2)) == "timeout"


def test_a_receiver_that_is_not_there_is_a_connection_failure() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert failure(WebhookChannel(f"http://127.0.0.1:{taken.getsockname()[1]}/{SECRET}")) == "connection"


def test_a_receiver_without_tls_is_a_tls_failure(receiver: Receiver) -> None:
    assert failure(WebhookChannel(receiver.url.replace("http:", "https:"))) == "tls"


def test_proxies_of_the_environment_are_not_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    WebhookChannel(receiver.url).send(document())
    assert len(receiver.got) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/x",
        "http://127.0.0.1.example.com/",
        "http://10.0.0.1/",
        "http://localhost@hooks.example.com/",
        "https://user:pass@hooks.example.com/",
        "ftp://hooks.example.com/",
        "https://",
        "https://hooks.example.com:port/",
        "https://hooks.example.com/a b",
        "https://hooks.example.com/\r\nX: y",
        "hooks.example.com",
        "https://[::1/",
        "",
    ],
)
def test_only_https_or_this_machine_is_posted_to(url: str) -> None:
    with pytest.raises(WebhookUrlRefused) as caught:
        WebhookChannel(url)
    assert "example" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["https://hooks.example.com/x?y=z", "http://localhost:8000/", "http://127.8.9.1/", "http://[::1]:80/"]
)
def test_https_anywhere_and_http_to_this_machine_are_fine(url: str) -> None:
    assert url not in repr(WebhookChannel(url))
