"""The leaves of a condition: what each may say, with defaults that answer little and never guess.

Part of `condition`; decided by `decide` and its neighbours. Numbers are strict: `"5"` and `true` are no numbers. Where there is
too little data, by `min_sessions` or `min_coverage`, a leaf is unknown and the rest of the rule still counts.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cached_property
from math import ceil
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from clarity_pipeline.rules.language.metric import EVENTS, metric_of
from clarity_pipeline.rules.language.metric_names import (
    NAMES_SCHEMA,
    RATIO,
    RATIO_SCHEMA,
    as_document,
    known_metric,
    ratio_as_name,
)
from clarity_pipeline.rules.spike.baseline import Quantity
from clarity_pipeline.rules.spike.change_point import ChangeSettings
from clarity_pipeline.rules.spike.spike_settings import SpikeSettings

MAX_DAYS = 90
MAX_WEEKS = 12

Operator = Literal["above", "at_least", "below", "at_most"]

SYMBOLS: dict[str, Operator] = {">": "above", ">=": "at_least", "<": "below", "<=": "at_most"}
"""Also understood. Words are the canonical spelling, since an unquoted `>` begins a block of text in YAML."""


def nearest(given: object, valid: list[str]) -> str:
    """A hint that ends an error message: the nearest valid name, or all of them."""
    close = get_close_matches(str(given), valid, n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else f"valid are {', '.join(valid)}"


def _known_signal(name: Any) -> Any:
    if isinstance(name, str) and name not in EVENTS:
        facts = {"given": name[:60], "hint": nearest(name, list(EVENTS))}
        raise PydanticCustomError("unknown_signal", "unknown signal '{given}'; {hint}", facts)
    return name


def _symbol_to_word(value: Any) -> Any:
    return SYMBOLS.get(value, value) if isinstance(value, str) else value


MetricName = Annotated[
    str,
    BeforeValidator(ratio_as_name),
    AfterValidator(known_metric),
    PlainSerializer(as_document),
    WithJsonSchema(NAMES_SCHEMA),
]
SignalName = Annotated[str, BeforeValidator(_known_signal), WithJsonSchema({"type": "string", "enum": list(EVENTS)})]
Comparison = Annotated[Operator, BeforeValidator(_symbol_to_word)]
DayCount = Annotated[int, Field(strict=True, ge=1, le=MAX_DAYS)]
WeekCount = Annotated[int, Field(strict=True, ge=2, le=MAX_WEEKS)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
AboveZero = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0)]
AboveOne = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=1)]
Chance = Annotated[float, Field(strict=True, gt=0, le=0.1)]
EventCount = Annotated[int, Field(strict=True, ge=1, le=10**6)]
Sessions = Annotated[int, Field(strict=True, ge=0, le=10**9)]
Coverage = Annotated[float, Field(strict=True, ge=0, le=1)]

_TOO_FEW_SESSIONS = "with fewer sessions in the window the answer is unknown"
_TOO_FEW_DAYS = "share of the window's days that must have data, 0 to 1; with fewer the answer is unknown"
_ENDS = "an alert is over when the {what} is back past this; default: {default}"
_SIGNAL = f"one of {', '.join(EVENTS)}: of the whole site, or with another scope of the page"
_QUANTITY = "sessions with the signal, of which one visitor's 80 clicks are one; or the events"


class Part(BaseModel):
    """A part of a rule: no field that is not named here, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True)


def _ratio_may_stand_alone(schema: dict[str, Any]) -> None:
    """For editors: `ratio` in the place of `metric`."""
    schema["properties"][RATIO] = RATIO_SCHEMA
    schema["required"] = [name for name in schema["required"] if name != "metric"]
    schema["oneOf"] = [{"required": ["metric"]}, {"required": [RATIO]}]


