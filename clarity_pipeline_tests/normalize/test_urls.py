import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clarity_pipeline.normalize.urls import canonical_url, mask_query

NONE: frozenset[str] = frozenset()
KEPT = frozenset({"id", "page", "größe"})


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        # scheme, host, port
        ("HTTPS://WWW.Example.COM/", "https://www.example.com/"),
        ("http://example.com/a", "https://example.com/a"),
        ("http://example.com:80/a", "https://example.com/a"),
        ("https://example.com:443/a", "https://example.com/a"),
        ("http://example.com:443/a", "https://example.com/a"),
        ("https://example.com:/a", "https://example.com/a"),
        ("https://example.com:08443/a", "https://example.com:8443/a"),
        ("https://example.com:80/a", "https://example.com:80/a"),
        ("https://example.com./a", "https://example.com/a"),
        ("https://münchen.example/a", "https://xn--mnchen-3ya.example/a"),
        ("https://MÜNCHEN.example/a", "https://xn--mnchen-3ya.example/a"),
        ("https://xn--mnchen-3ya.example/a", "https://xn--mnchen-3ya.example/a"),
        ("https://例え.テスト/", "https://xn--r8jz45g.xn--zckzah/"),
        ("https://my_shop.example.com/", "https://my_shop.example.com/"),
        ("http://localhost:3000/a/", "https://localhost:3000/a"),
        ("http://192.168.0.1/a/", "https://192.168.0.1/a"),
        ("https://[2001:DB8:0:0::1]:443/a/", "https://[2001:db8::1]/a"),
        # userinfo and fragment
        ("https://anna:pw@example.com/a", "https://example.com/a"),
        ("https://anna@home:pw@example.com/a", "https://example.com/a"),
        ("https://example.com/a#section-2", "https://example.com/a"),
        ("https://example.com/#/app?token=1", "https://example.com/"),
        # the root has its slash, other paths have none
        ("https://example.com", "https://example.com/"),
        ("https://example.com?a=1", "https://example.com/"),
        ("https://example.com//", "https://example.com/"),
        ("https://example.com/a/", "https://example.com/a"),
        ("https://example.com/a///", "https://example.com/a"),
        ("https://example.com/a//b", "https://example.com/a//b"),
        ("https://example.com/index.html", "https://example.com/"),
        ("https://example.com/a/index.php/", "https://example.com/a"),
        ("https://example.com/index.html/index.html", "https://example.com/"),
        ("https://example.com/myindex.html", "https://example.com/myindex.html"),
        ("https://example.com/index.htm", "https://example.com/index.htm"),
        ("https://example.com/index.php/route", "https://example.com/index.php/route"),
        ("https://example.com/a/./b/../c", "https://example.com/a/c"),
        ("https://example.com/../../a", "https://example.com/a"),
        ("https://example.com/a/%2e%2E/b", "https://example.com/b"),
        ("https://example.com/a/..", "https://example.com/"),
        # percent-encoding, and the case of the path
        ("https://example.com/Über/a b", "https://example.com/%C3%9Cber/a%20b"),
        ("https://example.com/%c3%9cber", "https://example.com/%C3%9Cber"),
        ("https://example.com/%7Eanna/%41", "https://example.com/~anna/A"),
        ("https://example.com/a%2fb%3F", "https://example.com/a%2Fb%3F"),
        ("https://example.com/100%", "https://example.com/100%25"),
        ("https://example.com/%zz", "https://example.com/%25zz"),
        ("https://example.com/%4%31", "https://example.com/%2541"),
        ("https://example.com/a\nb", "https://example.com/a%0Ab"),
        ("https://example.com/Path", "https://example.com/Path"),
        # the query
        ("https://example.com/a/?utm_source=x&fbclid=y", "https://example.com/a"),
        ("  https://example.com/a?x \n", "https://example.com/a"),
    ],
)
def test_one_page_has_one_spelling(raw: str, canonical: str):
    assert canonical_url(raw, kept_parameters=NONE) == canonical


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("https://example.com/a/?utm_source=x&page=2&id=7", "https://example.com/a?id=7&page=2"),
        ("https://example.com/?page=2&id=b&id=a", "https://example.com/?id=b&id=a&page=2"),
        ("https://example.com/a?%69d=%7e%c3%a9", "https://example.com/a?id=~%C3%A9"),
        ("https://example.com/a?id", "https://example.com/a?id="),
        ("https://example.com/a?id=a=b", "https://example.com/a?id=a=b"),
        ("https://example.com/a?ID=1", "https://example.com/a"),
        ("https://example.com/a?gr%C3%B6%C3%9Fe=XL", "https://example.com/a?gr%C3%B6%C3%9Fe=XL"),
        ("https://example.com/a?größe=XL", "https://example.com/a?gr%C3%B6%C3%9Fe=XL"),
        ("https://Electron?id=1&mail=x", "https://Electron?id=1"),
    ],
)
def test_listed_parameters_are_kept_and_sorted(raw: str, canonical: str):
    assert canonical_url(raw, kept_parameters=KEPT) == canonical


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "https://Electron",
        "https://Electron/Path/",
        "HTTPS://Intranet:99999/",
        "android-app://com.google.android.gm/",
        "file:///C:/page.html",
        "(not set)",
        "(direct)",
        "about:blank",
        "/home/",
        "example.com/a/",
        "https://",
        "https:///a",
        "http\u017f://example.com/",
        "https://example.com:port/",
        "https://example.com:70000/",
        "https://exa mple.com/",
        "https://ex%61mple.com/",
        "https://[::1",
        "https://[1:2]/",
        "https://.example.com/",
        "https://example..com/",
        "https://" + "a" * 64 + ".com/",
        "https://" + "a." * 200 + "com/",
        "https://ü" + "a" * 300 + ".com/",
        "https://\u2603-.example/",
    ],
)
def test_what_is_no_web_address_passes_through_trimmed(raw: str):
    assert canonical_url(f" {raw}\t", kept_parameters=NONE) == raw


