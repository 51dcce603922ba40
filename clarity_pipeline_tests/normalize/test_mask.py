import os
import random
import re
from collections import Counter
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clarity_pipeline.normalize.labels import masked_label
from clarity_pipeline.normalize.mask import MASK, masked_part, masked_path, masked_text
from clarity_pipeline.normalize.urls import canonical_url, mask_query
from clarity_pipeline_tests.normalize.personal import DRAWN, KINDS, drawn, personal
from clarity_pipeline_tests.normalize.slugs import ORDINARY, WORDS

NONE: frozenset[str] = frozenset()


def test_ordinary_slugs_stay_as_they_are() -> None:
    assert len(ORDINARY) > 120
    assert [slug for slug in ORDINARY if masked_path(f"/a/{slug}/b") != f"/a/{slug}/b"] == []


@pytest.mark.parametrize(
    ("path", "masked"),
    [
        ("/konto/anna.berg@example.com/orders", "/konto/:id/orders"),
        ("/konto/anna.berg%40example.com", "/konto/:id"),
        ("/konto/anna.berg%2540example.com", "/konto/:id"),
        ("/u/anna＠example.com", "/u/:id"),
        ("/tel/+49%20170%201234567", "/tel/:id"),
        ("/tel/0170-1234567", "/tel/:id"),
        ("/tel/555-123-4567", "/tel/:id"),
        ("/iban/GB29%20NWBK%206016%201331%209268%2019", "/iban/:id"),
        ("/order/3f2504e0-4f89-11d3-9a0c-0305e82c3301", "/order/:id"),
        ("/reset/3F2504E04F8911D39A0C0305E82C3301", "/reset/:id"),
        ("/magic/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjMifQ.abc-DEF_1", "/magic/:id"),
        ("/news/Wahl-in-Berlin-10304321.html", "/news/Wahl-in-Berlin-:id.html"),
        ("/k%C3%BCche-10304321", "/k%C3%BCche-:id"),
        ("/my-title-3f2504e04f8911d3", "/my-title-:id"),
        ("/commit/4d6608697a8d41be0110c57512f30594a90e6f3b", "/commit/:id"),
        ("/reset/a4c123b-1612dd272.html", "/reset/a4c123b-1612dd272.html"),
        ("/u/_K7q9-Xw2bT0_rLm4VzP8-", "/u/:id"),
        ("/ip/203.0.113.9", "/ip/:id"),
        ("/ip/2001:db8::ff00:42:8329", "/ip/:id"),
        ("/ip/%5B2001%3Adb8%3A%3A1%5D", "/ip/:id"),
        ("/mac/00:1a:2b:3c:4d:5e", "/mac/:id"),
        ("/v/v1.2.3.4", "/v/v1.2.3.4"),
        ("/near/52.520008,13.404954", "/near/:id"),
        ("/near/@-33.8688,151.2093,15z", "/near/:id"),
        ("/near/52.520008/13.404954", "/near/:id/:id"),
        ("/doi/10.12345/about", "/doi/10.12345/about"),
        ("/leave/YW5uYUBleGFtcGxlLmNvbQ==", "/leave/:id"),
        ("/leave/anna(at)example.com", "/leave/:id"),
        ("/leave/anna&#64;example.com", "/leave/:id"),
        ("/leave/anna%u0040example.com", "/leave/:id"),
        ("/img/logo@2x.png", "/img/logo@2x.png"),
        ("/order/RE-2026-000123", "/order/:id"),
        ("/blog/CVE-2026-123456", "/blog/CVE-2026-123456"),
        ("/order12345678", "/order:id"),
        ("/AB12345678", "/:id"),
        ("/key/AKIAIOSFODNN7EXAMPLE", "/key/:id"),
        ("/C:/Users/anna/page.html", "/C:/Users/:id/page.html"),
        ("/home/garden/chairs", "/home/garden/chairs"),
        ("/key/7KQ2X-9XMPD-4TLBW-8WRCN-H3V6F", "/key/:id"),
    ],
)
def test_what_could_name_a_visitor_is_replaced_and_the_words_around_it_stay(path: str, masked: str) -> None:
    assert masked_path(path) == masked


