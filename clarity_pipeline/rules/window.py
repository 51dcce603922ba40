"""What is known of one business over some days, as `evaluate` asks for it: values, days with data, and why not.

Pure: the numbers come through a `MetricSource`, which the orchestration room and the command line bind to one business of
the warehouse, and tests to a dictionary.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache

from clarity_pipeline.rules.metric import METRICS, SESSIONS

MetricSource = Callable[[date, date], Mapping[str, float | int | None]]
"""The ten metrics of one business over whole UTC dates, both ends included; None where there is no data.

Each day of a window is also asked for by itself, to count those with data, so a source that reads a database keeps what it
has read: one query a span serves every rule, and every business where it reads them together.
"""


@dataclass(frozen=True, slots=True)
class Window:
    """What is known of some days of one business."""

    from_date: date
    to_date: date
    values: Mapping[str, float | int | None]
    days_with_data: int

    def __str__(self) -> str:
        return f"on {self.to_date}" if self.from_date == self.to_date else f"from {self.from_date} to {self.to_date}"

    @property
    def days(self) -> int:
        """How many days it spans."""
        return (self.to_date - self.from_date).days + 1

    def value(self, metric: str) -> float | None:
        """The metric as the source gives it; what is not a finite number is no data."""
        value = self.values.get(metric)
        return None if value is None or not math.isfinite(value) else float(value)

    def level(self, metric: str, *, days: int) -> float | None:
        """A count's mean per day with data, times `days`; any other metric as it is. So two windows can be compared."""
        value = self.value(metric)
        if value is None or METRICS[metric].kind != "count":
            return value
        return value / self.days_with_data * days if self.days_with_data else None

    def why_unknown(self, metric: str, *, min_sessions: int, coverage: Fraction = Fraction(0)) -> str | None:
        """One line when there is too little data to answer."""
        if self.value(metric) is None:
            return f"{metric} has no data {self}"
        if self.days_with_data < coverage * self.days:
            return f"{metric} has data on only {self.days_with_data} of {self.days} days {self}"
        sessions = self.value(SESSIONS) or 0.0
        if sessions < min_sessions:
            return f"only {sessions:,.0f} sessions {self}, the rule wants {min_sessions:,}"
        return None


class Windows:
    """The windows that end on a day; each is asked for once, however many leaves share it."""

    def __init__(self, metrics: MetricSource, as_of: date) -> None:
        self._metrics = lru_cache(maxsize=None)(metrics)
        self._as_of = as_of

    def back(self, days: int, *, before: int = 0) -> Window:
        """`days` days that end `before` days before the evaluated one."""
        to_date = self._as_of - timedelta(days=before)
        from_date = to_date - timedelta(days=days - 1)
        dates = (from_date + timedelta(days=n) for n in range(days))
        days_with_data = sum(any(value is not None for value in self._metrics(day, day).values()) for day in dates)
        return Window(from_date, to_date, self._metrics(from_date, to_date), days_with_data)
