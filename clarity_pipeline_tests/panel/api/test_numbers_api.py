"""Breakdowns, one page over time and what is wrong over all businesses through the API, as the places of the panel show them."""

from datetime import timedelta
from typing import get_args

import pytest

from clarity_pipeline.panel.views.triage import FILTERS, TroubleName
from clarity_pipeline.warehouse.published.breakdowns import DIMENSIONS
from clarity_pipeline_tests.panel.running import RunningPanel, Visitor
from clarity_pipeline_tests.world import World

AGENCY, PORTAL = "/api/v1/businesses", "/api/v1/portal/businesses"


@pytest.fixture
def doors(panel: RunningPanel, world: World) -> list[tuple[Visitor, str]]:
    """Both doors over a business with a day of data."""
    world.sync()
    return [(panel.visitor("max@agency.example"), AGENCY), (panel.visitor("cleo@acme.example"), PORTAL)]


def test_each_breakdown_tells_all_visits_of_its_lane(doors: list[tuple[Visitor, str]]) -> None:
    for visitor, door in doors:
        whole = visitor.get(f"{door}/acme/dashboard?days=7").json()
        for dimension in DIMENSIONS:
            found = visitor.get(f"{door}/acme/breakdown/{dimension}?days=7").json()
            assert found["days_with_data"] == 1
            assert sum(each["sessions"] for each in found["groups"]) + found["rest"] == found["sessions"]
            assert [each["sessions"] for each in found["groups"]] == sorted(
                (each["sessions"] for each in found["groups"]), reverse=True
            )
        devices = visitor.get(f"{door}/acme/breakdown/device?days=7").json()
        assert {each["value"]: each["sessions"] for each in devices["groups"]} == whole["devices"]
        assert sum(each["dead_clicks"] for each in devices["groups"]) == whole["totals"]["dead_clicks"] > 0
        assert visitor.get(f"{door}/acme/breakdown/browser").status_code == 422


def test_a_page_is_told_by_day_and_one_that_never_was_has_none(doors: list[tuple[Visitor, str]]) -> None:
    for visitor, door in doors:
        worst = visitor.get(f"{door}/acme/dashboard?days=7").json()["worst_pages"][0]
        found = visitor.get(f"{door}/acme/pages", params={"url": worst["url"], "days": 7}).json()
        assert [each["page"] for each in found["days"]] == [worst]
        assert found["days"][0]["date"] == found["to_date"]
        assert visitor.get(f"{door}/acme/pages", params={"url": "https://other.example/"}).json()["days"] == []
        assert visitor.get(f"{door}/acme/pages").status_code == 422


def test_businesses_are_asked_by_what_is_wrong_with_them(
    doors: list[tuple[Visitor, str]], world: World, panel: RunningPanel
) -> None:
    (max_, _), (cleo, _) = doors
    panel.panel.home.connections.add_without_clarity("globex", name="Globex", actor="cli:anna")

    def named(visitor: Visitor, door: str, state: str) -> list[str]:
        return [each["business"] for each in visitor.get(f"{door}?state={state}").json()]

    assert set(named(max_, AGENCY, "all")) == {"acme", "globex"}
    assert named(cleo, PORTAL, "all") == ["acme"]
    assert named(max_, AGENCY, "rejected") == []
    world.now += timedelta(days=4)
    max_, cleo = panel.visitor("max@agency.example"), panel.visitor("cleo@acme.example")  # signed in anew
    assert named(max_, AGENCY, "stale") == named(cleo, PORTAL, "stale") == ["acme"]
    assert named(max_, AGENCY, "all")[0] == "acme", "the worst comes first"
    assert max_.get(f"{AGENCY}?state=odd").status_code == 422


def test_what_belongs_to_others_looks_as_if_it_were_not_there(doors: list[tuple[Visitor, str]], panel: RunningPanel) -> None:
    panel.panel.home.connections.add_without_clarity("globex", name="Globex", actor="cli:anna")
    (max_, _), (cleo, _) = doors
    for path in ("breakdown/device", "pages?url=x"):
        theirs, nobody = (cleo.get(f"{PORTAL}/{slug}/{path}") for slug in ("globex", "no-such"))
        assert theirs.status_code == nobody.status_code == 404
        assert max_.get(f"{AGENCY}/globex/{path}").status_code == 200
        assert max_.get(f"{AGENCY}/no-such/{path}").status_code == 404


def test_each_state_that_may_be_asked_for_is_a_filter_of_the_list() -> None:
    assert [each.name for each in FILTERS] == list(get_args(TroubleName))
