"""Letters with a token in place of a password, through servers that take nothing else: SMTP with XOAUTH2, and Graph."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from clarity_pipeline.alerts.channels.address import WebhookUrlRefused
from clarity_pipeline.alerts.channels.channel import Channel, DeliveryFailed
from clarity_pipeline.alerts.channels.config import InvalidChannel
from clarity_pipeline.alerts.channels.email import EmailConfig
from clarity_pipeline.alerts.channels.graph import GraphConfig
from clarity_pipeline.alerts.channels.kinds import as_text, from_text, meaning
from clarity_pipeline.alerts.channels.oauth import SPARE
from clarity_pipeline_tests.alerts.certificate import Certificate, make_certificate
from clarity_pipeline_tests.alerts.channels.made_up import ads, document, rich
from clarity_pipeline_tests.alerts.cloud import (
    CLIENT,
    EXPIRED,
    NO_GRANT,
    NO_TENANT,
    REFRESH,
    SECRET,
    TENANT,
    WRONG,
    Cloud,
    cloud_over,
)
from clarity_pipeline_tests.alerts.made_up import HandClock
from clarity_pipeline_tests.alerts.mail_server import Mailbox, TokenMailbox, serving

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd", "ignore:Requiring AUTH while not requiring TLS")

ALLOWED = frozenset({"localhost"})


@pytest.fixture
def localhost(tmp_path: Path) -> Certificate:
    return make_certificate(tmp_path, "localhost")


@pytest.fixture
def cloud(localhost: Certificate) -> Iterator[Cloud]:
    with cloud_over(localhost) as found:
        yield found


@pytest.fixture
def server(cloud: Cloud, localhost: Certificate) -> Iterator[tuple[Mailbox, int]]:
    """SMTP with STARTTLS that takes the cloud's tokens and nothing else."""
    with serving("starttls", localhost, TokenMailbox(cloud.tokens)) as found:
        yield found


def by_smtp(cloud: Cloud, port: int, localhost: Certificate, **how: Any) -> EmailConfig:
    given = {
        "host": "localhost", "port": port, "username": "alerts@agency.example", "recipients": ("ann@agency.example",),
        "auth": "microsoft", "tenant": TENANT, "client_id": CLIENT, "client_secret": SECRET, "token_url": cloud.token_url,
        "ca_file": str(localhost.authority), **how,
    }  # fmt: skip
    return EmailConfig(**given).checked(allowed=ALLOWED)


def by_graph(cloud: Cloud, localhost: Certificate, **how: Any) -> GraphConfig:
    given = {
        "sender": "alerts@agency.example", "recipients": ("ann@agency.example",), "tenant": TENANT, "client_id": CLIENT,
        "client_secret": SECRET, "token_url": cloud.token_url, "base_url": cloud.url, "ca_file": str(localhost.authority), **how,
    }  # fmt: skip
    return GraphConfig(**given).checked(allowed=ALLOWED)


def failure(channel: Channel) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as caught:
        channel.send(document())
    assert caught.value.__context__ is None
    assert "c4nary" not in str(caught.value)
    return caught.value


def test_a_letter_goes_out_with_a_token_of_microsofts_that_is_bought_once(
    cloud: Cloud, server: tuple[Mailbox, int], localhost: Certificate
) -> None:
    mailbox, port = server
    channel = by_smtp(cloud, port, localhost).open(allowed=ALLOWED)
    for _ in range(3):
        channel.send(rich())
    assert len(mailbox.letters) == 3
    assert mailbox.letters[0]["From"].addresses[0].addr_spec == "alerts@agency.example"
    (bought,) = cloud.issued
    assert bought == {
        "grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET,
        "scope": "https://outlook.office365.com/.default",
    }  # fmt: skip
    assert mailbox.logins == ["XOAUTH2"] * 3


