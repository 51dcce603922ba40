"""The tables of the Breakdown place: each of the four paid lanes as people read it. Called by `business_view`. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from markupsafe import Markup

from clarity_pipeline.panel.views import charts
from clarity_pipeline.panel.views.charts import share
from clarity_pipeline.panel.views.dashboard import Card, Change
from clarity_pipeline.panel.views.known_days import KnownDays
from clarity_pipeline.panel.views.shown_metrics import Metric
from clarity_pipeline.panel.views.sorting import in_order
from clarity_pipeline.panel.views.wording import number, plural, short_day
from clarity_pipeline.warehouse.published.breakdowns import Breakdown, Dimension, Group

ROWS = 20
CHARTS = 3

LABELS: Mapping[Dimension, tuple[str, str]] = MappingProxyType(
    {
        "device": ("Devices", "Device"),
        "source": ("Sources", "Source"),
        "country": ("Countries", "Country"),
        "campaign": ("Campaigns and channels", "Campaign"),
    }
)
"""Over the table, and over its first column."""


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """A row: its share of all visits of the lane in percent, and as a bar."""

    group: Group
    percent: float
    bar: Markup


@dataclass(frozen=True, slots=True)
class Table:
    """One lane; `rest` are visits of what has no row, `days` on how many dates the lane has data."""

    name: Dimension
    title: str
    head: str
    rows: tuple[ShownGroup, ...]
    rest: int
    rest_percent: float
    days: int
    charts: tuple[Card, ...]
    """The commonest values over time, with the changes that people marked."""


def tables(found: Iterable[Breakdown], sort: str, *, dates: Sequence[date], known: KnownDays) -> list[Table]:
    """One for each lane, those without a visit too; every one in the same order."""
    return [_table(each, sort, dates, known) for each in found]


def _table(found: Breakdown, sort: str, dates: Sequence[date], known: KnownDays) -> Table:
    title, head = LABELS[found.dimension]
    shown = in_order(found.groups[:ROWS], sort, value=_of_group)
    rest = found.sessions - sum(each.sessions for each in shown)
    return Table(
        found.dimension,
        title,
        head,
        rows=tuple(
            ShownGroup(
                each,
                _percent(each.sessions, found.sessions),
                share(each.sessions, found.sessions),
            )
            for each in shown
        ),
        rest=rest,
        rest_percent=_percent(rest, found.sessions),
        days=found.days,
        charts=tuple(_chart(each, dates, known) for each in found.groups[:CHARTS]),
    )


def _chart(group: Group, dates: Sequence[date], known: KnownDays) -> Card:
    """Visits by day of one value; a day on which it was not among the commonest is a gap."""
    called = group.value or "(none)"
    points = [charts.Point(each, group.by_day.get(each), _said(each, group.by_day.get(each))) for each in dates]
    top = charts.highest(points)
    label = called if group.channel is None else f"{called}, {group.channel}"
    drawn = charts.days(points, title=f"Visits by day: {label}", description=f"At most {number(top)} a day", marks=known.marks)
    words = Change(f"visits on {plural(len(group.by_day), 'day')}", "same")
    return Card(Metric("sessions", label), number(group.sessions), "", words, drawn, top=number(top) if top else "", half="")


def _said(day: date, value: int | None) -> str:
    return f"{short_day(day)}: {'not among the commonest' if value is None else number(value)}"


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0


def _of_group(group: Group, name: str) -> Any:
    return group.events[name] if name in group.events else getattr(group, name)
