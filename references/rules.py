"""What a rule may say: its fields, the tree of its condition, the leaves, and the rules that are ready."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from clarity_pipeline.rules.language.condition import LEAVES, MAX_LEAVES, NODES
from clarity_pipeline.rules.language.leaves import SYMBOLS
from clarity_pipeline.rules.language.ready import LibraryRule, library
from clarity_pipeline.rules.language.rule import MAX_DEPTH, Rule
from references import markdown
from references.markdown import plain, table

OPENING = """\
A file of rules is YAML: one rule, a list of rules, or `rules:` with a list under it. A field that is not on this page is an
error, and the message names file, rule, field and the nearest valid name. `clarity-pipeline rules schema` prints the same as
JSON Schema for editors; `clarity-pipeline rules check FILE` reads a file without storing it. [Rules and alerts](../rules.md)
shows how to use them."""

TREE = f"""\
## Conditions

`when` holds exactly one node. `all`, `any` and `not` hold further nodes, at most {MAX_DEPTH} deep; every other node is a
leaf, at most {MAX_LEAVES} of them. A leaf without enough data is unknown. Only a condition that is known to be true fires."""

OPERATORS = f"""\
## Operators

{", ".join(f"`{word}` (also `{symbol}`)" for symbol, word in SYMBOLS.items())}. The words are what `rules export` writes,
since an unquoted `>` begins a block of text in YAML."""

READY = """\
## Ready rules

They come with the package; `clarity-pipeline rules library ID` prints the file of one. The two about the connection are on
from the first `connect`, the others are off until you turn them on. The last column is measured on simulated sites where
nothing had changed (`benchmarks/rule_library.py`)."""


def page() -> str:
    """The reference of rules."""
    nodes = ([f"`{name}`", plain(LEAVES.get(name, model).__doc__ or "")] for name, model in NODES.items())
    ready = ([f"`{each.rule.id}`", plain(each.rule.name), each.rule.severity, _measured(each)] for each in library())
    return markdown.page(
        "Rules",
        OPENING,
        f"## The rule\n\n{_fields(Rule)}",
        f"{TREE}\n\n{table(('node', 'what it says'), nodes)}",
        *(
            f"### {name} {{#{name.replace('_', '-')}}}\n\n{plain(model.__doc__ or '')}\n\n{_fields(model)}"
            for name, model in LEAVES.items()
        ),
        OPERATORS,
        f"{READY}\n\n{table(('id', 'name', 'severity', 'false alarms a site and year, by sessions a day'), ready)}",
    )


def _measured(ready: LibraryRule) -> str:
    """How often a rule is wrong, by the size of a site."""
    return (
        "; ".join(f"{each.sessions_a_day:,}: {each.false_alarms_a_year:g}" for each in ready.measured) or "no chance sets it off"
    )


def _fields(model: type[BaseModel]) -> str:
    schema = model.model_json_schema()
    required = set(schema.get("required", ()))
    either = {name for each in schema.get("oneOf", ()) for name in each["required"]}
    rows = (
        [
            f"`{name}`",
            _kind(name, field, schema.get("$defs", {})),
            "required" if name in required else "one of both" if name in either else f"`{json.dumps(field.get('default'))}`",
            plain(field.get("description", "")),
        ]
        for name, field in schema["properties"].items()
    )
    return table(("field", "holds", "default", "meaning"), rows)


def _kind(name: str, field: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """In words, what a field may hold."""
    if name == "when":
        return "a [condition](#conditions)"
    if name == "metric":
        return "a [metric](metrics.md)"
    return " or ".join(dict.fromkeys(_kinds(field, definitions)))


def _kinds(field: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[str]:
    if "$ref" in field:
        yield from _kinds(definitions[field["$ref"].rsplit("/", 1)[1]], definitions)
    elif several := field.get("anyOf") or field.get("oneOf"):
        for each in several:
            yield from _kinds(each, definitions)
    elif "enum" in field:
        yield ", ".join(f"`{each}`" for each in field["enum"])
    elif "const" in field:
        yield f"`{field['const']}`"
    elif field["type"] == "object":
        yield f"a mapping of {' and '.join(f'`{name}`' for name in field['properties'])}"
    elif field["type"] == "array":
        yield "a list of ids"
    elif field["type"] == "null":
        yield "`null`"
    elif field["type"] == "object":
        parts = (f"`{name}` ({_kind(name, part, definitions)})" for name, part in field["properties"].items())
        yield "fields " + ", ".join(parts)
    else:
        yield _simple(field)


def _simple(field: Mapping[str, Any]) -> str:
    least, most, above = field.get("minimum"), field.get("maximum"), field.get("exclusiveMinimum")
    longest = field.get("maxLength")
    word = {"integer": "a whole number", "number": "a number", "boolean": "`true`, `false`", "string": "text"}[field["type"]]
    if above is not None:
        return f"{word} above {above:g}" + (f", at most {most:g}" if most is not None else "")
    if least is not None and most is not None:
        return f"{word}, {least:,g} to {most:,.12g}"
    if least is not None:
        return f"{word} from {least:g} on"
    return f"{word} of at most {longest:,} characters" if longest else word
