"""How a rule names a ratio: by a ready name, or as one column over another; errors name the nearest."""

from typing import Any

import pytest

from clarity_pipeline.normalize.ad_columns import RATIOS
from clarity_pipeline.rules.language.metric import METRICS, metric_of
from clarity_pipeline.rules.language.rule_files import RulesInvalid, read_rules, write_rules
from clarity_pipeline.rules.language.schema_for_editors import rules_schema


def read(leaf: str, scope: str = "ad") -> Any:
    (found,) = read_rules(f"id: r\nname: R\nscope: {scope}\nwhen: {{{leaf}}}", source="f.yaml")
    return found


def problem(leaf: str, scope: str = "ad") -> str:
    with pytest.raises(RulesInvalid) as invalid:
        read(leaf, scope)
    (only,) = invalid.value.problems
    return only.removeprefix("f.yaml: rule 'r': ")


@pytest.mark.parametrize("scope", ["business", "campaign", "ad_set", "ad"])
@pytest.mark.parametrize("name", RATIOS)
def test_a_ready_ratio_has_a_name_at_every_scope_of_ads(name: str, scope: str) -> None:
    found = read(f"threshold: {{metric: entity.{name}, operator: above, value: 1}}", scope)
    assert metric_of(found.when.threshold.metric) == METRICS[f"entity.{name}"]


def test_a_page_has_no_ads_of_its_own() -> None:
    said = problem("threshold: {metric: entity.cpa, operator: above, value: 1}", "url")
    assert said == "when.threshold.metric: entity.cpa needs scope business or campaign or ad_set or ad, the rule's is url"


RATIO = "ratio: {of: entity.spend, over: entity.leads}"


@pytest.mark.parametrize(
    "leaf",
    [
        f"threshold: {{{RATIO}, operator: above, value: 50}}",
        f"threshold: {{metric: {{{RATIO}}}, operator: above, value: 50}}",
        "threshold: {metric: entity.spend / entity.leads, operator: above, value: 50}",
    ],
)
def test_a_ratio_of_two_columns_is_the_same_however_it_is_written_and_is_written_as_a_mapping(leaf: str) -> None:
    found = read(leaf)
    assert found.when.threshold.metric == "entity.spend / entity.leads"
    assert found.document()["when"]["threshold"]["metric"] == {"ratio": {"of": "entity.spend", "over": "entity.leads"}}
    assert read_rules(write_rules([found]), source="again") == (found,)
    assert (metric_of(found.when.threshold.metric).column, metric_of(found.when.threshold.metric).over) == ("spend", "leads")


def test_a_change_can_be_of_a_ratio() -> None:
    found = read(f"change: {{metric: {{{RATIO}}}, ratio: 2, floor: 1}}")
    assert (found.when.change.metric, found.when.change.ratio) == ("entity.spend / entity.leads", 2.0)
    assert problem(f"change: {{{RATIO}, floor: 1}}") == (
        "when.change: ratio of a change is a number; name a metric of two columns as"
        " metric: {ratio: {of: entity.spend, over: entity.leads}}"
    )


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        ("cpa", "unknown metric 'cpa'; did you mean entity.cpa?"),
        ("CTR", "unknown metric 'CTR'; did you mean entity.ctr?"),
        ("entity.ROAS", "unknown metric 'entity.ROAS'; did you mean entity.roas?"),
        ("entty.cpm", "unknown metric 'entty.cpm'; did you mean entity.cpm?"),
        ("spend", "unknown metric 'spend'; did you mean entity.spend?"),
        (
            "{ratio: {of: spend, over: entity.leads}}",
            "ratio.of: 'spend' is no column of an ad platform; did you mean entity.spend?",
        ),
        (
            "{ratio: {of: entity.spend, over: entity.cpa}}",
            "ratio.over: 'entity.cpa' is a ratio itself; name a column such as entity.spend",
        ),
        (
            "{ratio: {of: entity.spend, over: clarity_sessions}}",
            "ratio.over: 'clarity_sessions' is Clarity's, whose rates are there by themselves; name a column such"
            " as entity.spend",
        ),
        ("{ratio: {of: entity.spend}}", "a metric is a name, or ratio: {of: entity.spend, over: entity.leads}"),
        ("{of: entity.spend, over: entity.leads}", "a metric is a name, or ratio: {of: entity.spend, over: entity.leads}"),
    ],
)  # fmt: skip
def test_an_unknown_name_is_answered_with_the_nearest(metric: str, said: str) -> None:
    assert problem(f"threshold: {{metric: {metric}, operator: above, value: 1}}") == f"when.threshold.metric: {said}"


def test_the_schema_for_editors_has_the_ready_ratios_and_both_ways_to_write_one() -> None:
    threshold = rules_schema()["$defs"]["Threshold"]
    names, column, ratio = threshold["properties"]["metric"]["anyOf"]
    assert {f"entity.{name}" for name in RATIOS} <= set(names["enum"])
    assert column["pattern"].startswith("^entity")
    assert ratio["properties"]["ratio"] == threshold["properties"]["ratio"]
    assert threshold["oneOf"] == [{"required": ["metric"]}, {"required": ["ratio"]}]
    assert threshold["required"] == ["operator", "value"]


def test_a_ratio_has_the_unit_of_what_it_is_of() -> None:
    assert METRICS["entity.cpa"].say(20.0, currency="EUR") == "20.00 EUR"
    assert METRICS["entity.cpa"].say(20.0) == "20"
    assert METRICS["entity.ctr"].say(0.02) == "2.0 %"
    assert METRICS["entity.roas"].say(3.25, currency="EUR") == "3.25"
    assert metric_of("entity.spend / entity.leads").say(7.5, currency="EUR") == "7.50 EUR"
    assert metric_of("entity.clicks / entity.leads").say(7.5, currency="EUR") == "7.50"
