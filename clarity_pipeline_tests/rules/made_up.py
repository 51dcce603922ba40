"""Rules and numbers made up for tests."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from clarity_pipeline.rules.rule import Rule
from clarity_pipeline.rules.window import MetricSource

MONDAY = date(2026, 11, 2)
Numbers = Mapping[str, float | int | None]


def days_from(first: date, count: int) -> list[date]:
    return [first + timedelta(days=n) for n in range(count)]


def rule(when: Mapping[str, Any], **fields: Any) -> Rule:
    return Rule.model_validate({"id": "made-up", "name": "Made up", "when": when, **fields})


def threshold(metric: str = "clarity_dead_clicks", operator: str = "above", value: float = 100, **fields: Any) -> dict[str, Any]:
    return {"threshold": {"metric": metric, "operator": operator, "value": value, **fields}}


def change(metric: str = "clarity_dead_clicks", **fields: Any) -> dict[str, Any]:
    return {"change": {"metric": metric, "ratio": 2, "floor": 1, **fields}}


def daily(first: date, clicks: Sequence[int | None], *, sessions: int = 1000) -> MetricSource:
    """A business whose dead clicks of each day from `first` on are given; None is a day without data."""
    by_day = dict(zip(days_from(first, len(clicks)), clicks, strict=True))

    def source(from_date: date, to_date: date) -> Numbers:
        found = [number for day, number in by_day.items() if number is not None and from_date <= day <= to_date]
        if not found:
            return {"clarity_sessions": None, "clarity_dead_clicks": None, "clarity_dead_click_rate": None}
        visits = sessions * len(found)
        return {"clarity_sessions": visits, "clarity_dead_clicks": sum(found), "clarity_dead_click_rate": sum(found) / visits}

    return source
