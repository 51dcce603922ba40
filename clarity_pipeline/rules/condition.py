"""The condition of a rule: `all`, `any` and `not` over typed leaves, a tree that cannot loop and is a form in a panel.

Part of `rule`, decided by `evaluate`. There are no text expressions: evaluators of those raise on NULL or lose `null or true`
(`ops.md` section 4). Numbers are strict: `"5"` and `true` are no numbers.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, WithJsonSchema
from pydantic_core import PydanticCustomError

from clarity_pipeline.rules.metric import METRICS

MAX_LEAVES = 50
MAX_DAYS = 90

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
Days = Annotated[int, Field(strict=True, ge=1, le=MAX_DAYS)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
AboveZero = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0)]
Sessions = Annotated[int, Field(strict=True, ge=0, le=10**9)]


class Part(BaseModel):
    """A part of a rule: no field that is not named here, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True)


class Threshold(Part):
    """A metric over the last `window_days` days against a value."""

    metric: MetricName
    operator: Comparison
    value: Number = Field(description="in the metric's unit; rates are events per session, scroll depth is 0 to 100")
    window_days: Days = Field(default=7, description="the window ends on the evaluated day and includes it")
    min_sessions: Sessions = Field(default=0, description="with fewer sessions in the window the answer is unknown")


class Change(Part):
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


class All(Part):
    """True when every condition is."""

    all: tuple["Condition", ...] = Field(min_length=1, max_length=MAX_LEAVES)


class AnyOf(Part):
    """True when one condition is."""

    any: tuple["Condition", ...] = Field(min_length=1, max_length=MAX_LEAVES)


class Not(Part):
    """True when the condition is false; an unknown one stays unknown."""

    not_: "Condition" = Field(alias="not")


class ThresholdLeaf(Part):
    """A leaf of the tree."""

    threshold: Threshold


class ChangeLeaf(Part):
    """A leaf of the tree."""

    change: Change


NODES: dict[str, type[Part]] = {"all": All, "any": AnyOf, "not": Not, "threshold": ThresholdLeaf, "change": ChangeLeaf}
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


def children(node: Any) -> tuple[Any, ...]:
    """The conditions under a node; none for a leaf."""
    if isinstance(node, All):
        return node.all
    if isinstance(node, AnyOf):
        return node.any
    return (node.not_,) if isinstance(node, Not) else ()


def size(node: Any) -> tuple[int, int]:
    """Depth and number of leaves of a tree."""
    below = [size(child) for child in children(node)]
    return (1 + max(depth for depth, _ in below), sum(leaves for _, leaves in below)) if below else (1, 1)
