"""The fields of a form for a rule or a leaf, made from the JSON schema of its model: a new field or leaf needs nothing here.

Called by `rule_draft`, which reads what was typed by them, and by the builder's templates. Words for names that have better ones
than their own stand in tables; whatever is not in a table is shown by its name, with blanks for underscores.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel

from clarity_pipeline.clarity.measures import SIGNAL
from clarity_pipeline.rules.language.metric import METRICS, PLACES
from clarity_pipeline.rules.language.sentence import OPERATORS, words

Widget = Literal["choice", "choice_or_own", "yes", "number", "line", "text", "list", "document"]
"""How a value is typed; `document` is JSON, for whatever no other one can say."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a closed list."""

    value: str
    label: str
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field. `default` is its JSON value where it has one; `is_nullable` says that empty is a value, null."""

    name: str
    label: str
    help: str
    widget: Widget
    choices: tuple[Choice, ...] = ()
    is_required: bool = False
    is_nullable: bool = False
    is_whole: bool = False
    default: Any = None
    least: float | None = None
    most: float | None = None
    longest: int | None = None

    def as_text(self, value: Any) -> str:
        """A JSON value as the form shows it."""
        if value is None:
            return ""
        if self.widget == "yes":
            return "yes" if value else ""
        if self.widget == "list":
            return ", ".join(map(str, value))
        if isinstance(value, Mapping) and set(value) == {"ratio"} and isinstance(value["ratio"], Mapping):
            return " / ".join(str(each) for each in value["ratio"].values())
        if isinstance(value, float) and value.is_integer():
            return f"{value:.0f}"
        return value if isinstance(value, str) else json.dumps(value)

    def as_value(self, text: str) -> Any:
        """What was typed as a JSON value; what cannot be one stays text, so that the rule's own check says what is wrong."""
        typed = text.strip()
        if self.widget == "yes":
            return bool(typed)
        if self.widget == "number":
            return _number(typed, is_whole=self.is_whole)
        if self.widget == "list":
            return [each.strip() for each in typed.split(",") if each.strip()]
        if self.widget == "document":
            try:
                return json.loads(typed)
            except ValueError:
                return typed
        return text.replace("\r\n", "\n") if self.widget in ("line", "text") else typed

    def is_given(self, text: str) -> bool:
        """Whether anything was typed; a box that is not ticked is an answer."""
        return self.widget == "yes" or bool(text.strip())


LABELS: Mapping[str, str] = MappingProxyType(
    {
        "name": "Name",
        "description": "Description",
        "window_days": "Over how many days",
        "value": "Limit",
        "operator": "Is",
        "ratio": "Times the normal",
        "floor": "Smallest that matters",
        "against": "Normal is",
        "baseline_days": "Days before",
        "baseline_weeks": "Weeks before",
        "min_sessions": "Fewest visits for an answer",
        "min_coverage": "Share of days with data for an answer",
        "alpha": "Chance of a false alarm",
        "ratio_floor": "At least so many times the normal",
        "min_events": "At least so many",
        "within_days": "Changes of the last days",
        "quantity": "Counted in",
        "for_days": "Days in a row before anybody is told",
        "resolve_after_days": "Days in a row until it is over",
        "remind_after_days": "Told again every so many days",
        "scope": "Asked about",
        "top": "So many pages",
        "action": "What is said",
        "enabled": "Switched on",
        "state": "The connection",
        "ends_at": "Over when it is back at",
    }
)

HELP: Mapping[str, str] = MappingProxyType(
    {
        "name": "What the alert says happened.",
        "action": "Nothing is ever paused for you: it is said in the message.",
        "scope": "Each is told apart in the alert.",
        "top": "Where each of the busiest pages is asked: those with most visits in the last 7 days.",
        "for_days": "Days with an answer, before anybody is told.",
        "resolve_after_days": "Days with an answer on which it is clearly back; empty: as many as what is asked needs.",
        "remind_after_days": "While it holds and nobody has acknowledged it; empty: never again.",
        "id": "For files and programs, such as rage-clicks: made from the name when left empty, and never changed.",
        "value": "Rates are per visit: 0.25 is one in four visits; scroll depth is 0 to 100.",
        "window_days": "Those days end with the day that is judged.",
        "ratio": "2 with “at least” is doubled, 0.5 with “at most” is halved.",
        "floor": "Where neither the days nor the normal reach it, a change is too small to matter.",
        "baseline_days": "Empty: as many as the days above.",
        "baseline_weeks": "Empty: 4.",
        "min_sessions": "With fewer there is no answer.",
        "min_coverage": "0.7 is seven days of ten; with fewer there is no answer.",
        "ends_at": "What hovers around its limit is one alert. A limit's is a value, any other's so many times the normal.",
        "signal": "Of the whole site, or of each page where pages are asked.",
        "quantity": "One visitor's 80 clicks are one visit, and 80 events.",
        "state": "No number is asked: it is about the way to Clarity.",
    }
)
"""Help of fields whose description speaks of codes; any other field has its own description."""

