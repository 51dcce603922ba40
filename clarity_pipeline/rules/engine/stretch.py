"""Which days of one place a leaf looks at: dates and indices, and no number. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from clarity_pipeline.rules.engine.history import Days


@dataclass(frozen=True, slots=True)
class Stretch:
    """The dates of `spans`, which lie between `from_date` and `to_date`; one span, or one a week."""

    days: Days
    from_date: date
    to_date: date
    spans: tuple[tuple[int, int], ...]
    length: int
    """How many days it asks for, with data or without."""

    @classmethod
    def back(cls, days: Days, as_of: date, length: int, *, before: int = 0) -> Self:
        """`length` days that end `before` days before `as_of`."""
        to_date = as_of - timedelta(days=before)
        from_date = to_date - timedelta(days=length - 1)
        return cls(days, from_date, to_date, (days.span(from_date, to_date),), length)

    @classmethod
    def same_weekdays(cls, days: Days, as_of: date, length: int, *, weeks: int) -> Self:
        """The `length` days that end on the weekday of `as_of`, in each of the `weeks` weeks before."""
        ends = [as_of - timedelta(days=7 * week) for week in range(weeks, 0, -1)]
        spans = tuple(days.span(end - timedelta(days=length - 1), end) for end in ends)
        return cls(days, ends[0] - timedelta(days=length - 1), ends[-1], spans, length * weeks)

    def __str__(self) -> str:
        return f"on {self.to_date}" if self.from_date == self.to_date else f"from {self.from_date} to {self.to_date}"

    def count(self, running: list[int]) -> int:
        """What a running sum adds up to over its days."""
        if len(self.spans) == 1:
            ((start, stop),) = self.spans
            return running[stop] - running[start]
        return sum(running[stop] - running[start] for start, stop in self.spans)
