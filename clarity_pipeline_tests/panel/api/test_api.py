"""The life of a connection through the API, as the agency and as a client; what each may know of the other."""

from typing import Any

import pytest
import sqlalchemy as sa

from clarity_pipeline.connections.audit import OF_SIGN_INS
from clarity_pipeline.connections.badge import WORDS
from clarity_pipeline.day.publish import publish_warehouse
from clarity_pipeline.panel.views.wording import ADVICE
from clarity_pipeline.simulator import faults
from clarity_pipeline.state.schema.connections import audit_log, business_config
from clarity_pipeline_tests.panel.running import RunningPanel, Visitor
from clarity_pipeline_tests.trust.played import changed, play
from clarity_pipeline_tests.world import PROJECT, World

AGENCY, PORTAL = "/api/v1/businesses", "/api/v1/portal/businesses"


@pytest.fixture
def max_(panel: RunningPanel) -> Visitor:
    return panel.visitor("max@agency.example")


@pytest.fixture
def cleo(panel: RunningPanel) -> Visitor:
    return panel.visitor("cleo@acme.example")


def word(visitor: Visitor, path: str) -> str:
    return str(visitor.get(path).json()["status"]["word"])


def test_a_business_is_connected_tested_paused_resumed_and_disconnected(world: World, max_: Visitor) -> None:
    new = {
        "business": "globex",
        "project_id": PROJECT,
        "token": world.fake.token(PROJECT),
        "name": "Globex",
        "allow_shared": True,
    }
    made = max_.send("POST", AGENCY, json=new)
    assert (made.status_code, made.json()["status"]["word"], made.json()["token"]["stored"]) == (201, "not verified", True)
    tested = max_.send("POST", f"{AGENCY}/globex/test").json()
    assert (tested["accepted"], tested["calls_taken"], tested["calls_left_after"]) == (True, 1, 9)
    assert word(max_, f"{AGENCY}/globex") == "connected"
    assert max_.send("POST", f"{AGENCY}/globex/disable").json()["status"]["word"] == "paused"
    assert max_.send("POST", f"{AGENCY}/globex/enable").json()["enabled"] is True
    gone = max_.send("POST", f"{AGENCY}/globex/disconnect").json()
    assert (gone["status"]["word"], gone["token"]) == ("not connected", {"stored": False, "hint": None, "expires_at": None})
    assert max_.send("POST", f"{AGENCY}/globex/test").json()["reason"] == "token_missing"
    assert [each["business"] for each in max_.get(AGENCY).json()] == ["acme", "globex"]


def test_a_client_does_the_same_for_their_own_and_in_their_own_name(
    panel: RunningPanel, world: World, cleo: Visitor, max_: Visitor
) -> None:
    assert [each["business"] for each in cleo.get(PORTAL).json()] == ["acme"]
    assert cleo.send("POST", f"{PORTAL}/acme/test").json()["accepted"] is True
    assert cleo.send("POST", f"{PORTAL}/acme/disconnect").status_code == 200
    back = cleo.send("PATCH", f"{PORTAL}/acme", json={"token": world.fake.token(PROJECT)})
    assert (back.status_code, back.json()["enabled"]) == (200, True)
    max_.send("POST", f"{AGENCY}/acme/disable")
    with panel.panel.home.state.read() as connection:
        rows = connection.execute(sa.select(audit_log.c.actor, audit_log.c.action).order_by(audit_log.c.entry_id)).all()
    done = [tuple(row) for row in rows if row.actor.startswith(("portal:", "panel:")) and row.action not in OF_SIGN_INS]
    assert done[0] == ("portal:cleo@acme.example", "tested")
    assert ("portal:cleo@acme.example", "disconnected") in done
    assert done[-1] == ("panel:max@agency.example", "paused")


def test_a_client_may_test_twice_a_day_and_the_agency_still_can(cleo: Visitor, max_: Visitor) -> None:
    assert [cleo.send("POST", f"{PORTAL}/acme/test").status_code for _ in range(3)] == [200, 200, 429]
    assert max_.send("POST", f"{AGENCY}/acme/test").status_code == 200
    purposes = [slot["purpose"] for slot in cleo.get(f"{PORTAL}/acme/quota").json()["slots"]]
    assert purposes == ["portal", "portal", "test"]


def test_a_rejected_token_is_a_result_and_an_unreachable_clarity_a_problem(world: World, max_: Visitor) -> None:
    world.fake.script(PROJECT, faults.SERVER_ERROR)
    refused = max_.send("POST", f"{AGENCY}/acme/test")
    assert (refused.status_code, refused.json()["reason"]) == (503, "unavailable")
    world.fake.revoke(PROJECT)
    tested = max_.send("POST", f"{AGENCY}/acme/test")
    assert (tested.status_code, tested.json()["accepted"], tested.json()["reason"]) == (200, False, "token_rejected")
    assert word(max_, f"{AGENCY}/acme") == "reconnect"


def test_a_token_that_opens_with_no_key_is_said_without_a_command_and_a_fresh_one_cures_it(
    world: World, panel: RunningPanel, cleo: Visitor
) -> None:
    with panel.panel.home.state.write() as connection:
        connection.execute(sa.update(business_config).values(token_ciphertext="sealed-with-a-key-that-is-gone"))
    refused = cleo.send("POST", f"{PORTAL}/acme/test")
    assert (refused.status_code, refused.json()["reason"]) == (503, "secret_unreadable")
    assert "clarity-pipeline" not in refused.text
    cleo.post("/businesses/acme/test")
    assert "does not open with our key" in cleo.get("/businesses/acme/connection").text
    cleo.send("PATCH", f"{PORTAL}/acme", json={"token": world.fake.token(PROJECT)})
    assert cleo.send("POST", f"{PORTAL}/acme/test").json()["accepted"] is True