def test_a_letter_goes_out_with_a_refresh_token_of_googles(
    cloud: Cloud, server: tuple[Mailbox, int], localhost: Certificate
) -> None:
    mailbox, port = server
    by_smtp(cloud, port, localhost, auth="google", refresh_token=REFRESH).open(allowed=ALLOWED).send(rich())
    assert len(mailbox.letters) == 1
    assert cloud.issued == [
        {"grant_type": "refresh_token", "client_id": CLIENT, "client_secret": SECRET, "refresh_token": REFRESH}
    ]


def test_a_token_is_bought_anew_shortly_before_its_end(cloud: Cloud, server: tuple[Mailbox, int], localhost: Certificate) -> None:
    config, clock = by_smtp(cloud, server[1], localhost), HandClock()
    tokens = config.tokens(scope="https://outlook.office365.com/.default", allowed=ALLOWED)
    tokens._clock = clock
    first, is_new = tokens.token()
    clock.sleep(cloud.lifetime_seconds - SPARE.total_seconds() - 1)
    assert (is_new, tokens.token()) == (True, (first, False))
    clock.sleep(timedelta(seconds=2).total_seconds())
    second, is_new = tokens.token()
    assert (second != first, is_new) == (True, True)


def test_a_token_that_ended_early_is_bought_anew_with_the_next_try(
    cloud: Cloud, server: tuple[Mailbox, int], localhost: Certificate
) -> None:
    mailbox, port = server
    for channel in (
        by_smtp(cloud, port, localhost).open(allowed=ALLOWED),
        by_graph(cloud, localhost).open(allowed=ALLOWED),
    ):
        channel.send(document())
        cloud.tokens.clear()
        before = len(mailbox.logins)
        failed = failure(channel)
        assert (failed.code, failed.refuses) == ("oauth_token_ended", None)
        assert len(mailbox.logins) - before <= 1, "one attempt to log in a try"
        channel.send(document())
    assert (len(mailbox.letters), len(cloud.letters), len(cloud.issued)) == (2, 2, 4)


def test_a_new_token_that_the_server_refuses_is_a_matter_for_people(
    cloud: Cloud, server: tuple[Mailbox, int], localhost: Certificate
) -> None:
    mailbox, port = server
    failed = failure(by_smtp(cloud, port, localhost, username="nobody@agency.example").open(allowed=ALLOWED))
    assert (failed.code, failed.refuses, mailbox.logins) == ("smtp_token", "channel", ["XOAUTH2"])
    assert "SMTP.SendAsApp" in meaning("smtp_token")
    cloud.answers[:] = [401]
    failed = failure(by_graph(cloud, localhost).open(allowed=ALLOWED))
    assert (failed.code, failed.refuses) == ("graph_401", "channel")


@pytest.mark.parametrize(
    ("answer", "code", "refuses"),
    [
        (EXPIRED, "oauth_secret_expired", "channel"),
        (WRONG, "oauth_invalid_client", "channel"),
        (NO_GRANT, "oauth_invalid_grant", "channel"),
        (NO_TENANT, "oauth_invalid_request", "channel"),
        ((400, {"error": "brand_new"}), "oauth_refused", "channel"),
        ((200, {"hello": "world"}), "oauth_refused", "channel"),
        ((200, ["hello"]), "oauth_no_token", "channel"),
        ((404, None), "oauth_refused", "channel"),
        ((503, None), "oauth_http_503", None),
        ((429, {"error": "temporarily_unavailable"}), "oauth_http_429", None),
        ((400, {"error": "temporarily_unavailable"}), "oauth_unavailable", None),
    ],
)
def test_what_the_token_server_answers_is_told_as_its_class_alone(
    cloud: Cloud, server: tuple[Mailbox, int], localhost: Certificate, answer: tuple[int, Any], code: str, refuses: str | None
) -> None:
    for channel in (by_smtp(cloud, server[1], localhost), by_graph(cloud, localhost)):
        cloud.token_answers[:] = [answer]
        failed = failure(channel.open(allowed=ALLOWED))
        assert (failed.code, failed.refuses) == (code, refuses)
    assert server[0].logins == [], "nobody logs in without a token"


