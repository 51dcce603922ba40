"""`connect --site`, `connect --without-clarity`, `update --site` and `accept`, as a person types them, wrongly and twice."""

from dataclasses import replace
from pathlib import Path

import pytest

from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.day.load import load_lane
from clarity_pipeline.day.site import OtherSite
from clarity_pipeline.simulator.presets import small
from clarity_pipeline.simulator.server import FakeClarity
from clarity_pipeline_tests.cli.conftest import Clarity
from clarity_pipeline_tests.world import DAY, OTHER_PROJECT, PROJECT, World

HOST = small().host
OTHERS_HOST = "www.other-client.example"


@pytest.fixture
def tokens(world: World, tmp_path: Path) -> dict[str, str]:
    """Files with a token of acme's project, and with one of another client's."""
    world.fake.close()
    site = replace(small(), sessions_a_day=60)
    world.fake = FakeClarity([site, replace(site, project_id=OTHER_PROJECT, host=OTHERS_HOST)], clock=lambda: world.now)
    world.fake.start()
    files = {}
    for name, project in (("own", PROJECT), ("other", OTHER_PROJECT)):
        path = tmp_path / name
        path.write_text(world.fake.token(project))
        files[name] = str(path)
    return files


def load(world: World) -> None:
    with world.home() as home:
        home.capture.lane("acme", date=DAY, asked=DAILY_SLICES["url_device"])
        load_lane(home, business_id="acme", date=DAY, asked=DAILY_SLICES["url_device"])


def test_what_is_held_back_is_said_everywhere_and_accepted_once(world: World, clarity: Clarity, tokens: dict[str, str]) -> None:
    connect = ("connect", "acme", "--project-id", OTHER_PROJECT, "--token-file", tokens["other"])
    assert f"Its site is {HOST}." in clarity(*connect, "--site", f"https://www.{HOST}/").out
    tested = clarity("test", "acme")
    assert (tested.status, tested.err.startswith("warning: It saw ")) == (0, True)
    assert f"on {OTHERS_HOST}. None of them is on {HOST}, the site of acme" in tested.err
    document = clarity("test", "acme", "--json").document
    assert ([each["host"] for each in document["hosts"]], document["is_of_other_site"]) == ([OTHERS_HOST], True)
    with pytest.raises(OtherSite):
        load(world)
    said = clarity("status").out
    assert "held back  other_site" in said
    assert f"1 lanes of {DAY}: none of the sessions is on {HOST}, the site of acme, but on {OTHERS_HOST}" in said
    (row,) = clarity("status", "--json").document
    assert (row["site"], row["site_is_learned"], row["held_back"]) == ([HOST], False, [{"date": str(DAY), "slice": "url_device"}])
    (found,) = [each for each in clarity("doctor", "--json").document if each["code"] == "other_site"]
    assert "`clarity-pipeline accept acme`" in found["what_to_do"]
    world.later(minutes=1)
    accepted = clarity("accept", "acme")
    assert accepted.out == (
        f"The site of acme is {HOST} and other-client.example.\n"
        f"1 lane of {DAY} waits in the vault; `clarity-pipeline sync` loads them, without a call.\n"
    )
    assert "held back" not in clarity("status").out
    assert [each["code"] for each in clarity("doctor", "--json").document if each["code"].startswith(("site", "other"))] == [
        "site_said"
    ]
    load(world)
    again = clarity("accept", "acme")
    assert (again.status, again.error.startswith("No answer of acme is held back")) == (1, True)
    assert clarity("accept", "nobody").status == 1
    assert clarity("audit", "acme", "--json").document[0]["action"] == "updated"


def test_a_site_that_was_learned_wrongly_is_corrected_and_its_dates_are_taken_out(
    world: World, clarity: Clarity, tokens: dict[str, str]
) -> None:
    out = clarity("connect", "acme", "--project-id", OTHER_PROJECT, "--token-file", tokens["other"]).out
    assert "Its site is told by its first answers" in out
    load(world)
    assert "its site is taken to be other-client.example" in clarity("status").out
    updated = clarity("update", "acme", "--site", HOST)
    assert f"The site of acme is {HOST}." in updated.out
    assert updated.err.startswith(f"warning: {DAY} is loaded and without a visit on {HOST}.")
    assert "--take-out-others" in updated.err
    assert f"Taken out of every table: {DAY}" in clarity("update", "acme", "--take-out-others").out
    assert "No loaded date of acme is of another site." in clarity("update", "acme", "--take-out-others").out
    assert "held back  other_site" in clarity("status").out


@pytest.mark.parametrize("site", ["localhost", "not a host", "com", "10.0.0.1", ""])
def test_a_wrong_site_is_wrong_usage_and_changes_nothing(world: World, clarity: Clarity, site: str) -> None:
    refused = clarity("update", "acme", "--site", site)
    assert (refused.status, refused.error.startswith("A site is the host that its visitors come to")) == (2, True)
    with world.home() as home:
        assert home.connections.get("acme").site is None


def test_a_business_without_clarity_is_added_twice_alike_and_is_told_apart_from_a_disconnected_one(clarity: Clarity) -> None:
    for _ in range(2):
        assert clarity("connect", "ads", "--without-clarity", "--name", "Ads Only").status == 0
    rows = {each["business"]: each for each in clarity("status", "--json").document}
    assert (rows["ads"]["status"], rows["ads"]["reason"], rows["ads"]["project_id"]) == ("imports only", "without_clarity", None)
    assert "ads: no Clarity project; imports only" in clarity("status").out
    assert [each["business"] for each in clarity("quota", "--json").document] == ["acme"]
    assert [each["business"] for each in clarity("plan", "--json").document] == ["acme"]
    for command, said in (("disable", "no daily sync to pause"), ("disconnect", "no token to forget")):
        ran = clarity(command, "ads")
        assert (ran.status, said in ran.out) == (0, True)
    for command in ("enable", "test"):
        assert "ads has no Clarity project, imports only" in clarity(command, "ads").error
    assert clarity("connect", "acme", "--without-clarity").status == 2
    clarity("disconnect", "acme")
    assert "not connected" in clarity("status", "acme").out
    assert clarity("connect", "acme", "--without-clarity").status == 0
    assert "imports only" in clarity("status", "acme").out


@pytest.mark.parametrize(
    "more", [("--project-id", "abc123def4"), ("--site", "acme.com"), ("--token-file", "-"), ("--allow-shared",)]
)
def test_what_makes_no_sense_without_clarity_is_wrong_usage(clarity: Clarity, more: tuple[str, ...]) -> None:
    assert clarity("connect", "ads", "--without-clarity", *more).status == 2
    assert "--without-clarity" in clarity("connect", "ads").error
