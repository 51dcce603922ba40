"""Alerts through the API: what the agency decides, what a client and a program may read, and that bad requests change nothing."""

from datetime import timedelta
from typing import Any

import pytest

from clarity_pipeline.connections.api_keys import Wanted
from clarity_pipeline.state.schema.alerts import alert_history
from clarity_pipeline.state.schema.messages import outbox
from clarity_pipeline_tests.alerts.made_up import rows
from clarity_pipeline_tests.panel.pages.test_alert_pages import opened
from clarity_pipeline_tests.panel.running import RunningPanel, Visitor
from clarity_pipeline_tests.world import World

AGENCY, PORTAL = "/api/v1/alerts", "/api/v1/portal/alerts"


@pytest.fixture
def max_(panel: RunningPanel) -> Visitor:
    return panel.visitor("max@agency.example")


@pytest.fixture
def cleo(panel: RunningPanel) -> Visitor:
    return panel.visitor("cleo@acme.example")


def ids(answer: dict[str, Any]) -> list[str]:
    return [each["alert_id"] for each in answer["alerts"]]


def test_the_agency_lists_answers_and_closes_alerts(panel: RunningPanel, world: World, max_: Visitor) -> None:
    world.connect("globex")
    acmes, globexs = opened(panel), opened(panel, business="globex")
    until = (panel.panel.clock() + timedelta(days=3)).isoformat()
    assert max_.get(f"{AGENCY}?place=open").json()["counts"]["open"] == 2
    assert ids(max_.get(f"{AGENCY}?business=globex").json()) == [globexs]
    for verb, more, now_at in (
        ("acknowledge", {"note": "looking"}, "acknowledged"),
        ("assign", {"to": "max@agency.example"}, "acknowledged"),
        ("snooze", {"until": until}, "silenced"),
        ("reopen", {}, "open"),
        ("silence", {"until": until, "reason": "relaunch"}, "silenced"),
        ("close", {"outcome": "not_a_fault"}, "resolved"),
    ):
        done = max_.send("POST", f"{AGENCY}/{verb}", json={"alerts": [acmes, globexs], **more})
        assert (done.status_code, [each["place"] for each in done.json()]) == (200, [now_at, now_at]), done.text
    full = max_.get(f"{AGENCY}/{acmes}").json()
    assert [each["action"] for each in full["history"]] == [
        "acknowledged", "assigned", "snoozed", "reopened", "silenced", "closed",
    ]  # fmt: skip
    assert (full["assignee"], full["outcome"], full["looks"][-1]["value"]) == ("Max", "not_a_fault", 500.0)
    (counted,) = max_.get(f"{AGENCY}/precision").json()
    assert (counted["closed"], counted["share_that_were_faults"]) == (2, 0.0)
    number = full["silences"][0]["silence_id"]
    assert max_.send("DELETE", f"{AGENCY}/silences/{number}").json()["reason"] == "relaunch"
    assert max_.send("DELETE", f"{AGENCY}/silences/{number}").json()["reason"] == "invalid_silence"
    assert [each["id"] for each in max_.get("/api/v1/businesses/acme/alerts").json()] == [acmes]


def test_a_message_that_was_given_up_is_sent_again(panel: RunningPanel, max_: Visitor) -> None:
    alert_id = opened(panel)
    (message,) = max_.get(f"{AGENCY}/{alert_id}").json()["messages"]
    path = f"{AGENCY}/{alert_id}/messages/{message['message']}/resend"
    assert max_.send("POST", path).json()["reason"] == "nothing_to_resend"
    with panel.panel.home.state.write() as connection:
        connection.execute(outbox.update().values(state="dead", last_error="http_410"))
    assert [each["state"] for each in max_.send("POST", path).json()["messages"]] == ["pending"]


def test_a_client_reads_and_comments_at_its_own_door_alone(
    panel: RunningPanel, world: World, max_: Visitor, cleo: Visitor
) -> None:
    world.connect("globex")
    own, theirs = opened(panel), opened(panel, business="globex")
    max_.send("POST", f"{AGENCY}/acknowledge", json={"alerts": [own], "note": "their developer again"})
    assert ids(cleo.get(PORTAL).json()) == [own]
    assert ids(cleo.get(f"{PORTAL}?business=globex").json()) == []
    said = cleo.send("POST", f"{PORTAL}/{own}/comments", json={"text": "Thank you."})
    assert [(each["author"], each["text"]) for each in said.json()["history"]] == [("portal:cleo@acme.example", "Thank you.")]
    full = cleo.get(f"{PORTAL}/{own}")
    assert (full.json()["acknowledged_by"], full.json()["messages"], "developer" in full.text) == ("your agency", [], False)
    assert cleo.get(f"{PORTAL}/{theirs}").json() == cleo.get(f"{PORTAL}/{'0' * 32}").json()
    assert cleo.get(f"{PORTAL}/{theirs}").status_code == 404
    assert cleo.get(AGENCY).status_code == 403
    assert cleo.send("POST", f"{AGENCY}/close", json={"alerts": [own], "outcome": "fixed"}).status_code == 403


def test_a_program_reads_the_alerts_of_its_businesses_and_answers_none(panel: RunningPanel, world: World) -> None:
    world.connect("globex")
    own, theirs = opened(panel), opened(panel, business="globex")
    key, _ = panel.panel.api_keys.make(Wanted(name="reads", scopes=("read",), business_ids=("acme",)), actor="cli:anna")
    program = Visitor(panel.base_url, headers={"Authorization": f"Bearer {key}"})
    assert ids(program.get(AGENCY).json()) == [own]
    assert program.get(f"{AGENCY}/{own}").json()["messages"] == []
    assert program.get(f"{AGENCY}/{theirs}").status_code == 404
    assert program.send("POST", f"{AGENCY}/close", json={"alerts": [own], "outcome": "fixed"}).status_code == 403


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("close", {"outcome": "whatever"}, 422),
        ("close", {"outcome": "fixed", "alerts": []}, 422),
        ("close", {"outcome": "fixed", "alerts": ["0" * 32]}, 404),
        ("snooze", {"until": "2020-01-01T00:00:00Z"}, 422),
        ("silence", {"until": "2030-01-01T00:00:00Z", "reason": "x"}, 422),
        ("assign", {"to": "\x00"}, 422),
        ("assign", {"to": "cleo@acme.example"}, 422),
        ("acknowledge", {"note": "two\nlines"}, 422),
        ("acknowledge", {"who": "me"}, 422),
    ],
)
def test_a_request_that_is_wrong_changes_nothing(
    panel: RunningPanel, max_: Visitor, path: str, body: dict[str, Any], status: int
) -> None:
    alert_id = opened(panel)
    answer = max_.send("POST", f"{AGENCY}/{path}", json={"alerts": [alert_id], **body})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert rows(panel.panel.home.state, alert_history, "action") == []
