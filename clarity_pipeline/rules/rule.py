"""The rule: a small typed tree that cannot loop, is a form in a panel, and diffs.

`rule_files` reads it from YAML, `evaluate` decides it, `alerts.rule_store` keeps it; `Rule.model_json_schema()` is for
editors. There are no text expressions: evaluators of those raise on NULL or lose `null or true` (`ops.md` section 4).
Numbers are strict: `"5"` and `true` are no numbers.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from clarity_pipeline.rules.metric import METRICS

MAX_DEPTH = 8
MAX_LEAVES = 50
MAX_DAYS = 90

Severity = Literal["info", "warning", "critical"]
Action = Literal["alert", "recommend_pause"]
Operator = Literal["above", "at_least", "below", "at_most"]

SYMBOLS: dict[str, Operator] = {">": "above", ">=": "at_least", "<": "below", "<=": "at_most"}
"""Also understood. Words are the canonical spelling, since an unquoted `>` begins a block of text in YAML."""


def nearest(given: object, valid: list[str]) -> str:
    """A hint that ends an error message: the nearest valid name, or all of them."""
    close = get_close_matches(str(given), valid, n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else f"valid are {', '.join(valid)}"


def _known_metric(name: str) -> str:
    if name not in METRICS:
        facts = {"given": name[:60], "hint": nearest(name, list(METRICS))}
        raise PydanticCustomError("unknown_metric", "unknown metric '{given}'; {hint}", facts)
    return name


def _symbol_to_word(value: Any) -> Any:
    return SYMBOLS.get(value, value) if isinstance(value, str) else value


MetricName = Annotated[str, AfterValidator(_known_metric), WithJsonSchema({"type": "string", "enum": list(METRICS)})]
Comparison = Annotated[Operator, BeforeValidator(_symbol_to_word)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
Line = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]+$")]
Text = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$")]
Days = Annotated[int, Field(strict=True, ge=1, le=MAX_DAYS)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
AboveZero = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0)]
Sessions = Annotated[int, Field(strict=True, ge=0, le=10**9)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True)


class Threshold(_Part):
    """A metric over the last `window_days` days against a value."""

    metric: MetricName
    operator: Comparison
    value: Number = Field(description="in the metric's unit; rates are events per session, scroll depth is 0 to 100")
    window_days: Days = Field(default=7, description="the window ends on the evaluated day and includes it")
    min_sessions: Sessions = Field(default=0, description="with fewer sessions in the window the answer is unknown")


class Change(_Part):
    """A metric over the last `window_days` days against what the `baseline_days` days before make normal."""

    metric: MetricName
    window_days: Days = 1
    against: Literal["prior_window"] = "prior_window"
    baseline_days: Days | None = Field(
        default=None, description="length of the baseline before the window; default: as the window"
    )
    operator: Comparison = "at_least"
    ratio: AboveZero = Field(description="of the window to normal: 2 with at_least means doubled, 0.5 with at_most means halved")
    floor: AboveZero = Field(
        description="in the metric's unit: where neither the window nor normal reaches it, the change is too small to matter"
    )
    min_sessions: Sessions = Field(default=0, description="with fewer sessions in the window the answer is unknown")

    @property
    def days_before(self) -> int:
        """Length of the baseline."""
        return self.baseline_days or self.window_days


class All(_Part):
    """True when every condition is."""

    all: tuple["Condition", ...] = Field(min_length=1, max_length=MAX_LEAVES)


class AnyOf(_Part):
    """True when one condition is."""

    any: tuple["Condition", ...] = Field(min_length=1, max_length=MAX_LEAVES)


class Not(_Part):
    """True when the condition is false; an unknown one stays unknown."""

    not_: "Condition" = Field(alias="not")


class ThresholdLeaf(_Part):
    """A leaf of the tree."""

    threshold: Threshold


class ChangeLeaf(_Part):
    """A leaf of the tree."""

    change: Change


NODES: dict[str, type[_Part]] = {"all": All, "any": AnyOf, "not": Not, "threshold": ThresholdLeaf, "change": ChangeLeaf}
_KIND_OF_NODE = {model: kind for kind, model in NODES.items()}


def _kind(value: Any) -> str | None:
    """The tag of a node; tags wear brackets so that `rule_files` can drop them from the path in a message."""
    if isinstance(value, Mapping):
        kind = next(iter(value)) if len(value) == 1 else None
        return f"<{kind}>" if isinstance(kind, str) and kind in NODES else None
    kind = _KIND_OF_NODE.get(type(value))
    return f"<{kind}>" if kind else None


Condition = Annotated[
    Annotated[All, Tag("<all>")]
    | Annotated[AnyOf, Tag("<any>")]
    | Annotated[Not, Tag("<not>")]
    | Annotated[ThresholdLeaf, Tag("<threshold>")]
    | Annotated[ChangeLeaf, Tag("<change>")],
    Discriminator(
        _kind, custom_error_type="no_condition", custom_error_message="holds exactly one of all, any, not, threshold, change"
    ),
]

Businesses = Annotated[
    Annotated[Literal["all"], Tag("<word>")] | Annotated[tuple[Slug, ...], Field(min_length=1), Tag("<list>")],
    Discriminator(lambda value: "<word>" if isinstance(value, str) else "<list>"),
]


class Rule(_Part):
    """When to tell whom what about a business. Only a condition that is known to be true fires."""

    id: Slug
    name: Line = Field(description="what the alert says happened")
    description: Text = ""
    severity: Severity = "warning"
    action: Action = Field(default="alert", description="recommend_pause is said in the message; no ad platform is ever called")
    businesses: Businesses = "all"
    enabled: Annotated[bool, Field(strict=True)] = True
    when: Condition

    @model_validator(mode="after")
    def _is_small(self) -> "Rule":
        depth, leaves = _size(self.when)
        if depth > MAX_DEPTH or leaves > MAX_LEAVES:
            raise PydanticCustomError(
                "too_large",
                "the condition is {depth} deep with {leaves} leaves, the limits are {max_depth} and {max_leaves}; split the rule",
                {"depth": depth, "leaves": leaves, "max_depth": MAX_DEPTH, "max_leaves": MAX_LEAVES},
            )
        return self

    def concerns(self, business_id: str) -> bool:
        """Whether the rule is on and meant for this business."""
        return self.enabled and (self.businesses == "all" or business_id in self.businesses)

    def document(self) -> dict[str, Any]:
        """The whole rule as JSON values, defaults written out: what the state database keeps."""
        return self.model_dump(mode="json")


def children(node: Any) -> tuple[Any, ...]:
    """The conditions under a node; none for a leaf."""
    if isinstance(node, All):
        return node.all
    if isinstance(node, AnyOf):
        return node.any
    return (node.not_,) if isinstance(node, Not) else ()


def _size(node: Any) -> tuple[int, int]:
    """Depth and number of leaves."""
    below = [_size(child) for child in children(node)]
    return (1 + max(depth for depth, _ in below), sum(leaves for _, leaves in below)) if below else (1, 1)
