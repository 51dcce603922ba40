"""Letters by Postmark and SendGrid: what their servers get, and what each answer means."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clarity_pipeline.alerts.channels.channel import DeliveryFailed
from clarity_pipeline.alerts.channels.config import ChannelConfig, InvalidChannel
from clarity_pipeline.alerts.channels.kinds import meaning
from clarity_pipeline.alerts.channels.postmark import PostmarkConfig
from clarity_pipeline.alerts.channels.sendgrid import SendGridConfig
from clarity_pipeline_tests.alerts.certificate import Certificate, make_certificate
from clarity_pipeline_tests.alerts.channels.made_up import ads, document, rich
from clarity_pipeline_tests.alerts.cloud import KEY, Cloud, cloud_over

ALLOWED = frozenset({"localhost"})
BOTH = pytest.mark.parametrize("kind", [PostmarkConfig, SendGridConfig])


@pytest.fixture
def localhost(tmp_path: Path) -> Certificate:
    return make_certificate(tmp_path, "localhost")


@pytest.fixture
def cloud(localhost: Certificate) -> Iterator[Cloud]:
    with cloud_over(localhost) as found:
        yield found


def config(kind: Any, cloud: Cloud, localhost: Certificate, **how: Any) -> ChannelConfig:
    given = {
        "sender": "alerts@agency.example", "recipients": ("ann@agency.example", "bob@agency.example"), "token": KEY,
        "base_url": cloud.url, "ca_file": str(localhost.authority), **how,
    }  # fmt: skip
    made: ChannelConfig = kind(**given).checked(allowed=ALLOWED)
    return made


def failure(made: ChannelConfig) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as caught:
        made.open(allowed=ALLOWED).send(document())
    assert caught.value.__context__ is None
    return caught.value


def test_postmark_gets_one_letter_to_everybody(cloud: Cloud, localhost: Certificate) -> None:
    config(PostmarkConfig, cloud, localhost).open(allowed=ALLOWED).send(rich())
    ((path, headers, body),) = cloud.posts
    letter = json.loads(body)
    assert (path, headers["X-Postmark-Server-Token"]) == ("/email", KEY)
    assert letter["To"] == "ann@agency.example, bob@agency.example"
    assert letter["Subject"] == "Warning: Acme Shop: Dead clicks jumped"
    assert "120 of 1,900" in letter["TextBody"]
    assert "&lt;img src=x" in letter["HtmlBody"]
    assert {"Name": "Message-ID", "Value": f"<{'0' * 64}@agency.example>"} in letter["Headers"]


def test_sendgrid_gets_one_letter_to_everybody(cloud: Cloud, localhost: Certificate) -> None:
    config(SendGridConfig, cloud, localhost).open(allowed=ALLOWED).send(rich())
    ((path, headers, body),) = cloud.posts
    letter = json.loads(body)
    assert (path, headers["Authorization"]) == ("/v3/mail/send", f"Bearer {KEY}")
    assert letter["personalizations"] == [{"to": [{"email": "ann@agency.example"}, {"email": "bob@agency.example"}]}]
    assert [each["type"] for each in letter["content"]] == ["text/plain", "text/html"]


@pytest.mark.parametrize(
    ("kind", "answer", "code", "refuses"),
    [
        (PostmarkConfig, (401, {"ErrorCode": 10}), "postmark_token", "channel"),
        (PostmarkConfig, (422, {"ErrorCode": 400}), "postmark_sender", "channel"),
        (PostmarkConfig, (422, {"ErrorCode": 406}), "postmark_recipient", "channel"),
        (PostmarkConfig, (422, {"ErrorCode": 413}), "postmark_account", "channel"),
        (PostmarkConfig, (200, {"ErrorCode": 300}), "postmark_refused", "channel"),
        (PostmarkConfig, (200, {"ErrorCode": 99}), "postmark_refused", "channel"),
        (PostmarkConfig, (422, {"ErrorCode": 99}), "postmark_refused", "channel"),
        (PostmarkConfig, (413, None), "http_413", "size"),
        (PostmarkConfig, (429, None), "http_429", None),
        (PostmarkConfig, (500, {"ErrorCode": 0}), "http_500", None),
        (SendGridConfig, (401, None), "sendgrid_key", "channel"),
        (SendGridConfig, (403, None), "sendgrid_sender", "channel"),
        (SendGridConfig, (400, None), "sendgrid_refused", "channel"),
        (SendGridConfig, (413, None), "http_413", "size"),
        (SendGridConfig, (429, None), "http_429", None),
        (SendGridConfig, (503, None), "http_503", None),
    ],
)
def test_each_answer_is_a_class(
    cloud: Cloud, localhost: Certificate, kind: Any, answer: tuple[int, Any], code: str, refuses: str | None
) -> None:
    cloud.answers[:] = [answer]
    failed = failure(config(kind, cloud, localhost))
    assert (failed.code, failed.refuses) == (code, refuses)
    assert meaning(code) != meaning("no such code")


@BOTH
def test_a_key_that_is_wrong_is_refused_by_the_server_itself(cloud: Cloud, localhost: Certificate, kind: Any) -> None:
    assert failure(config(kind, cloud, localhost, token="t0ken-of-another")).code in {"postmark_token", "sendgrid_key"}
    assert "t0ken" not in repr(config(kind, cloud, localhost, token="t0ken-of-another").open(allowed=ALLOWED))


@BOTH
def test_a_letter_that_is_too_large_is_sent_shorter(cloud: Cloud, localhost: Certificate, kind: Any) -> None:
    cloud.most_bytes = 70_000
    config(kind, cloud, localhost).open(allowed=ALLOWED).send(ads(60))
    assert len(cloud.posts) > 1
    assert len(cloud.posts[-1][2]) <= 70_000


def test_postmark_takes_fifty_recipients_and_says_so(cloud: Cloud, localhost: Certificate) -> None:
    with pytest.raises(InvalidChannel, match="50 recipients"):
        config(PostmarkConfig, cloud, localhost, recipients=tuple(f"a{number}@b.example" for number in range(51)))