class Threshold(Part):
    """A metric over the last `window_days` days against a value; `ratio: {of: ..., over: ...}` may stand for `metric`."""

    model_config = ConfigDict(json_schema_extra=_ratio_may_stand_alone)

    metric: MetricName
    operator: Comparison
    value: Number = Field(description="in the metric's unit; rates are events per session, scroll depth is 0 to 100")
    window_days: DayCount = Field(default=7, description="the window ends on the evaluated day and includes it")
    min_sessions: Sessions = Field(default=0, description=_TOO_FEW_SESSIONS)
    min_coverage: Coverage = Field(default=0.0, description=_TOO_FEW_DAYS)
    ends_at: Number | None = Field(default=None, description=_ENDS.format(what="value", default="15 % of the limit behind it"))

    @model_validator(mode="before")
    @classmethod
    def _ratio_is_its_metric(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and RATIO in value and "metric" not in value:
            return {**{name: each for name, each in value.items() if name != RATIO}, "metric": {RATIO: value[RATIO]}}
        return value

    @model_validator(mode="after")
    def _can_be_asked(self) -> "Threshold":
        _sessions_are_claritys(self.metric, self.min_sessions)
        _ends_behind(self.ends_at, self.value, self.operator)
        return self


class Change(Part):
    """A metric over the last `window_days` days against what is normal: the days before, or the same weekdays before."""

    metric: MetricName
    window_days: DayCount = 1
    against: Literal["prior_window", "same_weekdays"] = "prior_window"
    baseline_days: DayCount | None = Field(
        default=None, description="against prior_window: length of the baseline before the window; default: as the window"
    )
    baseline_weeks: WeekCount | None = Field(
        default=None, description="against same_weekdays: so many weeks before the window; default: 4"
    )
    operator: Comparison = "at_least"
    ratio: AboveZero = Field(description="of the window to normal: 2 with at_least means doubled, 0.5 with at_most means halved")
    floor: AboveZero = Field(
        description="in the metric's unit: where neither the window nor normal reaches it, the change is too small to matter"
    )
    min_sessions: Sessions = Field(default=0, description=_TOO_FEW_SESSIONS)
    min_coverage: Coverage = Field(default=0.7, description=f"of the window and of its baseline: {_TOO_FEW_DAYS}")
    ends_at: AboveZero | None = Field(default=None, description=_ENDS.format(what="ratio", default="half of the way back to 1"))

    @model_validator(mode="before")
    @classmethod
    def _ratio_is_its_own(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and isinstance(value.get(RATIO), Mapping):
            facts = {"form": "metric: {ratio: {of: entity.spend, over: entity.leads}}"}
            raise PydanticCustomError(
                "other_ratio", "ratio of a change is a number; name a metric of two columns as {form}", facts
            )
        return value

    @model_validator(mode="after")
    def _can_be_asked(self) -> "Change":
        _sessions_are_claritys(self.metric, self.min_sessions)
        _ends_behind(self.ends_at, self.ratio, self.operator)
        if metric_of(self.metric).kind == "flag":
            words = "{metric} is yes or no and has no ratio; use threshold"
            raise PydanticCustomError("no_change", words, {"metric": self.metric})
        by_weekday = self.against == "same_weekdays"
        wrong, right = ("baseline_days", "baseline_weeks") if by_weekday else ("baseline_weeks", "baseline_days")
        if getattr(self, wrong) is not None:
            facts = {"wrong": wrong, "against": self.against, "right": right}
            raise PydanticCustomError("other_baseline", "{wrong} says nothing against {against}; use {right}", facts)
        if by_weekday and self.window_days > 7:
            words = "window_days {days} against same_weekdays would overlap itself; use at most 7"
            raise PydanticCustomError("impossible_window", words, {"days": self.window_days})
        return self

    @property
    def days_before(self) -> int:
        """Length of the baseline before the window."""
        return self.baseline_days or self.window_days

    @property
    def weeks_before(self) -> int:
        """Weeks of the same weekdays."""
        return self.baseline_weeks or 4


class Spike(Part):
    """A signal beyond chance on the evaluated day, against its own four weeks before; of small sites over 3 or 7 days."""

    signal: SignalName = Field(description=_SIGNAL)
    quantity: Quantity = Field(default="signal_sessions", description=_QUANTITY)
    alpha: Chance = Field(default=0.001, description="chance of a false alarm a day; 0.001 is one in three years")
    ratio_floor: AboveOne = Field(default=1.5, description="less than so many times the normal is too little to matter")
    min_events: EventCount = Field(default=5, description="fewer can be two or three visitors")
    min_sessions: Sessions = Field(default=0, description=_TOO_FEW_SESSIONS)
    min_coverage: Coverage = Field(default=0.5, description="share of the 28 baseline days that must be usable, 0 to 1")
    ends_at: AboveZero | None = Field(
        default=None, description=_ENDS.format(what="ratio", default="half of ratio_floor's way to 1")
    )

    @model_validator(mode="after")
    def _ends_below(self) -> Self:
        _ends_behind(self.ends_at, self.ratio_floor, "at_least")
        return self

    @cached_property
    def settings(self) -> SpikeSettings:
        """For the test itself."""
        return SpikeSettings(
            quantity=self.quantity,
            alpha=self.alpha,
            ratio_floor=self.ratio_floor,
            min_events=self.min_events,
            least_baseline_days=_least_baseline_days(self.min_coverage, SpikeSettings().baseline_days),
        )


class SinceChange(Part):
    """A signal worse since the newest change marker: the days after it against the four weeks before."""

    signal: SignalName = Field(description=_SIGNAL)
    quantity: Quantity = Field(default="signal_sessions", description=_QUANTITY)
    alpha: Chance = Field(default=0.01, description="chance that a change which made nothing worse is ever called out")
    ratio_floor: AboveOne = Field(default=1.25, description="less than so many times the rate before is too little to matter")
    min_events: EventCount = Field(default=5, description="fewer can be two or three visitors")
    within_days: DayCount = Field(default=28, description="a change that is older has become what is normal")
    min_sessions: Sessions = Field(default=0, description="with fewer sessions since the change the answer is unknown")
    min_coverage: Coverage = Field(default=0.25, description="share of the 28 days before the change that must be usable, 0 to 1")
    ends_at: AboveZero | None = Field(
        default=None, description=_ENDS.format(what="ratio", default="half of ratio_floor's way to 1")
    )

    @model_validator(mode="after")
    def _ends_below(self) -> Self:
        _ends_behind(self.ends_at, self.ratio_floor, "at_least")
        return self

    @cached_property
    def settings(self) -> ChangeSettings:
        """For the test itself."""
        return ChangeSettings(
            quantity=self.quantity,
            alpha=self.alpha,
            ratio_floor=self.ratio_floor,
            min_events=self.min_events,
            least_baseline_days=_least_baseline_days(self.min_coverage, ChangeSettings().baseline_days),
        )


class Connection(Part):
    """How the connection to Clarity is; no metric at all."""

    state: Literal["stale", "rejected", "missing_data"] = Field(
        description="no lane for 36 hours; token rejected or expired; no data for the evaluated day"
    )


def _least_baseline_days(share: float, days: int) -> int:
    return max(2, ceil(share * days - 1e-9))


def _sessions_are_claritys(metric: str, min_sessions: int) -> None:
    if min_sessions and metric_of(metric).family in {"entity", "experiment"}:
        raise PydanticCustomError(
            "no_sessions", "min_sessions: {metric} has no sessions; put it on a clarity_ leaf beside this one", {"metric": metric}
        )


def _ends_behind(ends_at: float | None, begins_at: float, operator: Operator) -> None:
    rising = operator in ("above", "at_least")
    if ends_at is not None and (ends_at > begins_at if rising else ends_at < begins_at):
        facts = {"ends_at": ends_at, "side": "at most" if rising else "at least", "begins_at": begins_at}
        raise PydanticCustomError(
            "ends_beyond", "ends_at {ends_at} is beyond where it begins; it must be {side} {begins_at}", facts
        )
