"""`rules library` and `rules import --library`: twelve ready rules, shown, stored, and left as people set them."""

from pathlib import Path

from clarity_pipeline.rules.language.ready import library
from clarity_pipeline_tests.cli.conftest import Clarity
from clarity_pipeline_tests.cli.running import run_on_a_terminal
from clarity_pipeline_tests.world import World


def test_the_library_says_of_each_rule_what_it_is_for_and_how_often_it_is_wrong(clarity: Clarity) -> None:
    documents = clarity("rules", "library", "--json").document
    assert [each["rule"] for each in documents] == [each.rule.id for each in library()]
    assert documents[0]["enabled"] is True
    assert documents[2]["measured"][0].keys() == {"sessions_a_day", "false_alarms_a_year", "unknown_share"}
    said = clarity("rules", "library").out
    assert said.count("False alarms a site and year, by its sessions a day: ") == 10
    assert "connection-stale  No data from Clarity for 36 hours  (on)" in said


def test_a_rule_of_it_is_printed_to_be_adapted_and_a_mistyped_one_is_named(clarity: Clarity, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(clarity("rules", "library", "rage-clicks-jump").out)
    assert clarity("rules", "check", str(file)).out == "mine.yaml: 1 rules, no problem.\n"
    unknown = clarity("rules", "library", "rage-click-jump")
    assert unknown.status == 2
    assert "did you mean rage-clicks-jump?" in unknown.error


def test_importing_it_turns_on_two_and_leaves_what_people_have_switched(clarity: Clarity) -> None:
    assert clarity("rules", "import", "--library").out.startswith("added: connection-stale, token-rejected, rage-clicks-jump")
    enabled = [each["rule"] for each in clarity("rules", "list", "--json").document if each["enabled"]]
    assert enabled == ["connection-stale", "token-rejected"]
    clarity("rules", "enable", "rage-clicks-jump")
    clarity("rules", "disable", "connection-stale")
    again = clarity("rules", "import", "--library").out
    assert again.startswith("unchanged: ")
    assert again.count(",") == 11
    enabled = [each["rule"] for each in clarity("rules", "list", "--json").document if each["enabled"]]
    assert enabled == ["rage-clicks-jump", "token-rejected"]


def test_shipped_still_means_the_two_of_the_mission(clarity: Clarity) -> None:
    assert clarity("rules", "import", "--shipped").out == "added: pause-on-rage-clicks, dead-clicks-spike\n"
    for wrong in (("--shipped", "--library"), (), ("file.yaml", "--library")):
        assert clarity("rules", "import", *wrong).status == 2


def test_a_rule_that_is_off_is_previewed_by_its_id_and_stays_off(after_a_day: Clarity, tmp_path: Path) -> None:
    file = tmp_path / "tried.yaml"
    file.write_text(after_a_day("rules", "library", "rage-clicks-jump").out)
    (document,) = after_a_day("rules", "preview", "--file", str(file), "--json").document
    assert (document["rule"], document["outcome"]) == ("rage-clicks-jump", "unknown")
    assert "new_connection since 2026-05-03" in document["reason"]


def test_on_a_terminal_of_eighty_columns_the_library_keeps_whole_words(world: World) -> None:
    status, seen = run_on_a_terminal("rules", "library", environment=world.environment)
    assert status == 0
    assert max(len(line) for line in seen.splitlines()) <= 90  # with what makes a line bold


def test_enabling_a_ready_rule_that_nobody_stored_takes_it_from_the_library(clarity: Clarity) -> None:
    said = clarity("rules", "enable", "rage-clicks-jump", "dead-clicks-jump").out
    assert said.count("is taken from the library and enabled now (revision 1).") == 2
    assert clarity("rules", "enable", "rage-clicks-jump").out == "rage-clicks-jump is enabled already.\n"
    enabled = [each["rule"] for each in clarity("rules", "list", "--json").document if each["enabled"]]
    assert enabled == ["dead-clicks-jump", "rage-clicks-jump"]
    wrong = clarity("rules", "enable", "errors-jump", "dead-click-jump")
    assert (wrong.status, "did you mean dead-clicks-jump?" in wrong.error) == (1, True)
    assert len(clarity("rules", "list", "--json").document) == 2, "all or none"
    clarity("rules", "disable", "rage-clicks-jump")
    assert clarity("rules", "enable", "rage-clicks-jump").out == "rage-clicks-jump is enabled now (revision 3).\n"


def test_each_ready_rule_says_what_it_needs(clarity: Clarity) -> None:
    needs = {each["rule"]: each["needs"] for each in clarity("rules", "library", "--json").document}
    assert needs["rage-clicks-jump"] == {
        "days": 21, "sessions": 0, "clarity": True, "totals": False, "entities": False, "landing_pages": False,
        "experiments": False, "markers": False, "sessions_a_day": 400,
    }  # fmt: skip
    assert (needs["worse-since-a-change"]["markers"], needs["errors-jump"]["sessions_a_day"]) == (True, 2000)
    ad = needs["pause-ad-on-rage-clicks"]
    assert (ad["entities"], ad["landing_pages"], ad["sessions"], ad["days"]) == (True, True, 300, 1)
    assert clarity("rules", "library", "visits-halved").out.startswith(
        "# Needs: 23 days of data; about 100 visits of pages a day.\n# Half"
    )
    assert clarity("rules", "library").out.count("  Needs: ") == 12