def test_a_server_that_offers_no_login_by_token_gets_none(cloud: Cloud, localhost: Certificate) -> None:
    with serving("starttls", localhost) as (mailbox, port):
        failed = failure(by_smtp(cloud, port, localhost).open(allowed=ALLOWED))
    assert (failed.code, failed.refuses, mailbox.logins) == ("smtp_no_login", "channel", [])


def test_graph_takes_the_letter_with_its_headers(cloud: Cloud, localhost: Certificate) -> None:
    by_graph(cloud, localhost).open(allowed=ALLOWED).send(rich())
    (letter,) = cloud.letters
    assert letter["Subject"] == "Warning: Acme Shop: Dead clicks jumped"
    assert letter["Message-ID"] == f"<{'0' * 64}@agency.example>"
    assert [each.addr_spec for each in letter["To"].addresses] == ["ann@agency.example"]
    html = letter.get_body(("html",))
    assert html is not None
    assert "120 of 1,900" in html.get_content()
    assert cloud.issued[0]["scope"] == f"{cloud.url}/.default"


@pytest.mark.parametrize(
    ("answer", "code", "refuses"),
    [
        (403, "graph_403", "channel"),
        (404, "graph_404", "channel"),
        (400, "graph_400", "channel"),
        (429, "http_429", None),
        (503, "http_503", None),
    ],
)
def test_each_answer_of_graph_is_a_class(
    cloud: Cloud, localhost: Certificate, answer: int, code: str, refuses: str | None
) -> None:
    cloud.answers[:], cloud.headers = [answer], {"Retry-After": "17"}
    failed = failure(by_graph(cloud, localhost).open(allowed=ALLOWED))
    assert (failed.code, failed.refuses) == (code, refuses)
    assert failed.retry_after_seconds == (17 if refuses is None else None)


def test_a_letter_that_graph_finds_too_large_is_sent_shorter(cloud: Cloud, localhost: Certificate) -> None:
    cloud.most_bytes = 60_000
    by_graph(cloud, localhost).open(allowed=ALLOWED).send(ads(60))
    assert [len(body) > 60_000 for _, _, body in cloud.posts] == [True] * (len(cloud.posts) - 1) + [False]
    assert len(cloud.posts) > 1
    cloud.most_bytes = 10
    failed = failure(by_graph(cloud, localhost).open(allowed=ALLOWED))
    assert (failed.code, failed.refuses) == ("graph_413", "size")


def test_every_address_is_guarded_as_a_webhooks_is(cloud: Cloud, localhost: Certificate) -> None:
    for how in ({"base_url": "http://169.254.169.254"}, {"token_url": "https://10.0.0.1:9443/token"}):
        with pytest.raises(WebhookUrlRefused):
            by_graph(cloud, localhost, **how)
    unlisted = by_graph(cloud, localhost)
    with pytest.raises(WebhookUrlRefused):
        unlisted.open(allowed=frozenset())
    with pytest.raises(WebhookUrlRefused):
        by_smtp(cloud, 1, localhost, token_url="http://hooks.example.com/token")


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"tenant": None, "token_url": None}, "--tenant"),
        ({"tenant": "a/../b", "token_url": None}, "--tenant"),
        ({"client_id": None}, "--client-id"),
        ({"username": None}, "--smtp-user"),
        ({"sender": "x"}, "--from"),
        ({"client_id": "a\nb"}, "--client-id"),
    ],
)
def test_what_is_missing_for_a_token_is_named(cloud: Cloud, localhost: Certificate, how: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidChannel, match=said):
        by_smtp(cloud, 1, localhost, **how)


def test_nothing_secret_is_in_a_repr_and_all_of_it_is_sealed(cloud: Cloud, localhost: Certificate) -> None:
    for config in (by_smtp(cloud, 1, localhost, auth="google", refresh_token=REFRESH), by_graph(cloud, localhost)):
        assert "c4nary" not in repr((config, config.open(allowed=ALLOWED)))
        assert from_text(config.kind, as_text(config)) == config
    assert by_smtp(cloud, 1, localhost, refresh_token=REFRESH, password="left over").password is None
