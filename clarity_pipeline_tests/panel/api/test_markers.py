"""Change markers through the API: a client's own in a client's name, and never another business's."""

from clarity_pipeline_tests.panel.running import RunningPanel
from clarity_pipeline_tests.world import World

AGENCY, PORTAL = "/api/v1/businesses", "/api/v1/portal/businesses"
CHANGE = {"at": "2026-05-01T14:30:00+02:00", "note": "new form", "url": "https://acme.com/lp/?gclid=1"}


def test_a_change_is_marked_seen_by_both_and_taken_back(panel: RunningPanel) -> None:
    agency, client = panel.visitor("max@agency.example"), panel.visitor("cleo@acme.example")
    made = client.send("POST", f"{PORTAL}/acme/markers", json=CHANGE)
    assert (made.status_code, made.json()["url"], made.json()["at"]) == (201, "https://acme.com/lp", "2026-05-01T12:30:00Z")
    assert made.json()["author"] == "portal:cleo@acme.example"
    assert client.send("POST", f"{PORTAL}/acme/markers", json=CHANGE).json() == made.json()
    assert agency.get(f"{AGENCY}/acme/markers").json() == client.get(f"{PORTAL}/acme/markers").json() == [made.json()]
    gone = agency.send("DELETE", f"{AGENCY}/acme/markers/{made.json()['marker_id']}")
    assert (gone.status_code, client.get(f"{PORTAL}/acme/markers").json()) == (200, [])


def test_a_marker_of_another_business_looks_like_one_that_does_not_exist(panel: RunningPanel, world: World) -> None:
    world.connect("globex")
    agency, client = panel.visitor("max@agency.example"), panel.visitor("cleo@acme.example")
    other = agency.send("POST", f"{AGENCY}/globex/markers", json=CHANGE).json()
    refused = client.send("DELETE", f"{PORTAL}/acme/markers/{other['marker_id']}")
    assert (refused.status_code, refused.json()["reason"]) == (404, "unknown_marker")
    assert client.send("POST", f"{PORTAL}/globex/markers", json=CHANGE).json()["reason"] == "unknown_business"
    assert client.get(f"{PORTAL}/globex/markers").status_code == 404
    assert len(agency.get(f"{AGENCY}/globex/markers").json()) == 1


def test_what_cannot_be_compared_is_a_problem_in_words(panel: RunningPanel) -> None:
    agency = panel.visitor("max@agency.example")
    for change, reason in (
        ({"url": "/lp"}, "invalid_marker"),
        ({"at": "2126-05-01T00:00:00Z"}, "invalid_marker"),
        ({"at": "2026-05-01T00:00:00"}, "invalid_request"),
        ({"note": ""}, "invalid_request"),
    ):
        refused = agency.send("POST", f"{AGENCY}/acme/markers", json={**CHANGE, **change})
        assert (refused.status_code, refused.json()["reason"]) == (422, reason)
