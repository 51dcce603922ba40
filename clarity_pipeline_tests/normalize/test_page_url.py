"""What is one page by the settings of a business; and that without any it is what it always was, to the byte."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clarity_pipeline.normalize.page_identity import PLAIN, PageIdentity
from clarity_pipeline.normalize.page_url import NO_WEB_PAGE, OTHER_HOSTS, page_url
from clarity_pipeline.normalize.urls import canonical_url
from clarity_pipeline_tests.normalize.personal import KINDS, personal
from clarity_pipeline_tests.normalize.test_urls import NASTY

RELEASED = [
    json.loads(line) for line in Path(__file__).with_name("pages_as_released.jsonl").read_text(encoding="utf-8").splitlines()
]
"""Made-up addresses, and the pages that the release before the settings made of them; written by that release."""

KEPT = frozenset({"p", "route", "product_id", "t"})
SITE = ("shop.example",)

IDENTITIES = st.builds(
    PageIdentity,
    kept_parameters=st.sampled_from([frozenset(), frozenset({"id", "page"})]),
    keep_path_ids=st.booleans(),
    site_hosts=st.sampled_from([(), ("example.com", "a.b")]),
    other_hosts=st.sampled_from(["apart", "grouped"]),
    non_web=st.sampled_from(["apart", "grouped"]),
    hash_routes=st.booleans(),
    index_files=st.sampled_from([(), ("default.aspx", "x", "a.b")]),
    keep_trailing_slash=st.booleans(),
    fold_double_slashes=st.booleans(),
    lower_case_paths=st.booleans(),
    compose_accents=st.booleans(),
    drop_session_ids=st.booleans(),
    path_patterns=st.sampled_from([(), ("/x/:name", "/x/*", "/:name/x", "/a.b/*")]),
)
PIECES = st.sampled_from(
    ["/", "//", "/x", "/x/", "/Ä", "/A%CC%88", "/default.aspx", ";sid=1", "/(S(a1))", "#/", "#!/", "#/x/y", "#top", "?id=1",
     "/:name", "*", "%41", "İ"]
)  # fmt: skip
ADDRESSES = NASTY | st.lists(PIECES, max_size=8).map(lambda pieces: "https://example.com" + "".join(pieces))


def test_without_settings_every_page_is_what_the_release_before_made_of_it() -> None:
    assert len(RELEASED) > 200
    for each in RELEASED:
        assert page_url(each["raw"], PLAIN) == each["page"], each["raw"]
        assert page_url(each["raw"], PageIdentity(kept_parameters=KEPT)) == each["with_kept"], each["raw"]


@settings(max_examples=200, deadline=None)
@given(
    raw=ADDRESSES, kept=st.sampled_from([frozenset[str](), KEPT]), keep_path_ids=st.booleans(), hosts=st.sampled_from([(), SITE])
)
def test_the_two_oldest_settings_and_a_site_change_no_byte(
    raw: str, kept: frozenset[str], keep_path_ids: bool, hosts: Any
) -> None:
    pages = PageIdentity(kept_parameters=kept, keep_path_ids=keep_path_ids, site_hosts=hosts)
    assert page_url(raw, pages) == canonical_url(raw, kept_parameters=kept, keep_path_ids=keep_path_ids)


@settings(max_examples=500, deadline=None)
@given(raw=ADDRESSES, pages=IDENTITIES)
def test_a_page_is_its_own_page_by_any_settings(raw: str, pages: PageIdentity) -> None:
    once = page_url(raw, pages)
    assert page_url(once, pages) == once


@settings(max_examples=100, deadline=None)
@given(pages=IDENTITIES)
def test_settings_come_back_from_the_store_as_they_went_in(pages: PageIdentity) -> None:
    again = PageIdentity.stored(json.loads(json.dumps(pages.document())))
    assert again.document() == pages.document()
    assert PageIdentity.stored({"a_setting_of_later": 1}) == PLAIN
    assert PageIdentity.stored(None) == PLAIN


@pytest.mark.parametrize(
    ("given_settings", "raw", "page"),
    [
        # hash routes
        ({"hash_routes": True}, "https://a.example/#/pricing", "https://a.example/#/pricing"),
        ({"hash_routes": True}, "https://a.example/?gclid=1#/pricing/", "https://a.example/#/pricing"),
        ({"hash_routes": True}, "https://a.example/app/#!/help?x=1", "https://a.example/app#!/help"),
        ({"hash_routes": True}, "https://a.example/#!help", "https://a.example/#!/help"),
        ({"hash_routes": True}, "https://a.example/#/", "https://a.example/"),
        ({"hash_routes": True}, "https://a.example/#//b", "https://a.example/#/b"),
        ({"hash_routes": True}, "https://a.example/#top", "https://a.example/"),
        ({"hash_routes": True}, "https://a.example/#:~:text=oak", "https://a.example/"),
        ({"hash_routes": True}, "https://a.example/#access_token=1", "https://a.example/"),
        ({"hash_routes": True}, "https://a.example/#/u/anna@b.example", "https://a.example/#/u/:id"),
        ({"hash_routes": True, "kept_parameters": frozenset("p")}, "https://a.example/#/s?p=2&q=1", "https://a.example/#/s?p=2"),
        ({"hash_routes": True, "path_patterns": ("/o/:nr",)}, "https://a.example/#/o/55", "https://a.example/#/o/:nr"),
        ({"hash_routes": True}, "about:blank#/a", "about:blank"),
        # hosts
        ({"other_hosts": "grouped", "site_hosts": SITE}, "https://www.shop.example/a", "https://www.shop.example/a"),
        ({"other_hosts": "grouped", "site_hosts": SITE}, "https://shop-example.translate.goog/a?_x_tr_sl=en", OTHER_HOSTS),
        ({"other_hosts": "grouped", "site_hosts": SITE}, "https://shop.example.mcas.ms/a", OTHER_HOSTS),
        ({"other_hosts": "grouped", "site_hosts": SITE}, "http://localhost:3000/a", OTHER_HOSTS),
        ({"other_hosts": "grouped", "site_hosts": SITE}, "https://notshop.example/a", OTHER_HOSTS),
        ({"other_hosts": "grouped", "site_hosts": SITE}, "about:blank", "about:blank"),
        ({"other_hosts": "grouped"}, "https://notshop.example/a", "https://notshop.example/a"),
        ({"other_hosts": "grouped"}, "https://a-example.cdn.ampproject.org/c/a", OTHER_HOSTS),
        ({"other_hosts": "grouped"}, "http://10.0.0.5:3000/a", OTHER_HOSTS),
        ({"non_web": "grouped"}, "about:blank", NO_WEB_PAGE),
        ({"non_web": "grouped"}, "file:///home/anna/a.html", NO_WEB_PAGE),
        ({"non_web": "grouped"}, "https://Electron", NO_WEB_PAGE),
        ({"non_web": "grouped"}, "", NO_WEB_PAGE),
        ({"non_web": "grouped"}, "https://a.example/", "https://a.example/"),
        # paths
        ({"index_files": ("default.aspx",)}, "https://a.example/x/Default.aspx?y=1", "https://a.example/x"),
        ({"index_files": ("default.aspx",)}, "https://a.example/default.aspx", "https://a.example/"),
        ({"index_files": ("default.aspx",)}, "https://a.example/x/mydefault.aspx", "https://a.example/x/mydefault.aspx"),
        ({"index_files": ("default.aspx",)}, "https://a.example/x/INDEX.html", "https://a.example/x/INDEX.html"),
        ({"keep_trailing_slash": True}, "https://a.example/x/", "https://a.example/x/"),
        ({"keep_trailing_slash": True}, "https://a.example/x", "https://a.example/x"),
        ({"keep_trailing_slash": True}, "https://a.example/x/index.html#top", "https://a.example/x/"),
        ({"keep_trailing_slash": True}, "https://a.example", "https://a.example/"),
        ({"fold_double_slashes": True}, "https://a.example//x///y", "https://a.example/x/y"),
        ({"lower_case_paths": True}, "https://a.example/Über/Pricing%2FA", "https://a.example/%C3%BCber/pricing%2Fa"),
        ({"compose_accents": True}, "https://a.example/cafe%CC%81/e", "https://a.example/caf%C3%A9/e"),
        ({"compose_accents": True}, "https://a.example/%CC/%FF", "https://a.example/%CC/%FF"),
        ({"drop_session_ids": True}, "https://a.example/x;jsessionid=8A7B6C5D4E3F2A1B0C9D8E7F/y", "https://a.example/x/y"),
        ({"drop_session_ids": True}, "https://a.example/x;JSESSIONID=8A.node1;v=2?a", "https://a.example/x;v=2"),
        ({"drop_session_ids": True}, "https://a.example/(A(b)S(lit3py55t21z5v55vlm25s55))/x", "https://a.example/x"),
        ({"drop_session_ids": True}, "https://a.example/x?a=;sid=1", "https://a.example/x"),
        ({"drop_session_ids": True}, "https://a.example/x;size=3", "https://a.example/x;size=3"),
        ({"path_patterns": ("/product/:name",)}, "https://a.example/product/oak-table/", "https://a.example/product/:name"),
        ({"path_patterns": ("/product/:name",)}, "https://a.example/product/oak/reviews", "https://a.example/product/oak/reviews"),
        ({"path_patterns": ("/product/:name",)}, "https://a.example/product/", "https://a.example/product"),
        ({"path_patterns": ("/A/%C3%96/:nr",), "lower_case_paths": True}, "https://a.example/a/ö/X", "https://a.example/a/%C3%B6/:nr"),
        ({"path_patterns": ("/search/*",)}, "https://a.example/search/a/b", "https://a.example/search/*"),
        ({"path_patterns": ("/x/*", "/x/:a", "/x/new")}, "https://a.example/x/new", "https://a.example/x/new"),
        ({"path_patterns": ("/x/*", "/x/:a")}, "https://a.example/x/old", "https://a.example/x/:a"),
    ],
)  # fmt: skip
def test_each_setting_folds_or_keeps_what_it_says(given_settings: dict[str, Any], raw: str, page: str) -> None:
    assert page_url(raw, PageIdentity(**given_settings)) == page


@pytest.mark.parametrize("kind", KINDS)
def test_no_setting_lets_personal_data_into_a_page(kind: str) -> None:
    draw = random.Random(kind)
    pages = PageIdentity(hash_routes=True, lower_case_paths=True, compose_accents=True, fold_double_slashes=True)
    for _ in range(20):
        secret = personal(kind, draw)
        for raw in (
            f"https://a.example/#/u/{secret}",
            f"https://a.example/Konto/{secret}",
            f"https://a.example/?m={secret}#/x?m={secret}",
        ):
            url = page_url(raw, pages)
            masked = canonical_url(f"https://a.example/u/{secret}", kept_parameters=frozenset())
            assert secret.lower() not in url.lower()
            if masked.endswith("/u/:id"):
                assert url.rpartition("/")[2] in (":id", "x"), (raw, url)


def test_what_looks_like_a_token_only_in_lower_case_is_masked_after_it_was_lowered() -> None:
    pages = PageIdentity(lower_case_paths=True)
    page = page_url("https://a.example/Max56MaxBlueOak92Oak", pages)
    assert page == page_url(page, pages)


def test_an_address_that_a_person_names_stays_itself_on_any_host() -> None:
    pages = PageIdentity(other_hosts="grouped", non_web="grouped", hash_routes=True, site_hosts=SITE)
    assert page_url("https://pay.example/form#/a", pages.ungrouped()) == "https://pay.example/form#/a"
