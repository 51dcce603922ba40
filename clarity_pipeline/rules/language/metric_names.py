"""How a rule names its metric: one of the known names, a column of the ad platform, or `ratio: {of: ..., over: ...}` of two.

Part of `leaves`. A ratio is kept under one name, `entity.spend / entity.leads`, which evidence and messages carry too; written
out again it is the mapping that a person wrote.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from pydantic_core import PydanticCustomError

from clarity_pipeline.rules.language.metric import ENTITY_COLUMN, ENTITY_EXAMPLES, ENTITY_PREFIX, METRICS, RATIO_OF_COLUMNS

RATIO = "ratio"
_PARTS = ("of", "over")

_COLUMN = {"type": "string", "pattern": f"^{ENTITY_COLUMN.pattern}$"}
RATIO_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "of": {**_COLUMN, "description": "a column of the ad platform, summed over the window's days"},
        "over": {**_COLUMN, "description": "the column that it is divided by, summed over the same days"},
    },
    "required": list(_PARTS),
    "additionalProperties": False,
}
NAMES_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "string", "enum": list(METRICS)},
        _COLUMN,
        {"type": "object", "properties": {RATIO: RATIO_SCHEMA}, "required": [RATIO], "additionalProperties": False},
    ]
}
"""For editors."""


def ratio_as_name(value: Any) -> Any:
    """The name of a ratio that is written as a mapping; anything else as it is."""
    if not isinstance(value, Mapping):
        return value
    parts = value.get(RATIO)
    if set(value) != {RATIO} or not isinstance(parts, Mapping) or set(parts) != set(_PARTS):
        form = "ratio: {of: entity.spend, over: entity.leads}"
        raise PydanticCustomError("no_metric", "a metric is a name, or {form}", {"form": form})
    return " / ".join(_column(part, parts[part]) for part in _PARTS)


def known_metric(name: str) -> str:
    """The name if there is such a metric; the error names the nearest."""
    if name in METRICS or ENTITY_COLUMN.fullmatch(name) or _is_ratio(name):
        return name
    raise PydanticCustomError("unknown_metric", "unknown metric '{given}'; {hint}", {"given": name[:60], "hint": _hint(name)})


def as_document(name: str) -> Any:
    """A metric as a document has it: the ratio as the mapping that it was written as."""
    ratio = RATIO_OF_COLUMNS.fullmatch(name)
    return name if ratio is None else {RATIO: dict(zip(_PARTS, ratio.groups(), strict=True))}


def _is_ratio(name: str) -> bool:
    ratio = RATIO_OF_COLUMNS.fullmatch(name)
    return ratio is not None and not any(each in METRICS for each in ratio.groups())


def _column(part: str, name: Any) -> str:
    if isinstance(name, str) and ENTITY_COLUMN.fullmatch(name) and name not in METRICS:
        return name
    given = str(name)[:60]
    if given in METRICS:
        why = "is a ratio itself" if given.startswith(ENTITY_PREFIX) else "is Clarity's, whose rates are there by themselves"
        hint = f"{why}; name a column such as entity.spend"
    else:
        hint = f"is no column of an ad platform; {_hint(given, columns_alone=True)}"
    raise PydanticCustomError("no_column", "ratio.{part}: '{given}' {hint}", {"part": part, "given": given, "hint": hint})


def _hint(name: str, *, columns_alone: bool = False) -> str:
    known = [*ENTITY_EXAMPLES] if columns_alone else [*METRICS, *ENTITY_EXAMPLES]
    short = ENTITY_PREFIX + name.lower().removeprefix(ENTITY_PREFIX).strip()
    if short in known:
        return f"did you mean {short}?"
    close = get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]}?"
    if columns_alone:
        return f"write it as {', '.join(ENTITY_EXAMPLES)}, or any other column that you import"
    return "the names are in `clarity-pipeline rules schema`"
