"""Sites and businesses without Clarity through the API: what the agency may say, and what a client is not told."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.clarity.token import Token
from clarity_pipeline.day.load import load_lane
from clarity_pipeline.day.site import OtherSite
from clarity_pipeline.simulator.presets import small
from clarity_pipeline.simulator.server import FakeClarity
from clarity_pipeline_tests.panel.running import RunningPanel, running
from clarity_pipeline_tests.world import DAY, World

AGENCY, PORTAL = "/api/v1/businesses", "/api/v1/portal/businesses"
OTHERS_HOST = "www.other-client.example"
OTHER = "otherclient"


@pytest.fixture
def held(tmp_path: Path) -> Iterator[tuple[World, RunningPanel]]:
    """acme's site is named, its token is another client's, and its first lane is held back."""
    world = World(tmp_path / "home")
    site = replace(small(), sessions_a_day=60, project_id=OTHER, host=OTHERS_HOST)
    world.fake = FakeClarity([site], clock=lambda: world.now)
    with world.fake:
        with world.home() as home:
            token = Token.parse(world.fake.token(OTHER))
            home.connections.connect("acme", project_id=OTHER, token=token, name="Acme", site=("acme.example",))
            home.capture.lane("acme", date=DAY, asked=DAILY_SLICES["url_device"])
            with pytest.raises(OtherSite):
                load_lane(home, business_id="acme", date=DAY, asked=DAILY_SLICES["url_device"])
        with running(world.settings, clock=lambda: world.now) as panel:
            panel.user("max@agency.example")
            panel.user("cleo@acme.example", role="client", businesses=("acme",))
            yield world, panel


def test_the_agency_is_told_the_other_hosts_and_a_client_is_not(held: tuple[World, RunningPanel]) -> None:
    _, panel = held
    agency, client = panel.visitor("max@agency.example"), panel.visitor("cleo@acme.example")
    tested = agency.send("POST", f"{AGENCY}/acme/test").json()
    assert [each["host"] for each in tested["hosts"]] == [OTHERS_HOST]
    assert tested["is_of_other_site"] is True
    of_client = client.send("POST", f"{PORTAL}/acme/test").json()
    assert (of_client["hosts"], of_client["is_of_other_site"]) == ([], True)
    assert OTHERS_HOST in agency.get("/businesses/acme").text
    page = client.get("/businesses/acme").text
    assert OTHERS_HOST not in page
    assert "Held back: another site" in page
    assert "/accept" not in page
    assert OTHERS_HOST not in client.get(f"{PORTAL}/acme").text
    noticed = client.post("/businesses/acme/test")
    assert OTHERS_HOST not in client.get(noticed.headers["Location"]).text


def test_what_is_held_back_is_accepted_once_by_the_agency_alone(held: tuple[World, RunningPanel]) -> None:
    world, panel = held
    agency, client = panel.visitor("max@agency.example"), panel.visitor("cleo@acme.example")
    assert client.send("POST", f"{AGENCY}/acme/accept").status_code == 403
    assert client.post("/businesses/acme/accept").status_code == 403
    assert client.send("PATCH", f"{PORTAL}/acme", json={"site": ["acme.example"]}).json()["reason"] == "not_allowed"
    accepted = agency.send("POST", f"{AGENCY}/acme/accept").json()
    assert (accepted["site"], accepted["site_is_learned"]) == (["acme.example", "other-client.example"], False)
    with world.home() as home:
        load_lane(home, business_id="acme", date=DAY, asked=DAILY_SLICES["url_device"])
    assert world.calls() == 1
    again = agency.send("POST", f"{AGENCY}/acme/accept")
    assert (again.status_code, again.json()["reason"]) == (409, "nothing_held_back")


def test_a_site_is_said_in_the_api_and_on_the_page_and_a_wrong_one_is_refused(held: tuple[World, RunningPanel]) -> None:
    _, panel = held
    agency = panel.visitor("max@agency.example")
    said = agency.send("PATCH", f"{AGENCY}/acme", json={"site": ["https://www.acme.example/", "shop.example"]}).json()
    assert said["site"] == ["acme.example", "shop.example"]
    wrong = agency.send("PATCH", f"{AGENCY}/acme", json={"site": ["localhost"]})
    assert (wrong.status_code, wrong.json()["reason"]) == (422, "invalid_business")
    form = {"name": "Acme", "project_id": OTHER, "token": ""}
    refused = agency.post("/businesses/acme/update", **form, site="not/a host")
    assert refused.status_code == 422
    assert "A site is the host that its visitors come to" in refused.text
    page = agency.get(agency.post("/businesses/acme/update", **form, site=OTHERS_HOST).headers["Location"]).text
    assert "1 lane of 2026-05-03 waits in the vault; the next daily sync loads them, without a call." in page


def test_a_business_without_clarity_is_added_by_api_and_by_form_and_connected_later(panel: RunningPanel, world: World) -> None:
    agency = panel.visitor("max@agency.example")
    made = agency.send("POST", AGENCY, json={"business": "ads", "name": "Ads Only", "without_clarity": True})
    assert (made.status_code, made.json()["status"]["word"], made.json()["project_id"]) == (201, "imports only", None)
    for half in ({"project_id": "abc123def4"}, {"token": "x" * 30}, {}):
        refused = agency.send("POST", AGENCY, json={"business": "half", **half})
        assert (refused.status_code, refused.json()["reason"]) == (422, "invalid_business")
    both = agency.send("POST", AGENCY, json={"business": "half", "project_id": "abc123def4", "without_clarity": True})
    assert both.status_code == 422
    added = agency.post("/connect", name="More Ads", without_clarity="yes")
    assert added.headers["Location"] == "/businesses/more-ads"
    assert "No Clarity project; imports only" in agency.get("/businesses/more-ads").text
    assert agency.post("/businesses/more-ads/update", name="Renamed", project_id="", token="").status_code == 303
    token = world.fake.token("other12345")
    later = agency.post("/businesses/more-ads/update", name="Renamed", project_id="other12345", token=token)
    assert later.status_code == 303
    assert agency.get(f"{AGENCY}/more-ads").json()["enabled"] is True


@pytest.mark.parametrize("pasted", ["CLARITY_TOKEN={}", "Bearer {}", '"{}"'])
def test_what_is_pasted_around_a_token_is_named_in_the_api_and_on_the_page(
    panel: RunningPanel, world: World, pasted: str
) -> None:
    agency, text = panel.visitor("max@agency.example"), pasted.format(world.fake.token("other12345"))
    by_api = agency.send("PATCH", f"{AGENCY}/acme", json={"token": text})
    on_page = agency.post("/businesses/acme/update", name="Acme", project_id="other12345", token=text)
    assert (by_api.status_code, on_page.status_code) == (422, 422)
    assert by_api.json()["detail"].startswith("Invalid token: ")
    assert "too short" not in by_api.json()["detail"]
    assert "Invalid token: " in on_page.text
    assert world.fake.token("other12345") not in by_api.text + on_page.text
