"""Rules over stored days, business by business: what `rules backtest` shows. It writes nothing and sends nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from clarity_pipeline.alerts.backtest import Backtest, backtest
from clarity_pipeline.alerts.rule_store import StoredRule
from clarity_pipeline.evaluation import metric_sources
from clarity_pipeline.rooms import Rooms
from clarity_pipeline.rules.subject import Subject
from clarity_pipeline.rules.window import MetricSource


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much there is to learn from of one business: days of the span, of these with data, and when data begin and end."""

    business_id: str
    days: int
    days_with_data: int
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of one backtest; `results` is one mapping for each set of rules that was given, in their order."""

    coverage: tuple[Coverage, ...]
    results: tuple[dict[Subject, Backtest], ...]


def backtests(
    rooms: Rooms,
    *,
    versions: Sequence[Sequence[StoredRule]],
    business_ids: Sequence[str],
    from_date: date,
    to_date: date,
    begin: Callable[[str], None] = lambda _: None,
) -> Trial:
    """Every rule of every version on every business that it concerns; `begin` is told each business as it begins."""
    results: tuple[dict[Subject, Backtest], ...] = tuple({} for _ in versions)
    coverage = []
    with metric_sources(rooms, business_ids) as sources:
        for business_id in business_ids:
            begin(business_id)
            metrics = sources[business_id]
            coverage.append(_coverage(business_id, metrics, from_date, to_date))
            for version, found in zip(versions, results, strict=True):
                for rule in (stored.rule for stored in version if stored.rule.concerns(business_id)):
                    found[Subject(rule.id, business_id)] = backtest(rule, metrics=metrics, from_date=from_date, to_date=to_date)
    return Trial(tuple(coverage), results)


def _coverage(business_id: str, metrics: MetricSource, from_date: date, to_date: date) -> Coverage:
    dates = [from_date + timedelta(days=number) for number in range((to_date - from_date).days + 1)]
    known = [day for day in dates if any(value is not None for value in metrics(day, day).values())]
    return Coverage(business_id, len(dates), len(known), min(known, default=None), max(known, default=None))
