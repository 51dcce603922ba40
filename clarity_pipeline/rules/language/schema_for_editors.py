"""The JSON Schema of a rules file, for editors that complete and check YAML while it is typed. Printed by `rules schema`."""

from typing import Any

from clarity_pipeline.rules.language.rule import Rule

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def rules_schema() -> dict[str, Any]:
    """What `rule_files` reads: `rules:` with a list under it, a list, or one rule; every object of it is closed."""
    rule = Rule.model_json_schema(ref_template="#/$defs/{model}")
    definitions = {**rule.pop("$defs"), "Rule": rule}
    some = {"type": "array", "items": {"$ref": "#/$defs/Rule"}, "minItems": 1}
    under_rules = {"type": "object", "properties": {"rules": some}, "required": ["rules"], "additionalProperties": False}
    return {
        "$schema": DIALECT,
        "title": "Rules of clarity-pipeline",
        "anyOf": [under_rules, {"$ref": "#/$defs/Rule"}, some],
        "$defs": definitions,
    }
