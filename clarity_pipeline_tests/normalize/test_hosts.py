"""Whose visits an answer tells of: hosts as sent, in one spelling, without what says nothing of a site."""

import json
from typing import Any

import pytest

from clarity_pipeline.clarity.answer import Answer, parse
from clarity_pipeline.clarity.dimensions import DAILY_SLICES, TOTALS, Slice
from clarity_pipeline.normalize.hosts import hosts_of, named, registered, typed_host


def answer(rows: list[tuple[str | None, int, int]], asked: Slice = DAILY_SLICES["url_device"]) -> Answer:
    """Traffic alone: URL, sessions, bots."""
    sent = [
        {"Url": url, "Device": "PC", "totalSessionCount": str(people), "totalBotSessionCount": str(bots)}
        for url, people, bots in rows
    ]
    return parse(json.dumps([{"metricName": "Traffic", "information": sent}]).encode(), asked=asked)


def test_sessions_are_added_by_host_the_busiest_first() -> None:
    found = answer(
        [("https://a.example/", 3, 0), ("http://WWW.Acme.example:443/x?u=1", 5, 0), ("https://www.acme.example/y", 2, 9)]
    )
    assert list(hosts_of(found).items()) == [("www.acme.example", 7), ("a.example", 3)]


@pytest.mark.parametrize(
    "url",
    [None, "about:blank", "https://Electron", "file:///C:/Users/Anna/index.html", "http://localhost:3000/", "https://app.local/",
     "http://192.168.1.20/", "https://[::1]/", "https://web.archive.org/web/2020/https://acme.example/", "(not set)"],
)  # fmt: skip
def test_what_says_nothing_of_whose_site_it_is_is_left_out(url: str | None) -> None:
    assert hosts_of(answer([(url, 400, 0), ("https://acme.example/", 1, 0)])) == {"acme.example": 1}


@pytest.mark.parametrize(
    ("proxied", "host"),
    [
        ("https://www-acme-example.translate.goog/lp?_x_tr_sl=de", "www.acme.example"),
        ("https://acme--shop-example.translate.goog/", "acme-shop.example"),
        ("https://acme-example.cdn.ampproject.org/c/s/acme.example/", "acme.example"),
    ],
)
def test_behind_a_translating_proxy_the_visit_is_on_the_translated_site(proxied: str, host: str) -> None:
    assert hosts_of(answer([(proxied, 4, 0)])) == {host: 4}


def test_where_no_person_came_the_bots_tell_and_where_nobody_came_nothing_does() -> None:
    assert hosts_of(answer([("https://a.example/", 0, 8)])) == {"a.example": 8}
    assert hosts_of(answer([("https://a.example/", 2, 8), ("https://b.example/", 0, 90)])) == {"a.example": 2}
    assert hosts_of(answer([("https://a.example/", 0, 0)])) == {}


def test_the_totals_tell_hosts_by_their_popular_pages_and_a_question_without_url_tells_none() -> None:
    popular: list[dict[str, Any]] = [{"url": "https://acme.example/", "visitsCount": "20"}, {"url": None, "visitsCount": 3}]
    totals = [
        {"metricName": "Traffic", "information": [{"totalSessionCount": 20}]},
        {"metricName": "PopularPages", "information": popular},
    ]
    assert hosts_of(parse(json.dumps(totals).encode(), asked=TOTALS)) == {"acme.example": 20}
    by_source = DAILY_SLICES["url_source"].by(("source",))
    sent = [{"metricName": "Traffic", "information": [{"Source": None, "totalSessionCount": 4}]}]
    assert hosts_of(parse(json.dumps(sent).encode(), asked=by_source)) == {}


@pytest.mark.parametrize(
    "text", ["acme.com", "www.acme.com", " https://WWW.acme.com/shop?x=1 ", "acme.com:8443/x", "http://acme.com"]
)
def test_a_host_is_understood_however_it_is_copied(text: str) -> None:
    assert typed_host(text) == "acme.com"


def test_a_host_in_another_script_is_in_the_spelling_that_answers_have() -> None:
    assert typed_host("www.müller.de") == "xn--mller-kva.de"


@pytest.mark.parametrize(
    "text", ["", "acme", "localhost", "com", "co.uk", "10.0.0.1", "two words", "http://", "a" * 300 + ".com", "/x"]
)
def test_what_no_visitor_can_come_to_is_no_site(text: str) -> None:
    assert typed_host(text) is None


def test_a_domain_is_what_somebody_registered() -> None:
    hosts = ["shop.acme.co.uk", "www.acme.com", "acme.myshopify.com", "acme.example", "deep.shop.xn--mller-kva.de"]
    assert [registered(each) for each in hosts] == [
        "acme.co.uk", "acme.com", "acme.myshopify.com", "acme.example", "xn--mller-kva.de",
    ]  # fmt: skip


def test_hosts_are_named_with_their_sessions_and_not_without_end() -> None:
    assert named({"a.example": 1490, "b.example": 2}) == "a.example (1,490), b.example (2)"
    assert named({f"{n}.example": 1 for n in range(9)}, most=1) == "0.example (1) and 8 more"
