"""Visits of a span by device, source, country and campaign, out of the panel's copy. Called by `panel`.

Each day keeps its commonest values only, with how many visits the whole lane of that day has: what is not named is the rest,
known as a number. Values come from strangers: they are text, never a link.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, get_args

import sqlalchemy as sa

from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.published import serving_breakdowns
from clarity_pipeline.warehouse.published.worst_urls import EVENTS

Dimension = Literal["device", "source", "country", "campaign"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)

VALUES_A_DAY = 20
"""Of each dimension; what comes after them is the rest."""

_c = serving_breakdowns.c
_Key = tuple[Dimension, str | None, str | None]
"""Dimension, value, channel."""


@dataclass(frozen=True, slots=True)
class Group:
    """One value over a span; `value` and `channel` are None where Clarity sent none; `affected_sessions` is a lower bound."""

    value: str | None
    channel: str | None
    sessions: int
    affected_sessions: int
    events: Mapping[str, int]
    by_day: Mapping[date, int] = field(default_factory=dict)
    """Its visits on each date on which it was among the commonest; of another date nothing is known."""


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A dimension over a span: the commonest values first, all visits of its lane, and on how many dates the lane has any."""

    dimension: Dimension
    groups: tuple[Group, ...]
    sessions: int
    days: int

    @property
    def rest(self) -> int:
        """Visits of values that were among the commonest of no day, or not of every day."""
        return self.sessions - sum(each.sessions for each in self.groups)


def packed(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The rows of a business and day as `clarity_serving_breakdowns` holds them: names once, by dimension its values."""
    names = [name for name in rows[0] if name not in {"dimension", "lane_sessions"}] if rows else []
    found: dict[str, Any] = {}
    for row in rows:
        of_lane = found.setdefault(row["dimension"], {"sessions": row["lane_sessions"], "values": []})
        of_lane["values"].append([row[name] for name in names])
    return {"names": names, "dimensions": found}


def breakdowns(state: StateDatabase, business_id: str, *, from_date: date, to_date: date) -> list[Breakdown]:
    """The four dimensions between two dates, both included."""
    query = sa.select(_c.date, _c.breakdowns).where(_c.business_id == business_id, _c.date.between(from_date, to_date))
    sums: dict[_Key, Counter[str]] = defaultdict(Counter)
    whole: Counter[str] = Counter()
    days: Counter[str] = Counter()
    by_day: dict[_Key, dict[date, int]] = defaultdict(dict)
    with state.read() as connection:
        for served in connection.execute(query):
            told = served.breakdowns
            for dimension in [each for each in DIMENSIONS if each in told["dimensions"]]:
                of_lane = told["dimensions"][dimension]
                whole[dimension] += of_lane["sessions"]
                days[dimension] += 1
                for values in of_lane["values"]:
                    row = dict(zip(told["names"], values, strict=True))
                    key = (dimension, row.pop("value"), row.pop("channel"))
                    sums[key].update(row)
                    by_day[key][served.date] = row["sessions"]
    return [Breakdown(each, _groups(each, sums, by_day), whole[each], days[each]) for each in DIMENSIONS]


def _groups(
    dimension: Dimension, sums: Mapping[_Key, Counter[str]], by_day: Mapping[_Key, Mapping[date, int]]
) -> tuple[Group, ...]:
    found = [
        Group(
            key[1],
            key[2],
            counts["sessions"],
            counts["affected_sessions"],
            {name: counts[name] for name in EVENTS},
            by_day[key],
        )
        for key, counts in sums.items()
        if key[0] == dimension
    ]
    return tuple(sorted(found, key=lambda each: (-each.sessions, each.value or "", each.channel or "")))
