"""Visits of a span by device, source, country and campaign, out of the panel's copy. Called by `panel`.

Each day keeps its commonest values only, with how many visits the whole lane of that day has: what is not named is the rest,
known as a number. Values come from strangers: they are text, never a link.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Group:
    """One value over a span; `value` and `channel` are None where Clarity sent none; `affected_sessions` is a lower bound."""

    value: str | None
    channel: str | None
    sessions: int
    affected_sessions: int
    events: Mapping[str, int]


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
    query = sa.select(_c.breakdowns).where(_c.business_id == business_id, _c.date.between(from_date, to_date))
    sums: dict[str, dict[tuple[str | None, str | None], Counter[str]]] = {each: defaultdict(Counter) for each in DIMENSIONS}
    whole: Counter[str] = Counter()
    days: Counter[str] = Counter()
    with state.read() as connection:
        for told in connection.scalars(query):
            for dimension in sums.keys() & told["dimensions"]:
                of_lane = told["dimensions"][dimension]
                whole[dimension] += of_lane["sessions"]
                days[dimension] += 1
                for values in of_lane["values"]:
                    row = dict(zip(told["names"], values, strict=True))
                    sums[dimension][row.pop("value"), row.pop("channel")].update(row)
    return [Breakdown(each, _groups(sums[each]), whole[each], days[each]) for each in DIMENSIONS]


def _groups(sums: Mapping[tuple[str | None, str | None], Counter[str]]) -> tuple[Group, ...]:
    found = [
        Group(value, channel, counts["sessions"], counts["affected_sessions"], {name: counts[name] for name in EVENTS})
        for (value, channel), counts in sums.items()
    ]
    return tuple(sorted(found, key=lambda each: (-each.sessions, each.value or "", each.channel or "")))