def test_a_shared_project_is_named_to_the_agency_alone(world: World, panel: RunningPanel, max_: Visitor, cleo: Visitor) -> None:
    token = world.fake.token(PROJECT)
    new = {"business": "globex", "project_id": PROJECT, "token": token}
    refused = max_.send("POST", AGENCY, json=new)
    assert (refused.status_code, refused.json()["reason"], refused.json()["others"]) == (409, "shared_project", ["acme"])
    cleo.send("POST", f"{PORTAL}/acme/disconnect")
    assert max_.send("POST", AGENCY, json=new).status_code == 201
    refused = cleo.send("PATCH", f"{PORTAL}/acme", json={"token": token})
    assert (refused.status_code, refused.json()["reason"]) == (409, "shared_project")
    assert "globex" not in refused.text
    refused = cleo.send("PATCH", f"{PORTAL}/acme", json={"token": token, "allow_shared": True})
    assert (refused.status_code, refused.json()["reason"]) == (403, "not_allowed")
    assert max_.send("PATCH", f"{AGENCY}/acme", json={"token": token, "allow_shared": True}).status_code == 200


def test_a_name_that_is_taken_is_not_taken_over(world: World, max_: Visitor) -> None:
    new = {"business": "acme", "project_id": PROJECT, "token": world.fake.token(PROJECT)}
    refused = max_.send("POST", AGENCY, json=new)
    assert (refused.status_code, refused.json()["reason"]) == (409, "known_business")


def test_a_synced_day_is_in_jobs_quota_and_dashboard(world: World, max_: Visitor, cleo: Visitor) -> None:
    world.sync()
    for visitor, group in ((max_, AGENCY), (cleo, PORTAL)):
        jobs = visitor.get(f"{group}/acme/jobs").json()
        assert [(job["slice"], job["state"]) for job in jobs] == [
            (name, "ok") for name in ("url_device", "url_source", "url_country", "url_campaign_channel")
        ]
        assert visitor.get(f"{group}/acme/quota").json()["used"] == 4
        dashboard = visitor.get(f"{group}/acme/dashboard?days=7").json()
        assert dashboard["days_with_data"] == 1
        assert dashboard["totals"]["sessions"] == dashboard["days"][0]["sessions"] > 0
        assert sum(dashboard["devices"].values()) == dashboard["totals"]["sessions"]
        assert visitor.get(f"{group}/acme").json()["last_synced_at"] == "2026-05-04T00:05:00Z"
    assert max_.get(f"{AGENCY}/acme/dashboard?days=0").status_code == 422


def test_a_demos_tokens_do_not_go_to_microsoft(panel: RunningPanel, max_: Visitor, world: World) -> None:
    object.__setattr__(panel.panel.home.settings, "api_base_url", "https://www.clarity.ms")
    world.settings.demo_marker.write_text("{}")
    refused = max_.send("POST", f"{AGENCY}/acme/test")
    assert (refused.status_code, refused.json()["reason"]) == (409, "demo_home")
    assert world.calls() == 0


def test_no_operation_gives_a_token_back(panel: RunningPanel) -> None:
    schemas = panel.visitor().get("/api/v1/openapi.json").json()["components"]["schemas"]
    takers = {name for name, schema in schemas.items() if "writeOnly" in str(schema.get("properties", {}).get("token"))}
    assert takers == {"NewBusiness", "Change"}
    assert set(schemas["Token"]["properties"]) == {"stored", "hint", "expires_at"}


def test_advice_in_a_browser_and_in_the_portal_names_no_command(panel: RunningPanel, cleo: Visitor) -> None:
    assert set(ADVICE) == set(WORDS)
    assert not any("clarity-pipeline" in each or "`" in each for each in ADVICE.values())
    status = cleo.get(f"{PORTAL}/acme").json()["status"]
    assert status["advice"] == ADVICE[status["word"]]


def test_what_is_known_of_the_numbers_is_in_the_dashboard_and_a_client_reads_what_is_for_clients(
    world: World, max_: Visitor, cleo: Visitor
) -> None:
    def change(metrics: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [*metrics, {"metricName": "Moods", "information": [{"Url": "x", "Device": "PC", "mood": 1}]}]

    world.fake.script(PROJECT, changed(change))
    world.later(hours=5)
    play(world, "url_device", "url_source")
    with world.home() as home:
        publish_warehouse(home)
    by_agency = max_.get(f"{AGENCY}/acme/dashboard?days=7").json()["findings"]
    by_client = cleo.get(f"{PORTAL}/acme/dashboard?days=7").json()["findings"]
    assert {(each["code"], each["slice"]) for each in by_agency} >= {
        ("metric_unknown", "url_device"),
        ("date_not_covered", "url_device"),
    }
    assert "metric_unknown" not in {each["code"] for each in by_client}
    assert "date_not_covered" in {each["code"] for each in by_client}
    page = max_.get("/businesses/acme").text
    assert "What is known of these numbers" in page
    assert "Moods" in page
    assert "Moods" not in cleo.get("/businesses/acme").text