def test_a_value_encoded_more_often_than_anybody_does_goes_as_a_whole() -> None:
    value = "anna@example.com"
    for _ in range(12):
        value = quote(value, safe="")
    assert masked_part(value) == MASK


def test_a_business_may_keep_numbers_and_hashes_but_never_an_address() -> None:
    for kept in (
        "/p/12345678",
        "/p/K7q9Xw2bT0rLm4VzP8sd",
        "/p/3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "/p/3f2504e04f8911d39a0c0305e82c3301",
    ):
        assert masked_path(kept, True) == kept
    for gone in (
        "/u/anna@example.com",
        "/u/+491701234567",
        "/u/DE89370400440532013000",
        "/u/eyJhbGciOiJIUzI1NiJ9.x.y",
        "/u/2001:db8::1",
    ):
        assert masked_path(gone, True) == "/u/:id"
    raw = "https://shop.example/p/12345678?id=87654321&q=x"
    assert canonical_url(raw, kept_parameters=frozenset({"id"}), keep_path_ids=True).endswith("/p/12345678?id=87654321")
    assert canonical_url(raw, kept_parameters=frozenset({"id"})) == "https://shop.example/p/:id?id=:id"
    assert mask_query(raw, frozenset({"id"})) == "https://shop.example/p/:id?id=:id&q=***"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("autumn_sale", "autumn_sale"),
        ("Summer Sale ", "Summer Sale "),
        ("Summer%20Sale", "Summer%20Sale"),
        ("{{campaign.name}}", "{{campaign.name}}"),
        ("100 % wool @ home", "100 % wool @ home"),
        ("120218765432109876", "120218765432109876"),  # a campaign's id at Meta
        ("mail to anna@example.com, please", "mail to :id, please"),
        ("anna%2540example.com", ":id"),
        ("call +49 170 1234567 now", "call :id now"),
        ("1234567890", ":id"),
        ("newsletter_YW5uYUBleGFtcGxlLmNvbQ", "newsletter_:id"),
        ("Order 10023451 - thank you", "Order :id - thank you"),
        ("3f2504e0-4f89-11d3-9a0c-0305e82c3301", ":id"),
        ("DE89370400440532013000", ":id"),
        ("shpat_0123456789abcdef0123456789abcdef", ":id"),
    ],
)
def test_a_label_is_kept_as_sent_but_for_what_could_name_a_visitor(text: str, masked: str) -> None:
    assert masked_text(text) == masked
    assert masked_label(text) == masked


def test_an_address_in_a_label_is_masked_as_an_address_and_the_words_around_it_as_words() -> None:
    label = "see https://shop.example/2026/11/22/title?name=anna and anna@example.com"
    assert masked_label(label) == "see https://shop.example/2026/11/22/title?name=*** and :id"


@pytest.mark.parametrize("kind", DRAWN)
def test_of_drawn_tokens_nothing_stays_but_in_one_of_five_hundred(kind: str) -> None:
    draw = random.Random(f"{kind}, drawn anew")
    tokens = [drawn(kind, draw) for _ in range(1000)]
    share = {"base64url_16": 1 / 20, "nanoid": 1 / 20}.get(kind, 1 / 500)
    for mask in (masked_path, masked_text):
        assert sum(mask(token) != MASK for token in tokens) <= share * len(tokens)
    beside = [masked_path(f"reset-{token}.html") for token in tokens]
    assert sum(_left(token, seen) for token, seen in zip(tokens, beside, strict=True)) <= share * len(tokens)


def _left(token: str, seen: str) -> bool:
    """Whether five letters of the token in a row are still to be seen."""
    return any(token[at : at + 5] in seen for at in range(len(token) - 4))


@pytest.mark.parametrize("kind", KINDS)
def test_of_what_has_a_form_nothing_stays_in_a_page_or_a_label(kind: str) -> None:
    draw = random.Random(f"{kind}, drawn anew")
    for value in (personal(kind, draw) for _ in range(500)):
        assert masked_part(quote(value, safe="")) in (MASK, "kd-:id"), value
        assert masked_text(value) in (MASK, "kd-:id"), value


