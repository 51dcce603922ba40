"""The search of the header: over everything that the viewer may see, without accents, without a script."""

from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa

from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.state.schema.alerts import alerts
from clarity_pipeline_tests.panel.pages.test_pages import HOSTILE, TODAY, connect, serve
from clarity_pipeline_tests.panel.running import RunningPanel, Visitor
from clarity_pipeline_tests.rules.made_up import rule, threshold


def furnish(panel: RunningPanel) -> None:
    """Two businesses that each have a page, an alert and a rule with `kuche` in it, and who sees which of them."""
    panel.user("ann@agency.example", role="agency_admin")
    panel.user("max@agency.example")
    connect(panel, "acme", "Küche & Co")
    connect(panel, "globex", "Globex Kuche")
    panel.user("kuche@acme.example", role="client", businesses=("acme",))
    for slug in ("acme", "globex"):
        serve(panel, slug, url=f"https://{slug}.example/k%C3%BCche")
    rules = [
        rule(threshold("clarity_sessions"), id=f"kuche-{each}", name=f"Kuche of {each}", businesses=[each])
        for each in ("acme", "globex")
    ]
    import_rules(panel.panel.home.state, clock=panel.panel.clock, rules=rules, author="cli:x")
    with panel.panel.home.state.write() as connection:
        for number, slug in enumerate(("acme", "globex")):
            row: dict[str, Any] = {
                "alert_id": f"{number}" * 32, "rule_id": f"kuche-{slug}", "business_id": slug, "severity": "warning",
                "state": "firing", "opened_on": TODAY, "last_fired_on": TODAY, "last_evaluated_on": TODAY, "summary": "It broke.",
            }  # fmt: skip
            connection.execute(sa.insert(alerts).values(**row))


def found(visitor: Visitor, query: str, *, door: str = "/api/v1/search") -> set[tuple[str, str]]:
    answer = visitor.get(door, params={"find": query})
    assert answer.status_code == 200, answer.text
    return {(each["kind"], each["path"].partition("?")[0]) for each in answer.json()}


def test_an_admin_finds_every_kind_whatever_the_accents(any_panel: RunningPanel) -> None:
    furnish(any_panel)
    ann = any_panel.visitor("ann@agency.example")
    everything = {
        ("businesses", "/businesses/acme"), ("businesses", "/businesses/globex"),
        ("pages", "/businesses/acme/pages/one"), ("pages", "/businesses/globex/pages/one"),
        ("alerts", f"/alerts/{'0' * 32}"), ("alerts", f"/alerts/{'1' * 32}"),
        ("rules", "/businesses/acme/rules/kuche-acme"), ("rules", "/businesses/globex/rules/kuche-globex"),
    }  # fmt: skip
    for query in ("kuche", "KÜCHE"):
        people = {each for each in found(ann, query) if each[0] == "people"}
        assert found(ann, query) - people == everything
        assert len(people) == 1
    assert found(ann, "kuche globex") == {each for each in everything if "globex" in each[1] or "1" in each[1]}, (
        "every word counts"
    )


def test_every_address_that_is_found_opens(any_panel: RunningPanel) -> None:
    furnish(any_panel)
    ann = any_panel.visitor("ann@agency.example")
    for each in ann.get("/api/v1/search", params={"find": "kuche"}).json():
        assert ann.get(each["path"]).status_code in {200, 409}, each


def test_a_member_finds_no_people_and_a_client_nothing_of_others(any_panel: RunningPanel) -> None:
    furnish(any_panel)
    assert "people" not in {kind for kind, _ in found(any_panel.visitor("max@agency.example"), "kuche")}
    cleo = any_panel.visitor("kuche@acme.example")
    assert found(cleo, "kuche", door="/api/v1/portal/search") == {
        ("businesses", "/businesses/acme"), ("pages", "/businesses/acme/pages/one"),
        ("alerts", f"/alerts/{'0' * 32}"), ("rules", "/businesses/acme/rules/kuche-acme"),
    }  # fmt: skip
    page = cleo.get("/search?find=kuche").text
    assert ("Kuche of acme" in page, "lobex" in page, "agency.example" in page) == (True, False, False)
    assert cleo.get("/search?find=globex").text.count("Nothing found") == 1
    assert cleo.get("/api/v1/search?find=kuche").status_code == 403


@pytest.mark.parametrize("query", ["", "%20%20", "%00", "%25", "%27%22%3E%3Cscript%3E", "x" * 300, "%F0%9F%94%8D"])
def test_odd_words_find_nothing_and_break_nothing(any_panel: RunningPanel, query: str) -> None:
    furnish(any_panel)
    answer = any_panel.visitor("ann@agency.example").get(f"/search?find={query}")
    assert (answer.status_code, "<script>" in answer.text, "/businesses/acme/" in answer.text) == (200, False, False)


def test_what_strangers_wrote_is_text_in_what_is_found(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example")
    connect(any_panel, "acme", "Acme")
    serve(any_panel, "acme", url=HOSTILE)
    page = any_panel.visitor("ann@agency.example").get("/search", params={"find": "alert("}).text
    assert "<script>alert" not in page
    assert 'href="javascript' not in page.lower()
    assert "pages/one" in unescape(page)


def test_the_header_leads_to_the_search_on_every_page_without_a_script(any_panel: RunningPanel) -> None:
    any_panel.user("max@agency.example")
    page = any_panel.visitor("max@agency.example").get("/businesses").text
    assert '<form class="find" method="get" action="/search"' in page
    assert 'href="/search"' in page
