"""Some days of one place as a leaf looks at them: values, days with data, and why there is too little to answer.

Pure; made by the leaves for every day anew, so it holds indices and no number.
"""

import math
from dataclasses import dataclass
from datetime import date, timedelta

from clarity_pipeline.clarity.measures import WEIGHTED
from clarity_pipeline.rules.engine.ad_window import ad_value, why_no_value
from clarity_pipeline.rules.engine.history import Days
from clarity_pipeline.rules.engine.spans import Spans
from clarity_pipeline.rules.language.metric import Metric, counted_in

SESSIONS = "sessions"

MEASURE_OF = {each.weighted_sum: each.column for each in WEIGHTED}
"""Of the sum that an average is made of, the measure."""


@dataclass(frozen=True, slots=True)
class Window(Spans):
    """Those days, asked for metrics."""

    @classmethod
    def back(cls, days: Days, as_of: date, length: int, *, before: int = 0) -> "Window":
        """`length` days that end `before` days before `as_of`."""
        to_date = as_of - timedelta(days=before)
        from_date = to_date - timedelta(days=length - 1)
        return cls(days, from_date, to_date, (days.span(from_date, to_date),), length)

    @classmethod
    def same_weekdays(cls, days: Days, as_of: date, length: int, *, weeks: int) -> "Window":
        """The `length` days that end on the weekday of `as_of`, in each of the `weeks` weeks before."""
        ends = [as_of - timedelta(days=7 * week) for week in range(weeks, 0, -1)]
        spans = tuple(days.span(end - timedelta(days=length - 1), end) for end in ends)
        return cls(days, ends[0] - timedelta(days=length - 1), ends[-1], spans, length * weeks)

    @property
    def present(self) -> int:
        """How many of its days have data of any kind."""
        return self.count(self.days.present)

    def with_data(self, metric: Metric) -> int:
        """How many of its days have data for the metric."""
        column = self.days.column(metric.column)
        return 0 if column is None else self.count(column.days)

    def marked(self, mark: str) -> int:
        """How many of its days are recovered, shifted or truncated."""
        return self.count(self.days.marks[mark])

    def value(self, metric: Metric) -> float | None:
        """The metric over all its days; NULL where it has no data, or nothing to divide by."""
        if metric.family == "entity":
            return ad_value(self, metric)
        above = self.days.column(metric.column)
        if above is None or not self.count(above.days):
            return None
        total = self.count(above.sums)
        if metric.over is None:
            return total / above.scale
        over = self.days.column(metric.over)
        divisor = 0 if over is None else self.count(over.sums)
        if metric.over == SESSIONS:
            divisor -= self.left_out(metric)
        return (total * over.scale) / (divisor * above.scale) if over is not None and divisor > 0 else None

    def left_out(self, metric: Metric) -> int:
        """Sessions of tuples that the metric does not tell of, since their number cannot be or did not come."""
        running = self.days.left_out(MEASURE_OF.get(metric.column, metric.column))
        return 0 if running is None else self.count(running)

    def level(self, metric: Metric, *, length: int) -> float | None:
        """A count's mean per day with data, times `length`; any other metric as it is. So two windows can be compared."""
        value = self.value(metric)
        if value is None or metric.kind != "count":
            return value
        return value / self.with_data(metric) * length

    def sessions(self) -> int | None:
        """Those of its place; None where they are not known."""
        column = self.days.column(SESSIONS)
        return self.count(column.sums) if column is not None and self.count(column.days) else None

    def why_unknown(self, metric: Metric, value: float | None, *, min_sessions: int, min_coverage: float) -> str | None:
        """One line when there is too little data to answer with its value."""
        if metric.family == "site" and (missing := self.length - self.with_data(metric)):
            which = f"{missing} of {self.length} days {self}" if self.length > 1 else str(self)
            return f"{metric.name} has no totals {'on ' if self.length > 1 else ''}{which}, and visits of pages are not sessions"
        if value is None:
            reason = why_no_value(self, metric) if metric.family == "entity" else None
            return reason or f"{metric.name} has no data {self}"
        if min_coverage and (with_data := self.with_data(metric)) < least_days(self.length, min_coverage):
            return f"{metric.name} has data on only {with_data} of {self.length} days {self}"
        if min_sessions and (sessions := self.sessions() or 0) < min_sessions:
            return f"only {sessions:,} {counted_in(metric.family)} {self}, the rule wants {min_sessions:,}"
        return None

    def why_too_low(self, metric: Metric, value: float) -> str | None:
        """One line when a count can only be a lower bound: days without data, or days whose answers were cut."""
        if metric.kind != "count":
            return None
        if missing := self.length - self.with_data(metric):
            rest = f"{metric.say(value)} on the others"
            return f"{metric.name} has no data on {missing} of {self.length} days {self}, {rest}"
        if cut := self.marked("truncated"):
            rest = f"at least {metric.say(value)}"
            return f"{metric.name} is cut at 1,000 rows on {cut} of {self.length} days {self}, {rest}; a rate is not"
        return None


def least_days(length: int, share: float) -> int:
    """How many of `length` days a share of them is: 0.7 is 2 of 2, 5 of 7, 10 of 14."""
    return math.ceil(share * length - 1e-9)
