"""Some days of one place, by index: what a window is before anybody asks it for a metric. Pure."""

from dataclasses import dataclass
from datetime import date

from clarity_pipeline.rules.engine.history import Days


@dataclass(frozen=True, slots=True)
class Spans:
    """The dates of `spans`, which lie between `from_date` and `to_date`; one span, or one a week."""

    days: Days
    from_date: date
    to_date: date
    spans: tuple[tuple[int, int], ...]
    length: int
    """How many days it asks for, with data or without."""

    def __str__(self) -> str:
        return f"on {self.to_date}" if self.from_date == self.to_date else f"from {self.from_date} to {self.to_date}"

    def count(self, running: list[int]) -> int:
        """What a running sum adds up to over its days."""
        if len(self.spans) == 1:
            ((start, stop),) = self.spans
            return running[stop] - running[start]
        return sum(running[stop] - running[start] for start, stop in self.spans)
