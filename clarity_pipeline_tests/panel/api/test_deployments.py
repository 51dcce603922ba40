"""The address that a deployment posts to: a key with the scope `markers` is enough, for the businesses that it is for."""

from clarity_pipeline.connections.api_keys import ApiKeys, Wanted
from clarity_pipeline_tests.panel.running import RunningPanel, Visitor
from clarity_pipeline_tests.world import World

PATH = "/api/v1/businesses/acme/deployments"
RELEASE = {
    "action": "published",
    "release": {"tag_name": "v1.4.0", "published_at": "2026-05-03T14:30:00Z"},
    "repository": {"full_name": "acme/shop"},
}


def program(panel: RunningPanel, *scopes: str, business: str = "acme") -> Visitor:
    keys = ApiKeys(panel.panel.home.state, clock=panel.panel.clock)
    wanted = Wanted(name="deploys", scopes=scopes, business_ids=(business,), days=7, a_minute=100)
    key, _ = keys.make(wanted, actor="cli:x")
    return Visitor(panel.base_url, headers={"Authorization": f"Bearer {key}"})


def test_a_release_is_marked_by_a_key_in_the_keys_name_and_twice_is_once(panel: RunningPanel) -> None:
    deploys, person = program(panel, "markers"), panel.visitor("max@agency.example")
    first, second = (deploys.send("POST", PATH, json=RELEASE) for _ in range(2))
    assert first.status_code == 200, first.text
    assert first.json() == second.json()
    (marked,) = person.get("/api/v1/businesses/acme/markers").json()
    assert (marked["note"], marked["at"], marked["url"]) == ("Release v1.4.0 of acme/shop", "2026-05-03T14:30:00Z", None)
    assert marked["author"].startswith("key:")
    assert "Release v1.4.0 of acme/shop" in person.get("/businesses/acme/changes").text


def test_a_preview_is_understood_and_marks_nothing(panel: RunningPanel) -> None:
    payload = {"deployment": {"environment": "preview"}}
    answer = program(panel, "markers").send("POST", PATH, json=payload)
    assert (answer.status_code, answer.json()["marker"]) == (200, None)
    assert "production" in answer.json()["why_not"]
    assert panel.visitor("max@agency.example").get("/api/v1/businesses/acme/markers").json() == []


def test_who_may_not_mark_is_told_so_and_another_business_looks_like_none(panel: RunningPanel, world: World) -> None:
    world.connect("globex")
    assert program(panel, "read").send("POST", PATH, json=RELEASE).json()["reason"] == "not_allowed"
    other = program(panel, "markers", business="globex").send("POST", PATH, json=RELEASE)
    assert other.json()["reason"] == "unknown_business"
    assert panel.visitor("cleo@acme.example").send("POST", PATH, json=RELEASE).status_code == 403
    assert Visitor(panel.base_url).send("POST", PATH, json=RELEASE).status_code == 401
    assert panel.visitor("max@agency.example").get("/api/v1/businesses/acme/markers").json() == []


def test_what_is_no_deployment_is_a_problem_in_words(panel: RunningPanel) -> None:
    deploys = program(panel, "markers")
    refused = deploys.send("POST", PATH, json={"text": "hello"})
    assert (refused.status_code, refused.json()["reason"]) == (422, "invalid_marker")
    assert deploys.send("POST", PATH, json=[1]).json()["reason"] == "invalid_request"
    assert deploys.send("POST", PATH, json={"note": "x", "url": "/lp"}).json()["reason"] == "invalid_marker"
