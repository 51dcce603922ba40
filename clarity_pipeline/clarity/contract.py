"""How an answer differs from the contract that we know: pure, names only. Called by `calls.contract_drift`.

Names are those of `answer` (known, or cleaned and clipped); no value of a row is ever looked at but for its JSON type.
"""

from collections.abc import Mapping
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


@dataclass(frozen=True, slots=True)
class Seen:
    """What an answer showed of the contract: how it differs, and how each count is typed, by `Metric.field`."""

    drift: tuple[Drift, ...]
    types: Mapping[str, JsonType]


def seen_in(answer: Answer) -> Seen:
    """What was sent and is not known, what is known and was not sent, and the types, which are compared by who remembers them.

    Both types of a count were live at the same time (`docs/clarity-api.md#spellings`).
    """
    found = {Drift("unknown_metric", name) for name in answer.unknown_metrics}
    found |= {Drift("new_field", name) for name in answer.unknown_fields}
    if answer.groups:  # a day without visits may be an empty array
        found |= {Drift("missing_metric", name) for name in answer.missing_metrics}
    types: dict[str, JsonType] = {}
    for name, group in answer.groups.items():
        if name not in METRICS or not group.rows:
            continue
        sent = _keys_by_spelling(group)
        for field in METRICS[name].fields:
            keys = [key for spelling in _spellings(field) for key in sent.get(spelling, ())]
            if not keys:
                found.add(Drift("missing_field", f"{name}.{field.name}"))
            elif field.kind != "text" and (json_type := _json_type(group, keys)):
                types[f"{name}.{field.name}"] = json_type
    return Seen(tuple(sorted(found)), types)


def _keys_by_spelling(group: Group) -> dict[str, list[str]]:
    """The keys of its rows by what is compared of them: each key once, not once a row."""
    keys: dict[str, list[str]] = {}
    for key in set[str]().union(*group.rows):
        keys.setdefault(folded(key), []).append(key)
    return keys


def _spellings(field: Field) -> set[str]:
    return {folded(spelling) for spelling in (field.name, *field.also)}


def _json_type(group: Group, keys: list[str]) -> JsonType | None:
    types = {type(row.get(key)) for key in keys for row in group.rows} - {type(None)}
    if not types:
        return None
    return "mixed" if str in types and len(types) > 1 else "strings" if str in types else "numbers"