def test_words_with_sizes_and_short_numbers_stay_letter_by_letter() -> None:
    draw = random.Random("ordinary, drawn anew")
    for _ in range(3000):
        some = draw.choices(WORDS, k=draw.randint(1, 4))
        for slug in (
            "-".join(some), "_".join(some), "".join(map(str.capitalize, some)), f"{some[0]}-{draw.randint(1, 999_999)}",
            f"{'-'.join(some)}-{draw.randint(20, 240)}x{draw.randint(20, 240)}-cm", f"XB-{draw.randint(1, 99_999)}",
            f"{draw.randint(1990, 2035)}{draw.randint(1, 12):02}{draw.randint(1, 28):02}",
        ):  # fmt: skip
            assert (masked_path(slug), masked_text(slug)) == (slug, slug)


@pytest.mark.skipif("CLARITY_CASES_DIR" not in os.environ, reason="CLARITY_CASES_DIR says where the kept lists of values are")
def test_the_kept_lists_of_what_must_go_and_what_must_stay() -> None:
    folder = Path(os.environ["CLARITY_CASES_DIR"]) / "masks"
    left: Counter[str] = Counter()
    for line in (folder / "must_go.tsv").read_text().splitlines():
        kind, value = line.split("\t")
        is_date = re.fullmatch("(19|20)[0-9]{2}(0[1-9]|1[0-2])([0-2][0-9]|3[01])", value) is not None
        left[kind] += masked_path(f"/a/{value}/b") != "/a/:id/b" and not is_date
    allowed = {"base64url_16": 3, "nanoid21": 3}
    assert len(left) == 33
    assert {kind: count for kind, count in left.items() if count > allowed.get(kind, 0)} == {}
    stays = (folder / "must_stay.txt").read_text().splitlines()
    assert len(stays) == 3000
    assert [slug for slug in stays if masked_path(f"/a/{slug}/b") != f"/a/{slug}/b" or masked_text(slug) != slug] == []


@pytest.mark.parametrize("phone", ["987-692-1986", "(987) 692-1986", "207.692.2024", "987 692 1986", "2011-1999-1234-5678"])
def test_a_phone_number_whose_end_looks_like_a_year_is_a_phone_number(phone: str) -> None:
    assert masked_part(phone) == ":id"
    assert masked_part("140-200-2025") == "140-200-2025"


@settings(max_examples=300, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    seed=st.integers(0, 2**32),
    times=st.integers(0, 2),
    around=st.sampled_from(["{}", "order-{}", "{}.html", "x_{}"]),
)
def test_generated_personal_data_survives_in_no_path_and_no_kept_value(kind: str, seed: int, times: int, around: str) -> None:
    value = personal(kind, random.Random(seed))
    written = value
    for _ in range(times):
        written = quote(written, safe="")
    written = around.format(written.replace("/", ""))
    raw = f"https://shop.example/a/{written}/b?keep={written}&drop={written}#{written}"
    for seen in (canonical_url(raw, kept_parameters=frozenset({"keep"})), mask_query(raw, frozenset({"keep"}))):
        assert value not in unquote(unquote(seen))
        assert MASK in seen


@settings(max_examples=500, deadline=None)
@given(
    st.lists(st.sampled_from([*ORDINARY, *"/@.-_+%&= :", "%40", "%2540", "0170", "12345", "Ab3", "eyJ", "DE89", "\u1234"])).map(
        "".join
    )
)
@example("a@b.cc@d.ee1234567890AbCdEfGh1234")
def test_masking_twice_masks_nothing_more(text: str) -> None:
    for mask in (masked_path, masked_part, masked_text, masked_label):
        assert mask(mask(text)) == mask(text)
    url = canonical_url(f"https://shop.example/{text}", kept_parameters=NONE)
    assert canonical_url(url, kept_parameters=NONE) == url


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=300))
def test_whatever_a_stranger_typed_is_masked_once_and_grows_by_its_encoding_alone(text: str) -> None:
    for mask in (masked_path, masked_part, masked_text, masked_label):
        seen = mask(text)
        assert mask(seen) == seen
        assert len(seen) <= 12 * len(text) + len(MASK)
