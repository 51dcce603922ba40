"""Lanes that Clarity cut at 1,000 rows, and those that were asked with fewer dimensions because of it: one row each.

Written by whoever loads a lane, from what the loaded rows say; read by `status` and by the decision to ask for less, neither of
which opens the warehouse. A lane that was asked in full and came whole has no row.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.state.again import each_method_again
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.calls import cut_lanes

_c = cut_lanes.c
_CUT = sa.select(*(each.label("slice_name") if each is _c.slice else each for each in _c))


@dataclass(frozen=True, slots=True)
class CutLane:
    """One lane of one date. `asked` are its dimensions, by our names; `covered_share` is None where nothing tells.

    The share is of the date's visits to pages, 0..1; `method` says what it was told from (`trust.covered_share`).
    """

    business_id: str
    date: date
    slice_name: str
    asked: tuple[str, ...]
    cut: bool
    covered_share: float | None
    method: str | None


@each_method_again
class CutLanes:
    """Those of one state database."""

    def __init__(self, state: StateDatabase) -> None:
        self._state = state

    def note(self, business_id: str, *, date: date, lanes: Sequence[CutLane]) -> None:
        """Make `lanes` all there is of the date; what is known already is not written again."""
        day = (_c.business_id == business_id, _c.date == date)
        with self._state.read() as connection:
            known = {_lane(row) for row in connection.execute(_CUT.where(*day)).mappings()}
        if known == set(lanes):
            return
        with self._state.write() as connection:
            connection.execute(sa.delete(cut_lanes).where(*day))
            if lanes:
                connection.execute(sa.insert(cut_lanes), [_row(each) for each in lanes])

    def since(self, business_id: str, first: date) -> list[CutLane]:
        """Of the dates from `first` on, newest first."""
        query = _CUT.where(_c.business_id == business_id, _c.date >= first).order_by(_c.date.desc(), _c.slice)
        with self._state.read() as connection:
            return [_lane(row) for row in connection.execute(query).mappings()]


def _lane(row: sa.RowMapping) -> CutLane:
    columns: dict[str, Any] = dict(row)
    return CutLane(**columns | {"asked": tuple(columns["asked"].split(","))})


def _row(lane: CutLane) -> dict[str, object]:
    columns: dict[str, object] = dict(zip(_c.keys(), astuple(lane), strict=True))
    return columns | {"asked": ",".join(lane.asked)}
