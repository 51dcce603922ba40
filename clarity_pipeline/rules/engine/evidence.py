"""What an evaluation answers and what it saw: kept as JSON with each evaluation, read again for an alert's sentence."""

from dataclasses import replace
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from clarity_pipeline.normalize.ad_columns import Fold
from clarity_pipeline.rules.engine.cause import Cause
from clarity_pipeline.rules.language.leaves import Operator
from clarity_pipeline.rules.language.metric import Metric, metric_of

Truth = bool | None
"""True, False, or None: unknown."""

Outcome = Literal["fired", "not", "unknown"]


class AdEvidence(BaseModel):
    """What a number of an ad platform is: its currency and unit, how its days are joined, and in which time zones they are days.

    `summed_over` is what a business's number is the sum of (`campaigns`); None for that of one entity.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    currency: str | None = None
    unit: str = ""
    fold: Fold = "sum"
    time_zones: tuple[str, ...] = ("UTC",)
    summed_over: str | None = None


class Evidence(BaseModel):
    """What one leaf saw; stored with the evaluation, and what an alert's sentence is made of.

    `threshold` is in the metric's unit: the rule's value, or `ratio` times `normal`. `normal` is the baseline's mean a day
    times the days of the window (for rates and averages the baseline's own). `supports` says that the verdict is what the rule
    needs of this leaf to fire. `note` says why the verdict is unknown. `sessions` are those of the window; `p` is the chance of
    such a value with nothing changed, where a test was made, and `said` that test's own line. `baseline_days` are those of the
    baseline that have data; `caveat` is what to know of the dates before believing a known verdict. `muted` says that a regime
    event or an outage withholds the verdict; `left_out` are sessions of the window that the metric does not tell of, since the
    number cannot be or did not come; `quiet` that the test of a signal found nothing where it is too weak to say no, which is
    enough to end what it began; `lingers` that the value holds no more and is not clearly back either, so that it ends nothing.
    `mix` is how many times the usual rate the mix of the window's visits leads one to expect, which `normal` has already.
    `crowd` is how many times its usual visits a site has where all its pages moved alike: another audience. `without` says
    which visits its numbers are without, and why; None where they are of all. `cause` says who carries the change, of the
    decisive leaf of what fired.
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
    kind: str = "threshold"
    sessions: int | None = None
    p: float | None = None
    said: str | None = None
    against: Literal["prior_window", "same_weekdays"] | None = None
    baseline_days: int | None = None
    ads: AdEvidence | None = None
    caveat: str | None = None
    muted: bool = False
    quiet: bool = False
    lingers: bool = False
    left_out: int = 0
    without: str | None = None
    mix: float | None = None
    crowd: float | None = None
    cause: Cause | None = None

    @property
    def asked(self) -> Metric:
        """The metric, as it is in the place that was asked."""
        metric = metric_of(self.metric)
        if self.ads is None or metric.over is not None:
            return metric
        return replace(metric, unit=self.ads.unit, fold=self.ads.fold, kind="count" if self.ads.fold == "sum" else "average")

    def say(self, value: float) -> str:
        """A value of the metric as a person writes it."""
        return self.asked.say(value, currency=self.ads.currency if self.ads else None)


class Quality(BaseModel):
    """What the data of an evaluation's windows are like: how many of the days have data, and how many of those are not plain.

    Of Clarity's data; an answer in which they have no part has none. `covered_share` is the least share of the visits that a cut
    date tells, 0 to 1; None where nothing is cut.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    from_date: date
    to_date: date
    days_with_data: int
    recovered: int = 0
    shifted: int = 0
    truncated: int = 0
    covered_share: float | None = None


class Series(BaseModel):
    """The decisive leaf's metric a day, oldest first, the evaluated day last; None where there is no data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metric: str
    label: str
    days: tuple[date, ...]
    values: tuple[float | None, ...]
    normal: float | None = None


class Evaluation(BaseModel):
    """The answer for one rule, subject and day; `series` when it fired, `reason`, one line, when it is unknown.

    `attached` of an ad entity are the ten metrics of its business over the same days and, by `url_`, of its landing page.
    `site_sessions` of a business are those of the whole site in the window of the decisive leaf, where every date has the totals.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome: Outcome
    reason: str | None
    evidence: tuple[Evidence, ...]
    quality: Quality | None = None
    series: Series | None = None
    attached: dict[str, float | None] | None = None
    site_sessions: int | None = None

    @property
    def is_muted(self) -> bool:
        """Whether it has no answer, and a muted leaf could have given one."""
        return self.outcome == "unknown" and any(leaf.muted for leaf in self.evidence)

    @property
    def decisive(self) -> Evidence | None:
        """The leaf to tell first: one that made the rule hold, the least likely before others; else the first of all."""
        helping = [leaf for leaf in self.evidence if leaf.supports and leaf.value is not None]
        return min(helping, key=lambda leaf: 1.0 if leaf.p is None else leaf.p, default=next(iter(self.evidence), None))
