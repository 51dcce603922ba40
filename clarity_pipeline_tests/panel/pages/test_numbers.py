"""The numbers of a business as they are drawn: any days, one page over time, what is known of a day, and what a page weighs."""

import re
from datetime import datetime, timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.rules.markers.markers import Markers
from clarity_pipeline.state.schema.markers import change_markers
from clarity_pipeline.state.schema.published import serving_days
from clarity_pipeline_tests.panel.conftest import NINE
from clarity_pipeline_tests.panel.pages.test_pages import PLACES, TODAY, connect, serve
from clarity_pipeline_tests.panel.pages.test_triage import YESTERDAY, fire
from clarity_pipeline_tests.panel.running import RunningPanel
from clarity_pipeline_tests.rules.made_up import rule, threshold

MOST_BYTES = 60 * 1024


def chart(page: str, label: str) -> str:
    return page.partition(f'aria-label="{label} by day')[2].partition("</svg>")[0]


def mark(panel: RunningPanel, slug: str, at: datetime, note: str) -> None:
    with panel.panel.home.state.write() as connection:
        values = {"business_id": slug, "at": at, "note": note, "author": "panel:ann@a.example", "created_at": NINE}
        connection.execute(sa.insert(change_markers).values(**values))


def test_a_chart_says_what_is_known_of_a_day_and_names_its_signs(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example")
    connect(any_panel, "acme", "Acme")
    for back in (1, 2, 3):
        serve(any_panel, "acme", back=back)
    ann = any_panel.visitor("ann@agency.example")
    page = ann.get("/businesses/acme").text
    assert not any(said in page for said in ("Hatched", "an alert was open", "the site was changed"))
    assert '<span class="y" aria-hidden="true">40</span>' in page
    assert '<span class="y half" aria-hidden="true">20</span>' in page
    mark(any_panel, "acme", NINE - timedelta(days=2), "new <b>checkout")
    asked = rule({"any": [threshold("clarity_dead_click_rate"), threshold("clarity_sessions")]}, id="rule-warning")
    import_rules(any_panel.panel.home.state, clock=any_panel.panel.clock, rules=[asked], author="cli:anna")
    fire(any_panel, "acme", scope="business", entity="")
    with any_panel.panel.home.state.write() as connection:
        connection.execute(sa.update(serving_days).where(serving_days.c.date == YESTERDAY).values(truncated=True))
    page = ann.get("/businesses/acme").text
    assert "<b>checkout" not in page
    assert "<title>2 May: 40; changed: new <b>checkout</title>" in unescape(page)
    assert "3 May: 40; cut at 1,000 rows, a lower bound; alert open: Made up" in page
    assert "alert open" in chart(page, "Dead clicks")
    assert "alert open" not in chart(page, "Rage clicks")
    for said in ("Hatched: lacks something", "Bar at the top: an alert was open", "Dashed line: the site was changed"):
        assert said in page


def test_an_alert_stands_on_the_charts_of_what_its_rule_asks_and_on_no_other(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example")
    connect(any_panel, "acme", "Acme")
    serve(any_panel, "acme", back=1)
    home = any_panel.panel.home
    about = {
        "shares": threshold("clarity_rage_click_session_share", value=0.1),
        "average": threshold("clarity_site_scroll_depth", operator="below", value=10),
        "spike": {"spike": {"signal": "quick_back"}},
        "token": {"connection": {"state": "rejected"}},
    }
    rules = [rule(when, id=name, name=name) for name, when in about.items()]
    import_rules(home.state, clock=home.clock, rules=rules, author="cli:anna")
    for name in (*about, "gone"):
        fire(any_panel, "acme", severity=name, rule_id=name, scope="business", entity="")
    page = any_panel.visitor("ann@agency.example").get("/businesses/acme").text
    labels = ("Visits of pages", "Rage clicks", "Dead clicks", "Quick backs", "Scroll depth", "Engagement")
    told = {label: re.findall(r"alert open: ([^<]*)<", chart(page, label)) for label in labels}
    assert {label: names for label, names in told.items() if names} == {
        "Rage clicks": ["shares"],
        "Quick backs": ["spike"],
        "Scroll depth": ["average"],
    }


def test_a_page_has_no_sign_of_an_alert_about_another_page(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example")
    connect(any_panel, "acme", "Acme")
    serve(any_panel, "acme", url="https://acme.example/0")
    home = any_panel.panel.home
    asked = rule(threshold("url_clarity_dead_clicks"), id="rule-warning", scope="url")
    import_rules(home.state, clock=home.clock, rules=[asked], author="cli:anna")
    ann = any_panel.visitor("ann@agency.example")
    address = "/businesses/acme/pages/one?url=https://acme.example/0"
    fire(any_panel, "acme", alert_id="other", entity="https://acme.example/other")
    assert "alert open" not in ann.get(address).text
    fire(any_panel, "acme")
    assert "alert open: Made up" in ann.get(address).text


def test_numbers_that_moved_beyond_chance_are_cards_and_the_others_a_folded_table(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example")
    connect(any_panel, "acme", "Acme")
    for back in range(1, 15):
        serve(any_panel, "acme", back=back, sessions=400 + back % 3)
    ann = any_panel.visitor("ann@agency.example")
    calm = ann.get("/businesses/acme?span=7").text
    assert re.findall(r"<h3>([^<]*)</h3>", calm) == ["Visits of pages"]
    assert '<details class="steady" open>' in calm
    with any_panel.panel.home.state.write() as connection:
        recent = serving_days.c.date > TODAY - timedelta(days=8)
        connection.execute(sa.update(serving_days).where(recent).values(dead_clicks=30))
    page = ann.get("/businesses/acme?span=7").text
    assert re.findall(r"<h3>([^<]*)</h3>", page) == ["Visits of pages", "Dead clicks"]
    steady = page.partition('<details class="steady">')[2].partition("</details>")[0]
    assert "Rage clicks" in steady
    assert "Dead clicks" not in steady


def test_days_are_chosen_by_hand_and_wrong_ones_are_told(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example")
    connect(any_panel, "acme", "Acme")
    serve(any_panel, "acme", back=20, sessions=77)
    ann = any_panel.visitor("ann@agency.example")
    chosen = {"from": TODAY - timedelta(days=22), "to": TODAY - timedelta(days=19)}
    page = ann.get(f"/businesses/acme?{urlencode(chosen)}").text
    assert '<p class="value">77</p>' in page
    assert f'value="{chosen["from"]}"' in page
    refused = ann.get("/businesses/acme?from=2026-06-01&to=2026-05-01")
    assert (refused.status_code, 'role="alert"' in refused.text) == (200, True)


def test_one_page_has_a_view_of_its_own_with_gaps_where_it_was_not_among_the_worst(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example")
    connect(any_panel, "acme", "Acme")
    address = "https://a.example/<b>?x=1&y=ü"
    serve(any_panel, "acme", back=1, url=address)
    serve(any_panel, "acme", back=3, url=address)
    serve(any_panel, "acme", back=2, url="https://a.example/other")
    ann = any_panel.visitor("ann@agency.example")
    listed = ann.get("/businesses/acme/pages?span=28").text
    link = next(each for each in listed.split('href="') if each.startswith("/businesses/acme/pages/one?") and "%3Cb" in each)
    page = ann.get(unescape(link.partition('"')[0])).text
    assert address in unescape(page)
    assert "<b>" not in page
    assert "on 2 days" in page
    assert "2 May: not among the worst" in page
    assert 'aria-current="page">Pages' in page
    assert "It was not among the worst pages" in ann.get("/businesses/acme/pages/one?url=https://nowhere.example/").text


def test_a_page_weighs_at_most_60_kib_as_it_is_sent(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example")
    connect(any_panel, "acme", "Acme")
    for back in range(1, 91):
        serve(any_panel, "acme", back=back, sessions=1_000 + 37 * back % 113, url=f"https://a.example/{back}/{'part/' * 12}")
    for number in range(60):
        connect(any_panel, f"shop-{number:02}", f"Shop {number:02}")
        fire(any_panel, f"shop-{number:02}")
    ann = any_panel.visitor("ann@agency.example")
    whole = ann.get("/businesses/acme?span=90", headers={"Accept-Encoding": "identity"})
    assert int(whole.headers["Content-Length"]) > MOST_BYTES, "the page is small without being packed"
    for path in ("/businesses", *(f"{place}?span=90" for place in PLACES)):
        answer = ann.get(path, headers={"Accept-Encoding": "gzip"})
        assert answer.headers["Content-Encoding"] == "gzip", path
        assert int(answer.headers["Content-Length"]) <= MOST_BYTES, path


@pytest.mark.parametrize(("method", "packed"), [("GET", True), ("POST", False)])
def test_only_what_is_read_is_packed_since_what_is_shown_once_answers_a_form(
    any_panel: RunningPanel, method: str, packed: bool
) -> None:
    any_panel.user("ann@agency.example", role="agency_admin")
    connect(any_panel, "acme", "Acme")
    ann = any_panel.visitor("ann@agency.example")
    path = "/businesses/acme/connection" if packed else "/businesses/acme/update"
    answer = ann.send(method, path, headers={"Accept-Encoding": "gzip"}, data={"project_id": "no/good"} if not packed else None)
    assert (answer.headers.get("Content-Encoding") == "gzip", len(answer.content) > 2_000) == (packed, True)


def test_a_marked_change_stands_on_breakdowns_and_on_a_page_of_its_own_and_not_on_anothers(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example")
    connect(any_panel, "acme", "Acme")
    for back in range(1, 8):
        serve(any_panel, "acme", back=back, url="https://acme.example/lp")
    markers = Markers(any_panel.panel.home.state, clock=any_panel.panel.clock)
    acme = any_panel.panel.home.connections.get("acme")
    at = NINE - timedelta(days=3)
    for note, url in (("launch", None), ("own page", "https://acme.example/lp"), ("other page", "https://acme.example/cart")):
        markers.add(acme, url=url, at=at, note=note, author="cli:x")
    markers.add(acme, url=None, at=NINE - timedelta(days=300), note="long ago", author="cli:x")
    ann = any_panel.visitor("ann@agency.example")
    of_page = ann.get("/businesses/acme/pages/one?url=https%3A%2F%2Facme.example%2Flp&span=7").text
    assert 'class="mark"' in of_page
    assert ("changed: launch; changed: own page" in of_page, "other page" in of_page, "long ago" in of_page) == (
        True,
        False,
        False,
    )
    breakdown = ann.get("/businesses/acme/breakdown?span=7").text
    assert breakdown.count('class="mark"') == 2, "one value of each of two lanes"
    assert "changed: launch; changed: own page; changed: other page" in breakdown
    assert "Dashed line: the site was changed" in breakdown
    assert "long ago" not in breakdown
    quiet = ann.get(f"/businesses/acme/breakdown?from={NINE.date() - timedelta(days=2)}").text
    assert "Dashed line" not in quiet
