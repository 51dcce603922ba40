"""One page of a business over time: a chart of each number, and its days. Called by `business_view`."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from clarity_pipeline.panel.views import charts
from clarity_pipeline.panel.views.dashboard import Card, Change
from clarity_pipeline.panel.views.known_days import KnownDays, known_of
from clarity_pipeline.panel.views.shown_metrics import PAGE_EVENTS, Metric
from clarity_pipeline.panel.views.wording import number, plural, short_day
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.warehouse.published.worst_urls import WorstUrl, page_days

VISITS = Metric("sessions", "Visits")
AFFECTED = Metric("affected_sessions", "Affected, at least")


def page_over_time(state: StateDatabase, business_id: str, url: str, *, from_date: date, to_date: date) -> dict[str, Any]:
    """The charts and the rows of `one_page.html`, the newest day first."""
    found = page_days(state, business_id, url, from_date=from_date, to_date=to_date)
    dates = [from_date + timedelta(days=each) for each in range((to_date - from_date).days + 1)]
    known = known_of(state, business_id, from_date=from_date, to_date=to_date, page=url)
    values: list[tuple[Metric, Callable[[WorstUrl], int]]] = [
        (VISITS, lambda page: page.sessions),
        (AFFECTED, lambda page: page.affected_sessions),
        *((event, lambda page, name=event.name: page.events[name]) for event in PAGE_EVENTS),
    ]
    return {
        "has_marks": bool(known.marks),
        "page_rows": sorted(found.items(), reverse=True, key=lambda row: row[0]),
        "page_cards": [_card(metric, value, found, dates, known) for metric, value in values],
    }


def _card(
    metric: Metric, value: Callable[[WorstUrl], int], found: dict[date, WorstUrl], dates: list[date], known: KnownDays
) -> Card:
    points = [_point(metric, day, value(found[day]) if day in found else None, known) for day in dates]
    top = charts.highest(points)
    chart = charts.days(points, title=f"{metric.label} by day", description=f"At most {number(top)} a day", marks=known.marks)
    return Card(
        metric=metric,
        value=number(sum(map(value, found.values()))),
        rate="",
        change=Change(f"on {plural(len(found), 'day')}", "same"),
        chart=chart,
        top=number(top) if top else "",
        half="",
    )


def _point(metric: Metric, day: date, value: int | None, known: KnownDays) -> charts.Point:
    said = [f"{short_day(day)}: {'not among the worst' if value is None else number(value)}"]
    alert = known.alert_on(metric.name, day)
    return charts.Point(day, value, "; ".join([*said, *([alert] if alert else [])]), is_alerted=bool(alert))
