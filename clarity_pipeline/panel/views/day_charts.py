"""A number of a business by day as a chart, with what is known of each day beside it. Called by `dashboard`."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from markupsafe import Markup

from clarity_pipeline.panel.views.charts import Point, Value
from clarity_pipeline.panel.views.charts import days as days_chart
from clarity_pipeline.panel.views.known_days import KnownDays
from clarity_pipeline.panel.views.wording import short_day
from clarity_pipeline.warehouse.published.published_days import PublishedDay


class Drawn(Protocol):
    """What a chart needs of a metric (`shown_metrics.Metric`)."""

    @property
    def name(self) -> str:
        """Its column."""

    @property
    def label(self) -> str:
        """What people call it."""

    @property
    def unit(self) -> str:
        """Empty for a count."""

    def worded(self, value: Value) -> str:
        """A number of it, without its unit."""


def points_of(metric: Drawn, days: Sequence[PublishedDay], dates: Sequence[date], known: KnownDays) -> list[Point]:
    """One point a date, a gap where there is no day; what is known of it stands behind its number."""
    by_date = {day.date: day for day in days}
    unit = f" {metric.unit}" if metric.unit else ""
    points = []
    for day in dates:
        told = by_date.get(day)
        value = told.number(metric.name) if told else None
        said = [f"{short_day(day)}: {metric.worded(value)}{unit}" if told else f"{short_day(day)}: no data"]
        doubt = doubt_of(told) if told else ""
        alert = known.alert_on(metric.name, day)
        said += [doubt, alert]
        points.append(
            Point(
                day,
                value,
                "; ".join(each for each in said if each),
                is_doubtful=bool(doubt),
                is_alerted=bool(alert),
            )
        )
    return points


def doubt_of(day: PublishedDay) -> str:
    """What the day lacks, in words; empty where it lacks nothing."""
    if day.truncated:
        return "cut at 1,000 rows, a lower bound"
    return {"recovered": "recovered from longer answers", "shifted": "fetched late"}.get(day.quality or "", "")


def chart_of(metric: Drawn, points: Sequence[Point], known: KnownDays) -> Markup:
    """The chart of these points."""
    values = [point.value for point in points if point.value is not None]
    description = f"From {metric.worded(min(values))} to {metric.worded(max(values))} a day" if values else "No data"
    title = f"{metric.label} by day, {short_day(points[0].day)} to {short_day(points[-1].day)}"
    marks = known.marks
    return days_chart(points, title=title, description=description, marks=marks)
