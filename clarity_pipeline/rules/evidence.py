"""What an evaluation answers and what it saw: kept as JSON with each evaluation, read again for an alert's sentence."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from clarity_pipeline.rules.rule import Operator

Truth = bool | None
"""True, False, or None: unknown."""

Outcome = Literal["fired", "not", "unknown"]


class Evidence(BaseModel):
    """What one leaf saw; stored with the evaluation, and what an alert's sentence is made of.

    `threshold` is in the metric's unit: the rule's value, or `ratio` times `normal`. `normal` is the baseline's mean a day
    times the days of the window (for rates and averages the baseline's own). `supports` says that the verdict is what the
    rule needs of this leaf to fire. `note` says why the verdict is unknown.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    metric: str
    from_date: date
    to_date: date
    days_with_data: int
    value: float | None
    operator: Operator
    threshold: float | None
    verdict: bool | None
    supports: bool
    note: str | None = None
    normal: float | None = None
    baseline_from: date | None = None
    baseline_to: date | None = None
    ratio: float | None = None
    floor: float | None = None


class Evaluation(BaseModel):
    """The answer for one rule, business and day. `reason` is one line, there when the outcome is unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome: Outcome
    reason: str | None
    evidence: tuple[Evidence, ...]
