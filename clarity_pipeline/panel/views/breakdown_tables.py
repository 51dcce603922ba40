"""The tables of the Breakdown place: each of the four paid lanes as people read it. Called by `business_view`. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from markupsafe import Markup

from clarity_pipeline.panel.views.charts import share
from clarity_pipeline.panel.views.sorting import in_order
from clarity_pipeline.warehouse.published.breakdowns import Breakdown, Dimension, Group

ROWS = 20

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


def tables(found: Iterable[Breakdown], sort: str) -> list[Table]:
    """One for each lane, those without a visit too; every one in the same order."""
    return [_table(each, sort) for each in found]


def _table(found: Breakdown, sort: str) -> Table:
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
    )


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0


def _of_group(group: Group, name: str) -> Any:
    return group.events[name] if name in group.events else getattr(group, name)
