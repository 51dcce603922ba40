"""A value and a page are found however they are written, and nothing that only looks like them."""

import json
import re
from urllib.parse import quote, quote_plus

import duckdb
import pytest

from clarity_pipeline.normalize.page_identity import PageIdentity
from clarity_pipeline.upkeep.forget.answers import without
from clarity_pipeline.upkeep.forget.sought import FORGOTTEN, NotSought, page_sought, value_sought

PLAIN = PageIdentity()
ANN = "Ann Müller@acme.example"
WRITTEN = [
    ANN,
    ANN.upper(),
    ANN.lower(),
    quote(ANN),
    quote(ANN, safe=""),
    quote(quote(ANN, safe=""), safe=""),
    quote_plus(ANN),
    quote(ANN, safe="").lower(),
    json.dumps(ANN)[1:-1],
    "Ann Mu\u0308ller@acme.example",
    quote("Ann Mu\u0308ller@acme.example"),
    "".join(f"%{byte:02X}" for byte in ANN.encode()),
]


@pytest.mark.parametrize("written", WRITTEN)
def test_a_value_is_found_however_it_is_written_by_python_and_by_duckdb(written: str) -> None:
    sought, text = value_sought(ANN), f"https://www.acme.example/thanks?who={written}&next=1"
    assert sought.taken_out(text) == (f"https://www.acme.example/thanks?who={FORGOTTEN}&next=1", 1)
    asked = {"text": text, "sought": sought.expression}
    assert duckdb.execute("select regexp_matches($text, $sought, 'i')", asked).fetchall() == [(True,)]


@pytest.mark.parametrize(
    "other", ["Ann Miller@acme.example", "Ann.Müller@acme.example", "AnnMüller@acme.example", "nn Müller@acme"]
)
def test_what_only_looks_like_it_is_not_found(other: str) -> None:
    assert not value_sought(ANN).is_in(other)


@pytest.mark.parametrize("value", ["", "ann", " a ", "12345", "x" * 501, "two\nlines"])
def test_a_value_that_is_no_persons_is_refused(value: str) -> None:
    with pytest.raises(NotSought):
        value_sought(value)


PAGE = "https://www.acme.example/customers/ann-m%C3%BCller"


@pytest.mark.parametrize(
    "url",
    [
        PAGE,
        f"{PAGE}/",
        f"{PAGE}?tab=orders&id=7",
        f"{PAGE}#top",
        PAGE.replace("https", "http"),
        PAGE.replace("www", "WWW"),
        "https://www.acme.example:8443/customers/ann-müller?x",
        "https://www.acme.example/customers/Ann-M%c3%9cller",
    ],
)
def test_a_page_is_found_with_whatever_follows_it(url: str) -> None:
    for text, anew in (
        (url, "{}"),
        (f"dead clicks at {url} rose", "dead clicks at {} rose"),
        (f'{{"url": "{url}"}}', '{{"url": "{}"}}'),
    ):
        found, times = page_sought(PAGE).taken_out(text)
        parts = re.fullmatch(r"(https?://[^/]+)/customers/[^/?#]+(.*)", url)
        assert parts is not None
        assert (found, times) == (anew.format(f"{parts[1]}/{FORGOTTEN}{parts[2]}"), 1)


@pytest.mark.parametrize(
    "url", [f"{PAGE}s", f"{PAGE}/orders", "https://acme.example/customers/ann-müller", "https://www.acme.example/"]
)
def test_another_page_is_not_found(url: str) -> None:
    assert not page_sought(PAGE).is_in(url)


@pytest.mark.parametrize(
    "url", ["https://www.acme.example/", "https://www.acme.example", "/customers/ann", "ftp://acme.example/x", ""]
)
def test_a_whole_site_or_half_an_address_is_refused(url: str) -> None:
    with pytest.raises(NotSought):
        page_sought(url)


def test_a_page_that_is_told_by_its_query_is_found_by_it() -> None:
    sought = page_sought("https://www.acme.example/p?id=77")
    assert sought.is_in("https://www.acme.example/p?id=77&utm_source=x")
    assert not sought.is_in("https://www.acme.example/p?id=8")
    assert not sought.is_in("https://www.acme.example/p?id=778")


def test_an_answer_keeps_every_number_and_every_other_letter() -> None:
    body = (
        b'[{"metricName" : "Traffic","information":[\n'
        b' {"totalSessionCount":"4915112","Url":"https:\\/\\/a.example\\/?ref=4915112","Campaign":"4915112", "x": 4915112,'
        b'"percent":"4915112.0","note":"of 4915112"}]}]'
    )
    anew, times = without(body, value_sought("4915112"), PLAIN)
    assert times == 3
    assert anew == (
        b'[{"metricName" : "Traffic","information":[\n'
        b' {"totalSessionCount":"4915112","Url":"https:\\/\\/a.example\\/?ref=:forgotten","Campaign":":forgotten", "x": 4915112,'
        b'"percent":"4915112.0","note":"of :forgotten"}]}]'
    )
    assert without(anew, value_sought("4915112"), PLAIN) == (anew, 0)


def test_an_answer_that_is_no_json_is_written_without_it_too() -> None:
    assert without(b"<p>ann@acme.example \xff</p>", value_sought("ann@acme.example"), PLAIN) == (b"<p>:forgotten \xff</p>", 1)


def _answer(*urls: str) -> bytes:
    return json.dumps([{"metricName": "Traffic", "information": [{"Url": url} for url in urls]}]).encode()


@pytest.mark.parametrize("asked", ["https://www.acme.example/quote", "https://www.acme.example/quote/index.html"])
def test_every_spelling_of_a_page_is_found_in_an_answer(asked: str) -> None:
    site = "https://www.acme.example"
    others = (f"{site}/quotes", site)
    body = _answer(f"{site}/quote", f"{site}/quote/index.html", f"{site}/quote/index.html?utm_source=x#top", *others)
    anew, times = without(body, page_sought(asked), PLAIN)
    gone = f"{site}/:forgotten"
    assert (anew, times) == (_answer(gone, gone, f"{gone}?utm_source=x#top", *others), 3)


def test_what_a_business_calls_one_page_is_one() -> None:
    site = "https://www.acme.example"
    body = _answer(f"{site}/Team/Ann", f"{site}/team/ann/", f"{site}//team//ann")
    folds = PageIdentity(lower_case_paths=True, fold_double_slashes=True)
    assert without(body, page_sought(f"{site}/team/ann"), folds)[1] == 3
    assert without(body, page_sought(f"{site}/team/ann"), PLAIN)[1] == 2, "in any case, as values are"


def test_a_page_of_one_person_is_not_that_of_all_whose_ids_are_masked_alike() -> None:
    site = "https://www.acme.example/customers"
    body = _answer(f"{site}/ann@acme.example", f"{site}/bob@acme.example", f"{site}/48151623", f"{site}/48151624")
    assert without(body, page_sought(f"{site}/ann@acme.example"), PLAIN)[1] == 1
    assert without(body, page_sought(f"{site}/48151623"), PLAIN)[1] == 1


def test_a_route_behind_a_hash_is_a_page_of_its_own() -> None:
    site = "https://www.acme.example/app"
    body = _answer(f"{site}#/team/ann", f"{site}#/team/bob", site)
    routes = PageIdentity(hash_routes=True)
    assert without(body, page_sought(f"{site}#/team/ann"), routes) == (
        _answer("https://www.acme.example/:forgotten", f"{site}#/team/bob", site),
        1,
    )
