"""The library of ready rules: twelve, two of them on, each with numbers that the benchmark measured and nobody typed."""

import json
from pathlib import Path

import pytest
import yaml

from clarity_pipeline.rules.language.condition import leaves
from clarity_pipeline.rules.language.ready import HEADING, LibraryRule, first_rules, library
from clarity_pipeline.rules.language.rule_files import read_rules, shipped_rules

RESULT = json.loads((Path(__file__).parents[3] / "benchmarks" / "rule_library.json").read_text("utf-8"))
MEASURED = [each for each in library() if each.measured]


def test_there_are_twelve_and_none_has_the_id_of_a_shipped_rule() -> None:
    ids = [each.rule.id for each in library()]
    assert len(set(ids)) == 12
    assert not set(ids) & {rule.id for rule in shipped_rules()}


def test_only_the_two_about_the_connection_are_on_and_only_they_have_no_false_alarms_to_measure() -> None:
    assert [rule.id for rule in first_rules()] == ["connection-stale", "token-rejected"]
    for each in library():
        of_connection = {kind for _, kind, _ in leaves(each.rule.when)} == {"connection"}
        assert each.rule.enabled == of_connection == (not each.measured)


@pytest.mark.parametrize("one", library(), ids=lambda each: each.rule.id)
def test_a_file_is_a_commented_rule_that_reads_back_the_same(one: LibraryRule) -> None:
    assert one.text.startswith("# ")
    assert read_rules(one.text, source="library") == (one.rule,)
    assert len(one.about) > 60
    assert HEADING.strip("# ") not in one.about
    assert "sessions a day:" not in one.about
    assert yaml.safe_load(one.text)["id"] == one.rule.id


@pytest.mark.parametrize("one", MEASURED, ids=lambda each: each.rule.id)
def test_the_numbers_in_the_comments_are_those_that_the_benchmark_kept(one: LibraryRule) -> None:
    kept = {
        int(size.replace(",", "")): (numbers["false_alarms_a_site_and_year"], round(100 * numbers["unknown_share"]))
        for size, numbers in RESULT["rules"][one.rule.id].items()
    }
    said = {each.sessions_a_day: (each.false_alarms_a_year, round(100 * each.unknown_share)) for each in one.measured}
    assert said == kept
    assert one.text.count(" sessions a day: ") == len(said), "a line that is misspelt would not be held against anything"
    assert all(rate < 1 for rate, _ in kept.values())


def test_the_kept_result_is_of_enough_sites_to_tell_one_alarm_a_year_from_none() -> None:
    assert RESULT["sites"] >= 60
    assert set(RESULT["rules"]) == {each.rule.id for each in MEASURED}
