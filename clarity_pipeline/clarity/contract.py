"""How an answer differs from the contract that we know: pure, names only. Called by `calls.contract_drift`.

Names are those of `answer` (known, or cleaned and clipped); no value of a row is ever looked at but for its JSON type.
"""

from dataclasses import dataclass
from typing import Literal

from clarity_pipeline.clarity.answer import Answer
from clarity_pipeline.clarity.group import Group
from clarity_pipeline.clarity.groups import Field
from clarity_pipeline.clarity.wire import METRICS, folded

Kind = Literal["unknown_metric", "missing_metric", "changed_type", "new_field", "missing_field", "mobile_app"]

JsonType = Literal["numbers", "strings", "mixed"]


@dataclass(frozen=True, slots=True, order=True)
class Drift:
    """One difference: a metric, or `Metric.field`."""

    kind: Kind
    name: str


def drift_of(answer: Answer) -> tuple[Drift, ...]:
    """What was sent and is not known, and what is known and was not sent; types are compared by who remembers them."""
    found = {Drift("unknown_metric", name) for name in answer.unknown_metrics}
    found |= {Drift("new_field", name) for name in answer.unknown_fields}
    if answer.groups:  # a day without visits may be an empty array
        found |= {Drift("missing_metric", name) for name in answer.missing_metrics}
    for name, group in answer.groups.items():
        if name in METRICS and group.rows:
            sent = {folded(key) for row in group.rows for key in row}
            missing = (field for field in METRICS[name].fields if not sent & _spellings(field))
            found |= {Drift("missing_field", f"{name}.{field.name}") for field in missing}
    return tuple(sorted(found))


def types_of(answer: Answer) -> dict[str, JsonType]:
    """How each count is typed, by `Metric.field`: both were live at the same time (`docs/clarity-api.md#spellings`)."""
    found: dict[str, JsonType] = {}
    for name, group in answer.groups.items():
        for field in METRICS[name].fields if name in METRICS else ():
            if field.kind != "text" and (json_type := _json_type(group, field)):
                found[f"{name}.{field.name}"] = json_type
    return found


def _spellings(field: Field) -> set[str]:
    return {folded(spelling) for spelling in (field.name, *field.also)}


def _json_type(group: Group, field: Field) -> JsonType | None:
    spellings = _spellings(field)
    types = {type(value) for row in group.rows for key, value in row.items() if folded(key) in spellings} - {type(None)}
    if not types:
        return None
    return "mixed" if str in types and len(types) > 1 else "strings" if str in types else "numbers"
