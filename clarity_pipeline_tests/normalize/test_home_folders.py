from urllib.parse import quote

import pytest

from clarity_pipeline.normalize.labels import masked_label
from clarity_pipeline.normalize.urls import canonical_url, mask_query

NONE: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("file:///C:/Users/anna.berg/Desktop/offer%20final.html", "file:///C:/Users/:id/Desktop/offer%20final.html"),
        ("file:///Users/annaberg/Downloads/page.html", "file:///Users/:id/Downloads/page.html"),
        ("file:///home/anna/", "file:///home/:id/"),
        ("file:///home/anna", "file:///home/:id"),
        ("file:///home/anna/clients/berg%20ltd/offer%20anna.html?x=1#y", "file:///home/:id/offer%20:id.html"),
        ("file:///C:%5CUsers%5Canna.berg%5Coffer.html", "file:///C:\\Users\\:id\\offer.html"),
        ("file:///C%253A%255CUsers%255Canna%255Coffer.html", "file:///C:\\Users\\:id\\offer.html"),
        ("file:///C|/Documents%20and%20Settings/Anna%20Berg/a.html", "file:///C|/Documents%20and%20Settings/:id/a.html"),
        ("file://ANNAS-PC/Users/anna/a.html", "file://:id/Users/:id/a.html"),
        ("file://///nas/homes$/anna/a.html", "file://///:id/a.html"),
        ("file:///C:/Users/anna.berg", "file:///C:/Users/:id"),
        ("file:///C:/Users/Public/Documents/a.html", "file:///C:/Users/Public/Documents/a.html"),
        ("file:///android_asset/www/index.html", "file:///android_asset/www/index.html"),
        ("C:\\Users\\anna\\a.html", "C:\\Users\\:id\\a.html"),
        ("C:/Users/anna/a.html", "C:/Users/:id/a.html"),
        ("vscode-file://vscode-app/c:/Users/anna/a.html", "vscode-file://vscode-app/c:/Users/:id/a.html"),
        ("data:text/html;base64,PGgxPkFubmE8L2gxPg==", "data:text/html,:id"),
        ("javascript:alert('anna')", "javascript::id"),
        ("moz-extension://3f2504e0-4f89-11d3-9a0c-0305e82c3301/popup.html", "moz-extension://:id/popup.html"),
        ("chrome-extension://abcdefghijklmnopabcdefghijklmnop/popup.html",) * 2,
        ("blob:https://shop.example/0b9f6c2e-1111-4222-8333-abcdefabcdef", "blob:https://shop.example/:id"),
        ("about:blank", "about:blank"),
        ("https://Electron", "https://Electron"),
    ],
)
def test_no_name_of_a_machines_owner_stays_in_an_address(sent: str, kept: str) -> None:
    spelt = canonical_url(sent, kept_parameters=NONE)
    assert spelt == kept
    assert canonical_url(spelt, kept_parameters=NONE) == spelt
    for shown in (spelt, mask_query(sent, NONE)):
        assert "anna" not in shown.lower()
        assert "berg" not in shown.lower()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("C:\\Users\\anna\\Desktop\\offer.html", "C:\\Users\\:id\\Desktop\\offer.html"),
        ("C%3A%5CUsers%5Canna", "C:\\Users\\:id"),
        ("read \\\\nas\\homes\\anna\\a.html", "read \\\\:id\\a.html"),
        ("/Users/anna/Documents/a.html", "/Users/:id/Documents/a.html"),
        ("/home/garden/chairs", "/home/garden/chairs"),
        ("Ratio 4:3 / 16:9", "Ratio 4:3 / 16:9"),
    ],
)
def test_a_path_of_a_machine_in_a_label_loses_its_owner(text: str, kept: str) -> None:
    assert masked_label(text) == kept
    assert masked_label(kept) == kept


def test_a_folder_is_found_however_often_it_is_encoded() -> None:
    address = "file:///C:/Users/anna.berg/a b.html"
    for _ in range(4):
        address = "file:///" + quote(address.removeprefix("file:///"), safe="")
        assert canonical_url(address, kept_parameters=NONE) == "file:///C:/Users/:id/a%20b.html"
