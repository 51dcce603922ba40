"""What Clarity sends and we do not know is named once a day; a mobile app's project is refused instead of loaded as zeros."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from clarity_pipeline.calls.contract_drift import ContractDrift
from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.clarity.errors import MobileAppProject
from clarity_pipeline.cli.main import run
from clarity_pipeline.simulator.faults import Fault
from clarity_pipeline.simulator.server import FakeClarity
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline_tests.world import FIVE_PAST, PROJECT, World

ASKED = DAILY_SLICES["url_device"]


def body(fake: FakeClarity, change: Callable[[list[dict[str, Any]]], None] = lambda _: None) -> bytes:
    metrics = json.loads(fake.answer(PROJECT, dimensions=["URL", "Device"], at=FIVE_PAST))
    change(metrics)
    return json.dumps(metrics).encode()


def drifted(metrics: list[dict[str, Any]]) -> None:
    metrics[:] = [each for each in metrics if each["metricName"] != "ScrollDepth"]
    metrics.append({"metricName": "Anna@Example.com/Hearts", "information": []})
    for each in metrics:
        for row in each["information"]:
            if each["metricName"] == "Traffic":
                row["totalSessionCount"] = str(row["totalSessionCount"])
                row["newField"] = 1
                del row["distinctUserCount"]


def mobile(metrics: list[dict[str, Any]]) -> None:
    for each in metrics:
        each["metricName"] = each["metricName"].replace("DeadClickCount", "DeadTapCount")


def test_each_difference_is_named_once_a_day_and_only_by_name(world: World, any_state: StateDatabase) -> None:
    drift = ContractDrift(any_state, clock=lambda: FIVE_PAST)
    drift.read(body(world.fake), business_id="acme", asked=ASKED)
    assert drift.latest("acme") == []
    for _ in range(2):
        drift.read(body(world.fake, drifted), business_id="acme", asked=ASKED)
    assert [(row["kind"], row["name"]) for row in drift.latest("acme")] == [
        ("changed_type", "Traffic.totalSessionCount"),
        ("missing_field", "Traffic.distinctUserCount"),
        ("missing_metric", "ScrollDepth"),
        ("new_field", "Traffic.newField"),
        ("unknown_metric", "?"),
    ]
    assert drift.latest("zeta") == []


def test_a_mobile_app_is_refused_and_remembered(world: World, any_state: StateDatabase) -> None:
    drift = ContractDrift(any_state, clock=lambda: FIVE_PAST)
    with pytest.raises(MobileAppProject, match=r"DeadTapCount.*connect the project of the web site"):
        drift.read(body(world.fake, mobile), business_id="acme", asked=ASKED)
    assert [(row["kind"], row["name"]) for row in drift.latest("acme")] == [("mobile_app", "DeadTapCount")]


def test_a_day_of_a_mobile_app_loads_nothing_and_status_says_why(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in world.environment.items():
        monkeypatch.setenv(name, value)

    def change(sent: bytes) -> bytes:
        metrics = json.loads(sent)
        mobile(metrics)
        return json.dumps(metrics).encode()

    world.fake.script(PROJECT, *[Fault(change=change)] * 4)
    assert run(["sync"]) == 1
    assert {job.reason for job in world.jobs()} == {"mobile_app_project"}
    assert run(["status", "--json"]) == 0
    assert run(["status"]) == 0
    assert "speaks of a mobile app (DeadTapCount)" in capsys.readouterr().out
