"""The places of a business: each has an address, one way leads to all of them, and everybody lands where they belong."""

import re

import pytest

from clarity_pipeline.connections.audit import note
from clarity_pipeline.panel.views.navigation import MAIN, OF_BUSINESS
from clarity_pipeline_tests.panel.conftest import NINE
from clarity_pipeline_tests.panel.pages.test_pages import connect
from clarity_pipeline_tests.panel.running import RunningPanel

_LINK = re.compile(r'<a href="([^"]*)"( aria-current="page")?>')


def ways(page: str, name: str) -> list[tuple[str, bool]]:
    """Where a navigation leads to, and which of them the page says it is."""
    nav = page.partition(f'aria-label="{name}"')[2].partition("</nav>")[0]
    return [(address, bool(current)) for address, current in _LINK.findall(nav)]


def test_each_place_has_an_address_and_leads_to_all_others_and_says_which_it_is(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example")
    connect(any_panel, "acme", "Acme")
    ann = any_panel.visitor("ann@agency.example")
    addresses = [f"/businesses/acme{each.path}" for each in OF_BUSINESS]
    for address, place in zip(addresses, OF_BUSINESS, strict=True):
        page = ann.get(address).text
        assert ways(page, "Acme") == [(other, other == address) for other in addresses]
        assert f"<title>{place.label} · Acme · " in page
        assert ("/businesses", True) in ways(page, "Main")


def test_the_span_is_kept_on_the_way_to_another_place_with_numbers(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example")
    connect(any_panel, "acme", "Acme")
    led = ways(any_panel.visitor("ann@agency.example").get("/businesses/acme/pages?span=28").text, "Acme")
    assert [address for address, _ in led if address.endswith("?span=28")] == [
        f"/businesses/acme{each.path}?span=28" for each in OF_BUSINESS if each.has_span
    ]


def test_a_client_of_one_business_lands_on_its_overview_and_others_on_their_list(any_panel: RunningPanel) -> None:
    for slug in ("acme", "globex"):
        connect(any_panel, slug, slug.title())
    any_panel.user("ann@agency.example")
    any_panel.user("one@client.example", role="client", businesses=("acme",))
    any_panel.user("two@client.example", role="client", businesses=("acme", "globex"))
    any_panel.user("none@client.example", role="client")
    landed = {who: any_panel.visitor(who).get("/").headers["Location"] for who in (
        "ann@agency.example", "one@client.example", "two@client.example", "none@client.example",
    )}  # fmt: skip
    assert landed == {
        "ann@agency.example": "/businesses",
        "one@client.example": "/businesses/acme",
        "two@client.example": "/businesses",
        "none@client.example": "/businesses",
    }


@pytest.mark.parametrize(
    ("who", "led"),
    [
        ("ann@agency.example", ["/businesses", "/people", "/keys", "/search"]),
        ("max@agency.example", ["/businesses", "/search"]),
        ("cleo@acme.example", ["/businesses", "/search"]),
    ],
)
def test_nobody_is_led_to_a_door_that_does_not_open(panel: RunningPanel, who: str, led: list[str]) -> None:
    visitor = panel.visitor(who)
    page = visitor.get("/account").text
    assert '<a href="/account" aria-current="page">' in page
    shown = [address for address, _ in ways(page, "Main")]
    assert [address for address in shown if address in {*(each.path for each in MAIN), "/search"}] == shown
    assert set(led) <= set(shown)
    assert [visitor.get(address).status_code for address in shown] == [200] * len(shown)


def test_activity_is_read_page_by_page_and_none_is_lost_between_two(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example")
    connect(any_panel, "acme", "Acme")
    with any_panel.panel.home.state.write() as connection:
        for number in range(120):
            note(connection, "updated", at=NINE, business_id="acme", actor=f"panel:p{number:03}@a.example", fields=["name"])
    ann = any_panel.visitor("ann@agency.example")
    address, seen, pages = "/businesses/acme/activity", list[str](), 0
    while address:
        page = ann.get(address).text
        seen += re.findall(r"p(\d{3})@a\.example", page)
        found = re.search(r'href="([^"]*before=\d+)"', page)
        address, pages = (found[1] if found else ""), pages + 1
    assert (seen, pages) == ([f"{number:03}" for number in reversed(range(120))], 3)
