"""Rules through the JSON API: built, tried, switched, restored by the agency; read by a client and by a key, each their own."""

from typing import Any

import pytest

from clarity_pipeline.connections.api_keys import Wanted
from clarity_pipeline.rules.language.rule_files import write_rules
from clarity_pipeline_tests.panel.pages.conftest import LAST, LIVED, OTHER, lived_home, lived_panel  # noqa: F401 - fixtures
from clarity_pipeline_tests.panel.running import RunningPanel, Visitor
from clarity_pipeline_tests.rules.made_up import rule, threshold

AGENCY = f"/api/v1/businesses/{LIVED}"
PORTAL = f"/api/v1/portal/businesses/{LIVED}"
ANY = rule(threshold("clarity_sessions", value=1, window_days=1), id="any", businesses=[LIVED, OTHER], channels=["secret-ops"])


@pytest.fixture
def ann(lived_panel: RunningPanel) -> Visitor:  # noqa: F811 - the fixture
    return lived_panel.visitor("ann@agency.example")


def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_rule_is_previewed_stored_changed_and_restored(ann: Visitor) -> None:
    previewed = ok(ann.send("POST", f"{AGENCY}/rules/preview", json={"yaml": write_rules([ANY])}))
    assert (previewed["answers"][0]["outcome"], previewed["day"]) == ("fired", LAST.isoformat())
    assert "visits of pages on the day are above 1" in previewed["sentence"]
    assert ok(ann.get(f"{AGENCY}/rules")) == [], "a preview stores nothing"
    made = ok(ann.send("POST", f"{AGENCY}/rules", json={"rule": ANY.document()}), 201)
    assert (made["revision"], made["author"]) == (1, "panel:ann@agency.example")
    assert ok(ann.send("POST", f"{AGENCY}/rules", json={"rule": ANY.document()}), 409)["reason"] == "known_rule"
    other = {**ANY.document(), "name": "Other"}
    assert ok(ann.send("PUT", f"{AGENCY}/rules/any", json={"rule": other, "revision": 1}))["name"] == "Other"
    assert ok(ann.send("PUT", f"{AGENCY}/rules/any", json={"rule": other, "revision": 1}), 409)["reason"] == "rule_changed"
    assert [each["changed"] for each in ok(ann.get(f"{AGENCY}/rules/any/revisions"))] == [["name"], []]
    back = ok(ann.send("POST", f"{AGENCY}/rules/any/restore", json={"revision": 1, "present": 2}))
    assert (back["name"], back["revision"]) == (ANY.name, 3)


def test_a_backtest_and_why_say_what_the_pages_say(ann: Visitor) -> None:
    ok(ann.send("POST", f"{AGENCY}/rules", json={"rule": ANY.document()}), 201)
    past = ok(ann.get(f"{AGENCY}/rules/any/backtest?days=30"))
    assert (past["days_with_data"], past["fired_days"], past["messages"], len(past["incidents"])) == (30, 30, 5, 1)
    (answer,) = ok(ann.get(f"{AGENCY}/rules/any/why?day={LAST}"))["answers"]
    (leaf,) = answer["evidence"]
    assert leaf["verdict"] is True
    assert (leaf["value"], leaf["threshold"], leaf["days_with_data"]) == (leaf["sessions"], 1.0, 1)
    assert answer["quality"]["days_with_data"] == 1


def test_a_ready_rule_is_tried_and_switched_on_and_off(ann: Visitor) -> None:
    ready = {each["rule_id"]: each for each in ok(ann.get(f"{AGENCY}/ready-rules"))}
    assert ready["visits-halved"]["past"].startswith("It would have told nothing in 90 days with data")
    assert ok(ann.get(f"{AGENCY}/rules/visits-halved/backtest"))["incidents"] == []
    on = ok(ann.send("POST", f"{AGENCY}/rules/visits-halved/enable", json={"businesses": [LIVED, OTHER]}))
    assert (on["enabled"], on["document"]["businesses"]) == (True, [LIVED, OTHER])
    off = ok(ann.send("POST", f"{AGENCY}/rules/visits-halved/disable"))
    assert (off["enabled"], off["document"]["businesses"]) == (False, [OTHER])
    odd = ann.send("POST", f"{AGENCY}/rules/visits-halved/enable", json={"businesses": ["nobody"]})
    assert ok(odd, 422)["reason"] == "rules_invalid"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"rule": {}},
        {"yaml": "- ["},
        {"yaml": "x: &a [*a]"},
        {"rule": {"id": "x"}, "yaml": "y"},
        {"rule": {"when": {"not": {}}}},
    ],
)
def test_what_is_no_rule_is_told_and_not_stored(ann: Visitor, body: dict[str, Any]) -> None:
    assert ok(ann.send("POST", f"{AGENCY}/rules", json=body), 422)["reason"] == "rules_invalid"
    assert ok(ann.get(f"{AGENCY}/rules")) == []


def test_a_client_and_a_key_read_their_own_without_a_word_of_others(
    lived_panel: RunningPanel,  # noqa: F811 - the fixture
    ann: Visitor,
) -> None:
    ok(ann.send("POST", f"{AGENCY}/rules", json={"rule": ANY.document()}), 201)
    theirs = rule(threshold(), id="theirs", businesses=[OTHER])
    ok(ann.send("POST", f"/api/v1/businesses/{OTHER}/rules", json={"rule": theirs.document()}), 201)
    wanted = Wanted(name="reads", scopes=("read",), business_ids=(LIVED,))
    key, _ = lived_panel.panel.api_keys.make(wanted, actor="cli:anna")
    program = Visitor(lived_panel.base_url, headers={"Authorization": f"Bearer {key}"})
    for reader, door in ((lived_panel.visitor("cleo@client.example"), PORTAL), (program, AGENCY)):
        texts = [reader.get(f"{door}/rules{path}") for path in ("", "/any", "/any/why", "/any/backtest")]
        for answer in texts:
            assert answer.status_code == 200, answer.text
            for word in (OTHER, "secret-ops", "theirs", "ann@agency.example"):
                assert word not in answer.text
        assert reader.get(f"{door}/rules/theirs").status_code == 404
        assert reader.get(f"{door}/rules/visits-halved/backtest").status_code == 404
        assert reader.send("POST", f"{door}/rules/any/disable").status_code in {403, 404}
        assert reader.send("POST", f"{door}/rules", json={"rule": ANY.document()}).status_code in {403, 405}


def test_the_schema_of_rules_is_there_for_whoever_writes_them(lived_panel: RunningPanel) -> None:  # noqa: F811 - the fixture
    schema = ok(lived_panel.visitor().get("/api/v1/rules/schema"))
    assert "ThresholdLeaf" in schema["$defs"]
