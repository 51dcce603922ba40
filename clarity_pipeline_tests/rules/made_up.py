"""Rules and numbers made up for tests."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from clarity_pipeline.rules.engine.evaluate import answers
from clarity_pipeline.rules.engine.evidence import Evaluation
from clarity_pipeline.rules.engine.history import History, Version
from clarity_pipeline.rules.engine.known import Known
from clarity_pipeline.rules.language.rule import Rule

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


def known(first: date, days: Sequence[Numbers | None], **fields: Any) -> Known:
    """A business whose columns of each day from `first` on are given; None is a day without data."""
    return Known(business_id="acme", business=history(first, days), **fields)


def evaluate(asked: Rule, *, known: Known, as_of: date) -> Evaluation:
    """What a rule about the whole business says on one day, with its evidence."""
    (only,) = answers(asked, known=known, as_of=as_of)
    return only.evaluation()


def history(first: date, days: Sequence[Numbers | None], **fields: Any) -> History:
    """The days of one place, from `first` on."""
    names = sorted({name for day in days if day is not None for name in day})
    told = zip(days_from(first, len(days)), days, strict=True)
    return History(
        names, (Version(date=day, values=tuple(map(values.get, names)), **fields) for day, values in told if values is not None)
    )


def daily(first: date, clicks: Sequence[int | None], *, sessions: int = 1000) -> Known:
    """A business whose dead clicks of each day from `first` on are given; None is a day without data."""
    return known(first, [None if each is None else {"sessions": sessions, "dead_clicks": each} for each in clicks])
