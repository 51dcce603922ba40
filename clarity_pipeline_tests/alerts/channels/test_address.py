"""The guard against knocking on doors inside the network, and the ten classes of address that Python calls global."""

import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clarity_pipeline.alerts.channels.address import (
    Address,
    WebhookUrlRefused,
    is_public,
    listed_address,
    parse_address,
    pin,
)
from clarity_pipeline.alerts.channels.channel import DeliveryFailed

CALLED_GLOBAL_BY_PYTHON = {
    "loopback behind NAT64": "64:ff9b::7f00:1",
    "loopback behind a site's NAT64": "64:ff9b:1::7f00:1",
    "loopback by 6to4": "2002:7f00:1::",
    "loopback, IPv4-compatible": "::127.0.0.1",
    "loopback, IPv4-translated": "::ffff:0:7f00:1",
    "site-local": "fec0::1",
    "protocol assignments": "192.0.0.8",
    "multicast": "224.0.0.1",
    "multicast of IPv6": "ff02::1",
    "a 6to4 relay": "192.88.99.1",
    "documentation": "3fff::1",
    "segment routing": "5f00::1",
}
PRIVATE = [
    *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "255.255.255.255"),
    *("198.18.0.1", "192.0.2.1", "::1", "::", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "2001:db8::1"),
    "2001:0:7f00:1::",
]
PUBLIC = ["8.8.8.8", "140.82.121.4", "2606:4700::6810:85e5", "2a00:1450:4001:82b::200e"]


@pytest.mark.parametrize("text", CALLED_GLOBAL_BY_PYTHON.values(), ids=CALLED_GLOBAL_BY_PYTHON)
def test_what_python_wrongly_calls_global_is_not_public(text: str) -> None:
    assert not is_public(text)


def test_a_guard_of_is_global_alone_would_let_classes_through() -> None:
    """Nine in Python 3.11.2, ten in 3.11.7. Should a later one have learnt them all, this test has done its work and can go."""
    assert any(ipaddress.ip_address(text).is_global for text in CALLED_GLOBAL_BY_PYTHON.values())


@pytest.mark.parametrize("text", PRIVATE)
def test_private_addresses_are_not_public(text: str) -> None:
    assert not is_public(text)


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_are(text: str) -> None:
    assert is_public(text)


@settings(max_examples=300, deadline=None)
@given(st.ip_addresses())
def test_nothing_that_python_calls_not_global_is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    assert address.is_global or not is_public(str(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/x",
        "https://hooks.example.com:9443/x",
        "https://user:pass@hooks.example.com/",
        "https://hooks.example.com@evil.example/",
        "ftp://hooks.example.com/",
        "https://",
        "https://hooks.example.com:port/",
        "https://hooks.example.com/a b",
        "https://hooks.example.com/\r\nX: y",
        "https://hooks.exämple.com/",
        "hooks.example.com",
        "https://[::1/",
        "",
    ],
)
def test_only_https_on_its_ports_is_posted_to_and_the_refusal_repeats_nothing(url: str) -> None:
    with pytest.raises(WebhookUrlRefused) as caught:
        parse_address(url)
    assert "example" not in str(caught.value)


def test_an_address_is_taken_apart_and_its_path_is_kept_as_it_is() -> None:
    assert parse_address("https://hooks.example.com/a/b?c=d%20e") == Address(
        "https", "hooks.example.com", 443, "/a/b?c=d%20e", False
    )
    assert parse_address("https://hooks.example.com:8443").authority == "hooks.example.com:8443"


@pytest.mark.parametrize(
    "url", ["http://localhost:8000/", "http://127.8.9.1/", "http://[::1]:80/", "https://intern.example:9443/x"]
)
def test_what_the_deployment_lists_may_be_internal(url: str) -> None:
    assert listed_address(url).is_listed


@pytest.mark.parametrize(
    "url",
    ["http://hooks.example.com/x", "http://10.0.0.1/", "http://127.0.0.1.example.com/", "http://localhost@hooks.example.com/"],
)
def test_http_goes_to_this_machine_alone_whoever_lists_it(url: str) -> None:
    with pytest.raises(WebhookUrlRefused):
        listed_address(url)


def refusal(*found: str) -> str:
    with pytest.raises(DeliveryFailed) as caught:
        pin(parse_address("https://hooks.example.com/"), resolver=lambda *_: found)
    return caught.value.code


@pytest.mark.parametrize("found", [*PRIVATE, *CALLED_GLOBAL_BY_PYTHON.values()])
def test_a_name_with_one_inner_address_is_refused_wherever_it_stands_in_the_answer(found: str) -> None:
    assert refusal(found) == "address_not_public"
    assert refusal(PUBLIC[0], found) == refusal(found, PUBLIC[0]) == "address_not_public"


def test_a_name_without_an_address_is_a_failure_and_never_a_pass() -> None:
    def no_answer(host: str, port: int) -> list[str]:
        raise OSError

    assert refusal() == "no_address"
    with pytest.raises(DeliveryFailed, match="no_address"):
        pin(parse_address("https://hooks.example.com/"), resolver=no_answer)


def test_the_resolver_is_asked_once_so_that_a_second_answer_cannot_lead_inside() -> None:
    answers = [["8.8.8.8"], ["127.0.0.1"]]
    assert pin(parse_address("https://hooks.example.com/"), resolver=lambda *_: answers.pop(0)) == "8.8.8.8"
    assert answers == [["127.0.0.1"]]
