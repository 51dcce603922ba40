"""The metrics that a rule may name: the ten `clarity_*` of the rules engine, as data.

Read by `rule` (which names are valid), `evaluate` (what a missing day does to a value) and `alerts.wording` (how a value is
said to a person). A new metric is one new line here and one new column of the aggregates.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["count", "rate", "average"]
"""A count grows with every day of the window; a rate is sum over sum; an average is weighted by sessions."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One number about one business over a window of whole UTC dates; NULL where Clarity has no data for it."""

    name: str
    kind: Kind
    label: str
    unit: str
    meaning: str

    def say(self, value: float) -> str:
        """The value as a person writes it: `1,240`, `0.312`, `43.2 %`, `41,300 ms`."""
        if self.unit == "%":
            return f"{value:.1f} %"
        if self.unit == "ms":
            return f"{value:,.0f} ms"
        return f"{value:,.0f}" if self.kind == "count" else f"{value:.3f}"


def metric_of(name: str) -> Metric:
    """The metric of a name that a rule may hold; a column of an ad platform is what its file calls it, without a unit."""
    column = name.partition(".")[2] or name
    return METRICS.get(name) or Metric(name, "rate", column.replace("_", " "), "", f"the column {column} of the file")


SESSIONS = "clarity_sessions"

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(SESSIONS, "count", "sessions", "sessions", "total sessions without bots; one counts on each page it saw"),
        Metric("clarity_rage_clicks", "count", "rage clicks", "clicks", "total rage clicks"),
        Metric("clarity_dead_clicks", "count", "dead clicks", "clicks", "total dead clicks"),
        Metric("clarity_excessive_scroll", "count", "excessive scrolls", "events", "total excessive-scroll events"),
        Metric("clarity_quick_backs", "count", "quick backs", "events", "total quick-back events"),
        Metric("clarity_rage_click_rate", "rate", "rage clicks per session", "clicks per session", "rage clicks / sessions"),
        Metric("clarity_dead_click_rate", "rate", "dead clicks per session", "clicks per session", "dead clicks / sessions"),
        Metric("clarity_quick_back_rate", "rate", "quick backs per session", "events per session", "quick backs / sessions"),
        Metric("clarity_scroll_depth", "average", "average scroll depth", "%", "average scroll depth, 0 to 100"),
        Metric("clarity_engagement_time_ms", "average", "average engagement time", "ms", "average active time of a session"),
    )
}
