"""Groups of businesses in the panel and the API: for the agency, as a filter and as whom a ready rule is switched on for."""

from typing import Any

import pytest

from clarity_pipeline_tests.panel.pages.conftest import LIVED, OTHER
from clarity_pipeline_tests.panel.pages.test_pages import connect
from clarity_pipeline_tests.panel.pages.test_rule_gallery import READY, stored
from clarity_pipeline_tests.panel.pages.test_triage import in_trouble, names
from clarity_pipeline_tests.panel.running import RunningPanel


def groups_of(panel: RunningPanel) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {each.group_id: (each.name, each.business_ids) for each in panel.panel.home.groups.all()}


def test_a_member_makes_a_group_names_it_and_fills_it(any_panel: RunningPanel) -> None:
    any_panel.user("max@agency.example")
    connect(any_panel, "acme", "Acme")
    connect(any_panel, "globex", "Globex")
    visitor = any_panel.visitor("max@agency.example")
    assert visitor.post("/groups", name="Große Kunden").headers["location"] == "/groups/grosse-kunden"
    assert "Tick who is in it" in visitor.get("/groups/grosse-kunden").text
    visitor.post("/groups/grosse-kunden", name="Large", businesses=["acme", "globex"])
    assert groups_of(any_panel) == {"grosse-kunden": ("Large", ("acme", "globex"))}
    assert "Saved." in visitor.get("/groups/grosse-kunden").text
    assert visitor.post("/groups/grosse-kunden", do="remove").headers["location"] == "/groups"
    assert groups_of(any_panel) == {}


def test_what_is_wrong_with_a_group_is_said_at_its_field_and_what_was_ticked_stays(any_panel: RunningPanel) -> None:
    any_panel.user("max@agency.example")
    connect(any_panel, "acme", "Acme")
    visitor = any_panel.visitor("max@agency.example")
    empty = visitor.post("/groups", name="  ")
    assert empty.status_code == 422
    assert 'aria-describedby="name-problem"' in empty.text
    visitor.post("/groups", name="Key")
    twice = visitor.post("/groups", name="KEY")
    assert (twice.status_code, "a group of that name already" in twice.text) == (422, True)
    refused = visitor.post("/groups/key", name="", businesses=["acme"])
    assert (refused.status_code, 'value="acme" checked' in refused.text) == (422, True)
    assert groups_of(any_panel) == {"key": ("Key", ())}


def test_the_list_is_filtered_by_group_in_its_address_and_its_counts_are_the_groups_own(any_panel: RunningPanel) -> None:
    in_trouble(any_panel)
    any_panel.panel.home.groups.make("key", name="Key accounts", business_ids=["alerted", "well"], actor="cli:x")
    visitor = any_panel.visitor("ann@agency.example")
    page = visitor.get("/businesses?group=key").text
    assert names(page) == ["alerted", "well"]
    assert "2 of 6 businesses in Key accounts" in page
    assert 'href="/businesses?show=alerts&amp;group=key"' in page
    assert names(visitor.get("/businesses?group=key&show=alerts").text) == ["alerted"]
    assert len(names(visitor.get("/businesses?group=no-such").text)) == 6


def test_a_client_sees_no_group_and_cannot_filter_by_one(panel: RunningPanel) -> None:
    panel.panel.home.groups.make("secret", name="Doomed accounts", actor="cli:x")
    cleo = panel.visitor("cleo@acme.example")
    page = cleo.get("/businesses?group=secret").text
    assert "Doomed" not in page
    assert "/businesses/acme" in page
    assert cleo.get("/groups").status_code == 403
    assert cleo.get("/api/v1/groups").status_code == 403
    assert cleo.get("/api/v1/portal/businesses?group=secret").status_code == 403


def test_a_ready_rule_is_switched_on_for_a_group(lived_panel: RunningPanel) -> None:
    ann = lived_panel.visitor("ann@agency.example")
    groups = lived_panel.panel.home.groups
    groups.make("both", name="Both of them", business_ids=[LIVED, OTHER], actor="cli:x")
    groups.make("empty", name="Nobody", actor="cli:x")
    assert "Both of them (2)" in ann.get(READY).text
    assert ann.post(READY, rules=["errors-jump"], whom="group", group="both").status_code == 303
    assert stored(lived_panel)["errors-jump"].businesses == (LIVED, OTHER)
    refused = ann.post(READY, rules=["visits-halved"], whom="group", group="empty")
    assert (refused.status_code, "has no business yet" in refused.text) == (422, True)
    assert "visits-halved" not in stored(lived_panel)


def test_the_builder_ticks_a_groups_businesses(lived_panel: RunningPanel) -> None:
    ann = lived_panel.visitor("ann@agency.example")
    lived_panel.panel.home.groups.make("both", business_ids=[LIVED, OTHER], actor="cli:x")
    form: dict[str, Any] = {"do": "tick", "group": "both", "businesses:all": "all", "when:kind": "threshold"}
    page = ann.post(f"/businesses/{LIVED}/rules/build/new", **form).text

    for each in (LIVED, OTHER):
        assert f'name="businesses" value="{each}" checked' in page
    assert 'value="all" checked> Every business' not in page


@pytest.mark.parametrize("path", ["/groups/no-such", "/groups/%00"])
def test_a_group_that_is_not_there_is_said_to_be_gone(any_panel: RunningPanel, path: str) -> None:
    any_panel.user("max@agency.example")
    answer = any_panel.visitor("max@agency.example").get(path)
    assert (answer.status_code, "go back to the groups" in answer.text) == (404, True)


def test_the_api_keeps_groups_filters_by_one_and_switches_a_rule_on_for_one(lived_panel: RunningPanel) -> None:
    ann = lived_panel.visitor("ann@agency.example")
    made = ann.send("POST", "/api/v1/groups", json={"group": "key", "name": "Key", "businesses": [LIVED]})
    assert (made.status_code, made.json()) == (201, {"group": "key", "name": "Key", "businesses": [LIVED]})
    assert [each["business"] for each in ann.get("/api/v1/businesses?group=key").json()] == [LIVED]
    assert ann.get("/api/v1/businesses?group=no-such").json()["reason"] == "unknown_group"
    ann.send("PATCH", "/api/v1/groups/key", json={"businesses": [LIVED, OTHER]})
    answer = ann.send("POST", f"/api/v1/businesses/{LIVED}/rules/errors-jump/enable", json={"group": "key"})
    assert answer.status_code == 200, answer.text
    assert stored(lived_panel)["errors-jump"].businesses == (LIVED, OTHER)
    assert ann.send("DELETE", "/api/v1/groups/key").json()["name"] == "Key"
    assert ann.get("/api/v1/groups").json() == []