@pytest.mark.parametrize(
    ("raw", "left"),
    [
        ("https://Electron/?token=SECRET#SECRET", "https://Electron/"),
        ("https://anna:SECRET@Electron/", "https://Electron/"),
        ("https://anna:SECRET@example.com:99999/a?q=SECRET", "https://example.com:99999/a"),
        ("android-app://com.example/?mail=SECRET", "android-app://com.example/"),
        ("/home?mail=SECRET", "/home"),
        ("//anna:SECRET@example.com/a", "//example.com/a"),
        ("https:/anna:SECRET@example.com/a", "https:/example.com/a"),
        ("https:\\\\SECRET@Electron\\a", "https:\\\\Electron\\a"),
        ("https://SECRET@/@Electron", "https://Electron"),
        ("mailto:SECRET@example.com", "mailto:example.com"),
    ],
)
def test_even_what_is_no_web_address_gives_up_query_fragment_and_userinfo(raw: str, left: str):
    assert canonical_url(raw, kept_parameters=NONE) == left
    assert "SECRET" not in mask_query(raw, NONE)


@pytest.mark.parametrize(
    ("raw", "masked"),
    [
        ("https://example.com/a/", "https://example.com/a/"),
        ("https://example.com/a?utm_source=news&id=7&x=", "https://example.com/a?utm_source=***&id=7&***=***"),
        ("https://anna:pw@example.com/a#token=1", "https://***@example.com/a#***"),
        ("https://example.com/a?anna%40example.com&&b@c.example=1", "https://example.com/a?***&&***=***"),
        ("https://example.com/a?" + "x" * 41 + "=1", "https://example.com/a?***=***"),
        ("https://example.com/a?next=/b?mail=x#y", "https://example.com/a?next=***#***"),
        ("https://example.com/a?id=7#", "https://example.com/a?id=7#"),
        ("https://example.com/@anna/a:b@c?", "https://example.com/@anna/a:b@c?"),
        ("/home?mail=x", "/home?mail=***"),
        ("(not set)", "(not set)"),
    ],
)
def test_values_are_masked_and_names_stay(raw: str, masked: str):
    assert mask_query(raw, KEPT) == masked


# Whatever a stranger typed.

PIECES = st.sampled_from(
    [
        *(
            "/?#@:&=%.\\[] \t\x00",
            "//",
            "..",
            "/./",
            "http",
            "HTTPS://",
            "https://",
            "a.b",
            "localhost",
            "Electron",
            "id=",
            "page",
        ),
        *("80", "443", "%41", "%2e", "%2F", "%4", "index.html", "/index.php", "é", "ß", "\u3002", "İ", "\ufffd", "xn--", "x"),
        *"/?#@:&=%.\\[]",
    ]
)
NASTY = st.lists(PIECES, max_size=14).map("".join) | st.text(max_size=20).map("https://".__add__) | st.text(max_size=20)


@settings(max_examples=500, deadline=None)
@given(raw=NASTY, kept=st.sampled_from([NONE, KEPT, frozenset({""})]))
@example(raw="a:x@//y@z", kept=NONE)
@example(raw="httpſ://a.b/?x=1", kept=NONE)
@example(raw="x ?a", kept=NONE)
@example(raw="https://ü @/a.b/index.php", kept=NONE)
def test_a_canonical_url_is_its_own_canonical_url(raw: str, kept: frozenset[str]):
    once = canonical_url(raw, kept_parameters=kept)
    assert canonical_url(once, kept_parameters=kept) == once
    assert mask_query(mask_query(raw, kept), kept) == mask_query(raw, kept)
    assert "#" not in once


@settings(max_examples=150, deadline=None)
@given(
    host=st.sampled_from(["example.com", "Electron", "[::1]", "localhost:99999", "ü.example"]),
    path=st.text("/ab.%@:\\", max_size=6),
    value=st.text(st.characters(codec="utf-8", exclude_characters="#&=")).map(lambda text: f"SECRET{text}SECRET"),
)
def test_a_secret_in_query_fragment_or_userinfo_never_gets_through(host: str, path: str, value: str):
    for raw in (f"https://{host}/{path}?mail={value}", f"http://{host}/{path}?{value}==", f"https://{host}/{path}?id=1#{value}"):
        assert "SECRET" not in canonical_url(raw, kept_parameters=KEPT)
        assert "SECRET" not in mask_query(raw, KEPT)


@settings(max_examples=150, deadline=None)
@given(
    path=st.lists(st.text("aZ9-_~é", min_size=1, max_size=4), max_size=3).map("/".join),
    variant=st.sampled_from(["", "/", "/index.html", "/index.php", "?fbclid=1", "/?utm_source=x#y", "#top"]),
    prefix=st.sampled_from(
        ["https://example.com/", "http://EXAMPLE.com:80/", "HTTP://anna@example.com/", "https://example.com:443/"]
    ),
)
def test_variants_of_a_page_fold_into_one(path: str, variant: str, prefix: str):
    plain = canonical_url(f"https://example.com/{path}", kept_parameters=NONE)
    assert canonical_url(f"{prefix}{path}{variant}", kept_parameters=NONE) == plain
