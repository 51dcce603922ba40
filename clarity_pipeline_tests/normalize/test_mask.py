import random
import string
from urllib.parse import quote, unquote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clarity_pipeline.normalize.mask import MASK, masked_part, masked_path, masked_text
from clarity_pipeline.normalize.urls import canonical_url, mask_query
from clarity_pipeline_tests.normalize.personal import KINDS, personal
from clarity_pipeline_tests.normalize.slugs import ORDINARY

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
    for kept in ("/p/12345678", "/p/3f2504e0-4f89-11d3-9a0c-0305e82c3301", "/p/3f2504e04f8911d39a0c0305e82c3301"):
        assert masked_path(kept, True) == kept
    for gone in ("/u/anna@example.com", "/u/+491701234567", "/u/DE89370400440532013000", "/u/eyJhbGciOiJIUzI1NiJ9.x.y"):
        assert masked_path(gone, True) == "/u/:id"
    raw = "https://shop.example/p/12345678?id=87654321&q=x"
    assert canonical_url(raw, kept_parameters=frozenset({"id"}), keep_path_ids=True).endswith("/p/12345678?id=87654321")
    assert canonical_url(raw, kept_parameters=frozenset({"id"})) == "https://shop.example/p/:id?id=:id"
    assert mask_query(raw, frozenset({"id"})) == "https://shop.example/p/:id?id=:id&q=***"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("autumn_sale", "autumn_sale"),
        ("1234567890", "1234567890"),  # the number of a campaign
        ("mail to anna@example.com, please", "mail to :id, please"),
        ("anna%2540example.com", ":id"),
        ("100 % wool @ home", "100 % wool @ home"),
    ],
)
def test_of_free_text_only_addresses_go(text: str, masked: str) -> None:
    assert masked_text(text) == masked


@pytest.mark.parametrize(
    ("letters", "count", "share"),
    [
        (string.hexdigits[:16], 16, 1.0),
        (string.ascii_letters + string.digits, 22, 0.96),
        (string.ascii_letters + string.digits, 32, 0.98),
        (string.ascii_lowercase + string.digits, 24, 0.95),
        (string.ascii_letters + string.digits + "-_", 32, 0.97),
    ],
)
def test_of_random_tokens_so_many_are_seen(letters: str, count: int, share: float) -> None:
    draw = random.Random(5)
    tokens = ["".join(draw.choices(letters, k=count)) for _ in range(2000)]
    assert sum(MASK in masked_path(f"/{token}") for token in tokens) / len(tokens) >= share


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
    for mask in (masked_path, masked_part, masked_text):
        assert mask(mask(text)) == mask(text)
    url = canonical_url(f"https://shop.example/{text}", kept_parameters=NONE)
    assert canonical_url(url, kept_parameters=NONE) == url
