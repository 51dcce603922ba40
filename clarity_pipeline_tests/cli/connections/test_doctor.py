"""`doctor` as a person and a program meet it; what it finds is tested in its own room."""

import duckdb

from clarity_pipeline.simulator import faults
from clarity_pipeline_tests.cli.conftest import Clarity
from clarity_pipeline_tests.cli.running import run_on_a_terminal
from clarity_pipeline_tests.world import DAY, PROJECT, World


def test_nothing_wrong_is_exit_0_and_said(after_a_day: Clarity) -> None:
    ran = after_a_day("doctor")
    assert (ran.status, ran.out, ran.err) == (0, "Nothing to say of acme.\n", "")
    assert after_a_day("doctor", "acme", "--json").document == []


def test_notes_alone_are_exit_0(clarity: Clarity) -> None:
    clarity("disable", "acme")
    ran = clarity("doctor", "acme")
    assert ran.status == 0
    assert ran.out.splitlines() == [
        "acme: Paused",
        "  note: it is disabled (paused): nothing is fetched, and rules on clarity_* do not fire",
        "    -> `clarity-pipeline enable acme` resumes the daily sync",
    ]


def test_what_is_wrong_is_exit_1_and_says_what_to_do(clarity: Clarity, world: World) -> None:
    world.fake.script(PROJECT, None, faults.QUOTA_SPENT)
    clarity("sync")
    ran = clarity("doctor")
    assert (ran.status, ran.err) == (1, "")
    assert "  error: 3 of 4 lanes of 2026-05-03 did not come through (quota_spent): url_campaign_channel, " in ran.out
    assert "    -> somebody else uses the project's ten calls" in ran.out
    document = clarity("doctor", "--json")
    assert document.status == 1
    assert {tuple(each) for each in document.document} == {("business", "code", "severity", "sentence", "what_to_do")}
    assert ("acme", "quota_spent", "error") in {(each["business"], each["code"], each["severity"]) for each in document.document}
    calls = world.calls()
    assert calls == 2, "doctor makes none"


def test_an_empty_home_and_an_unknown_business(clarity: Clarity, world: World) -> None:
    ran = clarity("doctor", "acne")
    assert (ran.status, "named acne; there is acme" in ran.error) == (1, True)
    world.folder = world.folder.with_name("empty")
    assert clarity("doctor").out == "No business is connected yet: `clarity-pipeline connect SLUG --project-id ID`.\n"
    assert clarity("doctor", "--json").document == []


def test_sizes_say_what_is_kept_since_when_and_what_lets_it_go(clarity: Clarity, world: World) -> None:
    clarity("sync")
    ran = clarity("doctor", "--sizes", "--json")
    assert (ran.status, ran.err) == (0, "")
    found = {each["what"]: each for each in ran.document}
    assert (found["sync jobs"]["items"], found["sync jobs"]["oldest"], found["sync jobs"]["a_day"]) == (4, str(DAY), 4 / 7)
    assert (found["calls"]["items"], found["vault"]["items"], found["runs"]["items"]) == (4, 4, 2)
    with duckdb.connect(str(world.folder / "published" / "clarity.duckdb"), read_only=True) as published:
        evaluations = published.execute("select count(*) from clarity_rule_evaluations").fetchall()[0][0]
    assert found["rule evaluations"]["items"] == evaluations
    assert found["warehouse"]["size_bytes"] == (world.folder / "warehouse.duckdb").stat().st_size
    files = [each for each in (world.folder / "vault").rglob("*") if each.is_file()]
    assert found["vault"]["size_bytes"] == sum(each.stat().st_size for each in files)
    assert found["events"]["items"] > found["runs"]["items"]
    assert (found["events"]["kept_days"], found["events"]["forgotten_by"]) == (30, "prune --runs-days")


def test_sizes_are_of_the_whole_installation_and_an_empty_one_has_them_too(clarity: Clarity, world: World) -> None:
    assert "leave the business out" in clarity("doctor", "acme", "--sizes").error
    world.folder = world.folder.with_name("empty")
    ran = clarity("doctor", "--sizes", "--json")
    assert ran.status == 0
    assert {each["items"] for each in ran.document if each["items"] is not None} == {0}
    assert not (world.folder / "dagster").exists(), "looking makes nothing"


def test_on_a_narrow_terminal_sentences_are_broken_between_words(world: World) -> None:
    status, seen = run_on_a_terminal("doctor", environment=world.environment)
    assert status == 0
    assert "acme: Not verified" in seen
    assert "its token has not been used yet" in seen
    assert "\n    -> the next daily sync will tell" in seen