_SAID: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "operator": OPERATORS,
        "signal": {name: signal.label for name, signal in SIGNAL.items()},
        "quantity": {"signal_sessions": "visits with it", "events": "how often it happened"},
        "against": {"prior_window": "the days before", "same_weekdays": "the same weekdays before"},
        "state": {
            "stale": "is stale: nothing for 36 hours",
            "rejected": "is rejected",
            "missing_data": "has no data for the day",
        },
        "scope": {
            "business": "the whole site",
            "url": "each of its busiest pages",
            "campaign": "each campaign",
            "ad_set": "each ad set",
            "ad": "each ad",
        },
        "action": {"alert": "an alert", "recommend_pause": "an alert that recommends to pause the spend"},
        "severity": {"info": "for information", "warning": "a warning", "critical": "critical"},
    }
)
"""Words of values, by field."""

_OPTIONAL = frozenset({"min_sessions", "min_coverage", "baseline_days", "baseline_weeks", "ends_at"})


@cache
def fields_of(model: type[BaseModel]) -> tuple[Field, ...]:
    """The fields of a model that a form can have, in its order; a part that is a tree of its own (`when`) is none of them."""
    schema = model.model_json_schema()
    required = {name for name, each in model.model_fields.items() if each.is_required()}
    found = (_field(name, schema["properties"][name], name in required) for name in model.model_fields if name != "when")
    return tuple(found)


def _field(name: str, schema: Mapping[str, Any], is_required: bool) -> Field:
    kinds = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    is_nullable = "anyOf" in schema and len(kinds) < len(schema["anyOf"])
    one: Mapping[str, Any] = {**schema, **kinds[0]} if len(kinds) == 1 else schema
    widget, names = _widget(one, kinds)
    return Field(
        name=name,
        label=LABELS.get(name, words(name).capitalize()),
        help=HELP.get(name) or _sentence(schema.get("description", "")),
        widget=widget,
        choices=tuple(_choice(name, value) for value in names),
        is_required=is_required,
        is_nullable=is_nullable,
        is_whole=one.get("type") == "integer",
        default=schema.get("default"),
        least=one.get("minimum", one.get("exclusiveMinimum")),
        most=one.get("maximum"),
        longest=one.get("maxLength"),
    )


_LONG_TEXT = 500


def _widget(schema: Mapping[str, Any], kinds: Sequence[Mapping[str, Any]]) -> tuple[Widget, Sequence[str]]:
    if "enum" in schema:
        return "choice", schema["enum"]
    listed = next((each["enum"] for each in kinds if "enum" in each), None)
    if listed is not None:
        return "choice_or_own", listed
    kind = schema.get("type")
    if kind in ("integer", "number"):
        return "number", ()
    if kind == "boolean":
        return "yes", ()
    if kind == "string":
        return ("text" if schema.get("maxLength", 0) >= _LONG_TEXT else "line"), ()
    if kind == "array" and schema.get("items", {}).get("type") == "string":
        return "list", ()
    return "document", ()


def _choice(name: str, value: str) -> Choice:
    if value in METRICS:
        metric = METRICS[value]
        group = PLACES[metric.family].many.capitalize() + PLACES[metric.family].where if metric.family in PLACES else ""
        return Choice(value, metric.label, group or _GROUPS[metric.family])
    return Choice(value, _SAID.get(name, {}).get(value, words(value)))


_GROUPS: Mapping[str, str] = MappingProxyType({"entity": "Ads", "experiment": "Experiments"})


def _number(text: str, *, is_whole: bool) -> Any:
    try:
        return int(text) if is_whole else int(text) if text.lstrip("+-").isdigit() else float(text)
    except ValueError:
        return text


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""
