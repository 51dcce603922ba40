"""What is decoded of a page's address, and what stays as it is because it would make it look like another one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clarity_pipeline.panel.views.addresses import readable_address


@pytest.mark.parametrize(
    ("address", "read"),
    [
        ("https://a.example/k%C3%BCche", "https://a.example/küche"),
        ("https://a.example/%D9%85%D8%AA%D8%AC%D8%B1", "https://a.example/متجر"),
        ("https://a.example/%7Eann", "https://a.example/~ann"),
        ("/a%2Fb%20c%3Fd%23e", "/a%2Fb%20c%3Fd%23e"),
        ("/100%25", "/100%25"),
        ("/x%25C3%25BC", "/x%25C3%25BC"),
        ("/%00%0a%1b", "/%00%0A%1B"),
        ("/%E2%80%AEgnp.exe", "/%E2%80%AEgnp.exe"),
        ("/\u202egnp.exe", "/%E2%80%AEgnp.exe"),
        ("/\u2066x", "/%E2%81%A6x"),
        ("/%E2%80%8B%C2%A0", "/%E2%80%8B%C2%A0"),
        ("/%FF%C3", "/%FF%C3"),
        ("/%C3", "/%C3"),
        ("/50%", "/50%"),
    ],
)
def test_an_address_is_decoded_where_that_has_one_reading(address: str, read: str) -> None:
    assert readable_address(address) == read


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_nothing_that_is_shown_hides_or_turns_what_stands_beside_it(text: str) -> None:
    assert readable_address(text).isprintable()
    assert readable_address(readable_address(text)) == readable_address(text)
