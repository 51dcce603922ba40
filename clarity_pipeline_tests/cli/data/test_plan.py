"""`plan`: what it prints for people and for programs, and that it makes no call."""

from datetime import date, timedelta

from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.simulator import faults
from clarity_pipeline_tests.cli.conftest import Clarity
from clarity_pipeline_tests.world import DAY, PROJECT, World

NEXT = DAY + timedelta(days=1)


def lose_three_lanes(clarity: Clarity, world: World) -> None:
    world.fake.script(PROJECT, None, faults.QUOTA_SPENT)
    clarity("sync")
    world.later(days=1)


def lane(day: date, name: str, purpose: str, *, calls: list[int], pair: list[int] | None = None) -> dict[str, object]:
    return {"date": f"{day}", "slice": name, "purpose": purpose, "calls": calls, "pair": pair, "asked_by": None}


def test_the_document_of_a_plan(clarity: Clarity, world: World) -> None:
    lose_three_lanes(clarity, world)
    before = world.calls()
    ran = clarity("plan", "acme", "--json")
    assert (ran.status, ran.err, world.calls()) == (0, "", before)
    (document,) = ran.document
    assert list(document) == ["business", "day", "used", "left", "lanes", "left_out"]
    assert (document["business"], document["day"], document["used"], document["left"]) == ("acme", "2026-05-05", 0, 10)
    assert document["lanes"] == [
        *(lane(NEXT, name, "sync", calls=[1]) for name in DAILY_SLICES),
        *(lane(DAY, name, "recovery", calls=[2], pair=[2, 1]) for name in list(DAILY_SLICES)[1:]),
    ]
    assert {(each["date"], each["reason"]) for each in document["left_out"]} == {("2026-05-02", "before_the_connection")}
    assert all(each["detail"] == "acme was connected on 2026-05-04" for each in document["left_out"])


def test_people_read_a_line_a_lane_and_why_the_others_are_left_out(clarity: Clarity, world: World) -> None:
    lose_three_lanes(clarity, world)
    lines = clarity("plan").out.splitlines()
    assert lines[0].split() == ["business", "date", "slice", "purpose", "from", "calls"]
    assert next(line.split() for line in lines if "recovery" in line) == [
        "acme", f"{DAY}", "url_source", "recovery", "2", "days", "-", "1", "1",
    ]  # fmt: skip
    assert "acme: 0 of 10 calls used on 2026-05-05, 7 planned; 2 are kept for a person's tests." in lines
    assert lines[-1].startswith("left out: acme 2026-05-02 url_device, url_source, ")


def test_what_sync_then_does_is_what_was_planned(clarity: Clarity, world: World) -> None:
    lose_three_lanes(clarity, world)
    planned = clarity("plan", "--json").document[0]["lanes"]
    before = world.calls()
    ran = clarity("sync", "--json")
    assert (ran.status, ran.err) == (0, "")
    assert [(job["date"], job["slice"], job["calls"]) for job in ran.document] == [
        (lane["date"], lane["slice"], len(lane["calls"])) for lane in planned
    ]
    assert world.calls() - before == sum(len(lane["calls"]) for lane in planned) == 7
    assert clarity("plan", "--json").document[0]["lanes"] == []


def test_nothing_connected_says_what_to_do(clarity: Clarity, world: World) -> None:
    for path in world.folder.glob("state.db*"):
        path.unlink()
    assert clarity("plan").out == "No business is connected yet: `clarity-pipeline connect SLUG --project-id ID`.\n"
    assert clarity("plan", "--json").out == "[]\n"
    assert clarity("plan", "nobody").status == 1
