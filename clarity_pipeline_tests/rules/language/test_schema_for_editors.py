"""The published JSON Schema against another implementation: it accepts what we read and refuses what we refuse."""

import json
from importlib import resources

import jsonschema_rs
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from clarity_pipeline.rules.language.rule_files import EXAMPLE_RULE, RulesInvalid, read_rules
from clarity_pipeline.rules.language.schema_for_editors import rules_schema
from clarity_pipeline_tests.rules.random_rules import RULES

VALIDATOR = jsonschema_rs.validator_for(rules_schema())
LEAF = {"threshold": {"metric": "clarity_sessions", "operator": "above", "value": 1}}
RULE = {"id": "r", "name": "R", "when": LEAF}


def test_the_schema_is_plain_json_of_the_dialect_that_it_names() -> None:
    schema = rules_schema()
    assert json.loads(json.dumps(schema)) == schema
    jsonschema_rs.meta.validate(schema)


def test_every_file_that_is_shipped_and_the_example_of_the_help_are_valid() -> None:
    examples = resources.files("clarity_pipeline.rules") / "examples"
    files = [EXAMPLE_RULE, *(file.read_text("utf-8") for file in examples.iterdir() if file.name.endswith(".yaml"))]
    assert len(files) >= 2
    for text in files:
        VALIDATOR.validate(yaml.safe_load(text))


@given(st.lists(RULES, min_size=1, max_size=2, unique_by=lambda rule: rule.id))
def test_every_rule_is_valid_alone_in_a_list_and_under_rules(rules: list) -> None:
    documents = [rule.document() for rule in rules]
    for data in (documents[0], documents, {"rules": documents}):
        VALIDATOR.validate(data)


@pytest.mark.parametrize(
    "data",
    [
        {"rules": []},
        {"rules": [RULE], "rule": RULE},
        [],
        {**RULE, "sevrity": "info"},
        {**RULE, "severity": "loud"},
        {**RULE, "id": "No Slug"},
        {**RULE, "businesses": "acme"},
        {**RULE, "when": {"treshold": {}}},
        {**RULE, "when": {"all": []}},
        {**RULE, "when": {"threshold": {**LEAF["threshold"], "metric": "clarity_ragge"}}},
        {**RULE, "when": {"threshold": {**LEAF["threshold"], "value": "5"}}},
        {**RULE, "when": {"threshold": {**LEAF["threshold"], "window_days": 91}}},
    ],
)
def test_what_is_refused_when_it_is_read_is_marked_by_an_editor(data: object) -> None:
    assert not VALIDATOR.is_valid(data)
    with pytest.raises(RulesInvalid):
        read_rules(yaml.safe_dump(data), source="f.yaml")
