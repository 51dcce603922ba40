"""The shape of a metric group of an answer, as data: its name on the wire, its fields, and every spelling seen of both."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["count", "seconds", "number", "text"]
"""`count`: a whole number from 0 on; `seconds`: from 0 on; `number`: an average or a percentage; `text`: a name in a list."""


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a row. Types on the wire vary: counts were strings until 2026, and both were live at the same time."""

    name: str
    kind: Kind
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Metric:
    """One group of the answer. A `listed` metric has a row for each name, and comes only when no dimension was asked for."""

    name: str
    fields: tuple[Field, ...]
    also: tuple[str, ...] = ()
    listed: bool = False


FRICTION = (
    Field("sessionsCount", "count"),  # the denominator: all human sessions of the tuple, affected or not
    Field("sessionsWithMetricPercentage", "number"),
    Field("sessionsWithoutMetricPercentage", "number"),
    Field("pagesViews", "count"),
    Field("subTotal", "count"),  # events
)
"""The fields of every friction metric."""
