"""The rule: a condition, whom it is meant for, and how it is told. It diffs, and it moves through YAML unchanged.

`rule_files` reads it from YAML, `evaluate` decides its condition, `rules.book.rule_store` keeps it; `Rule.model_json_schema()` is
for editors.
"""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from clarity_pipeline.rules.language.condition import MAX_LEAVES, Condition, leaves, size
from clarity_pipeline.rules.language.kinds import LEAF_KINDS
from clarity_pipeline.rules.language.leaves import Part
from clarity_pipeline.rules.language.metric import Family, metric_of

MAX_DEPTH = 8

Severity = Literal["info", "warning", "critical"]
Action = Literal["alert", "recommend_pause"]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
Line = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]+$")]
Text = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$")]

_AllOrSome = Annotated[
    Annotated[Literal["all"], Tag("<word>")] | Annotated[tuple[Slug, ...], Field(min_length=1), Tag("<list>")],
    Discriminator(lambda value: "<word>" if isinstance(value, str) else "<list>"),
]
Businesses = _AllOrSome


Scope = Literal["business", "url", "campaign", "ad_set", "ad"]
"""What one evaluation is about: the whole site, each of its busiest landing pages, or each entity of an ad platform."""

Top = Annotated[int, Field(strict=True, ge=1, le=200)]
RemindAfter = Annotated[int, Field(strict=True, ge=1, le=90)]
Channels = _AllOrSome
DataDays = Annotated[int, Field(strict=True, ge=1, le=30)]

_SCOPES: dict[Family, tuple[Scope, ...]] = {
    "page": ("url", "campaign", "ad_set", "ad"),
    "entity": ("business", "campaign", "ad_set", "ad"),
}
"""Metrics that only some scopes have; an ad platform's of a business are summed over its campaigns (`engine.ad_totals`)."""


class Rule(Part):
    """When to tell whom what about a business. Only a condition that is known to be true fires."""

    id: Slug
    name: Line = Field(description="what the alert says happened")
    description: Text = ""
    severity: Severity = "warning"
    action: Action = Field(default="alert", description="recommend_pause is said in the message; no ad platform is ever called")
    businesses: Businesses = "all"
    scope: Scope = Field(default="business", description="evaluated for each of these, and told apart in the alert")
    top: Top = Field(default=20, description="with scope url: so many pages, those with most sessions in the last 7 days")
    for_days: DataDays = Field(default=1, description="days with an answer, in a row, that it must hold before anybody is told")
    resolve_after_days: DataDays | None = Field(
        default=None,
        description="days with an answer, in a row, that it must be clearly back before it is over; null: as its leaves need it",
    )
    remind_after_days: RemindAfter | None = Field(
        default=7, description="while it holds and nobody has acknowledged it; null: never again"
    )
    channels: Channels = Field(default="all", description="ids of the channels that are told, or all")
    enabled: Annotated[bool, Field(strict=True)] = True
    when: Condition

    @model_validator(mode="after")
    def _is_small(self) -> "Rule":
        depth, leaves = size(self.when)
        if depth > MAX_DEPTH or leaves > MAX_LEAVES:
            raise PydanticCustomError(
                "too_large",
                "the condition is {depth} deep with {leaves} leaves, the limits are {max_depth} and {max_leaves}; split the rule",
                {"depth": depth, "leaves": leaves, "max_depth": MAX_DEPTH, "max_leaves": MAX_LEAVES},
            )
        return self

    @model_validator(mode="after")
    def _asks_what_its_scope_has(self) -> "Rule":
        for path, _, leaf in leaves(self.when):
            name = getattr(leaf, "metric", None)
            needed = _SCOPES.get(metric_of(name).family) if name else None
            if needed and self.scope not in needed:
                facts = {"path": path, "metric": name, "scopes": " or ".join(needed), "scope": self.scope}
                words = "{path}.metric: {metric} needs scope {scopes}, the rule's is {scope}"
                raise PydanticCustomError("other_scope", words, facts)
        return self

    def concerns(self, business_id: str) -> bool:
        """Whether the rule is on and meant for this business."""
        return self.enabled and (self.businesses == "all" or business_id in self.businesses)

    @property
    def calm_days(self) -> int:
        """Days with an answer, in a row, on which it must be clearly back before it is over."""
        return self.resolve_after_days or max(LEAF_KINDS[kind].calm_days(leaf) for _, kind, leaf in leaves(self.when))

    def document(self) -> dict[str, Any]:
        """The whole rule as JSON values, defaults written out: what the state database keeps."""
        return self.model_dump(mode="json")
