"""What was loaded, by lane, as the state database remembers it: held against the warehouse by `day.known_less`.

The warehouse is one file, and a file can be lost, cut, or be last week's. The rows of a lane, their sessions and the digest of
the answer are noted here behind each load, so that what a person would publish can be compared with what there was.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from clarity_pipeline.state.again import each_method_again
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.calls import sync_jobs
from clarity_pipeline.state.schema.loaded import lanes_counted, lanes_loaded

MOST = 2**63 - 1
"""What a database keeps of a sum; two counts that are as large as counts can be are more."""

_c = lanes_loaded.c
_PIECE = 5000
_UNPROVED = sa.text("not proved")  # letter by letter what the index of these few rows says


@dataclass(frozen=True, slots=True)
class LoadedLane:
    """A lane as it was loaded."""

    business_id: str
    date: date
    slice: str
    rows: int
    sessions: int
    answer_sha256: str


@each_method_again
class LaneLedger:
    """The ledger of one state database."""

    def __init__(self, state: StateDatabase) -> None:
        self._state = state

    def note(self, lane: LoadedLane) -> None:
        """Remember a load, whatever was known of the lane before."""
        with self._state.write() as connection:
            connection.execute(sa.delete(lanes_loaded).where(*_is(lane)))
            connection.execute(sa.insert(lanes_loaded).values(**_values(lane), proved=False))

    def knows_of_loads(self) -> bool:
        """Whether anything was ever loaded: then there was a warehouse."""
        with self._state.read() as connection:
            noted = sa.select(sa.exists().where(_c.business_id.is_not(None)))
            loaded = sa.select(sa.exists().where(sync_jobs.c.loaded_at.is_not(None)))
            return bool(connection.scalar(noted) or connection.scalar(loaded))

    def count(self) -> int:
        """How many lanes the warehouse should have; counted as they were written, since each night asks."""
        with self._state.read() as connection:
            return connection.scalar(sa.select(lanes_counted.c.lanes)) or 0

    def newest_job(self) -> tuple[str, date, str] | None:
        """The lane that a job loaded last: what a home of an earlier release has in the place of this ledger."""
        c = sync_jobs.c
        newest = sa.select(c.business_id, c.date, c.slice).where(c.loaded_at.is_not(None))
        with self._state.read() as connection:
            row = connection.execute(newest.order_by(c.loaded_at.desc(), c.job_id.desc()).limit(1)).one_or_none()
        return None if row is None else (row.business_id, row.date, row.slice)

    def unproved(self) -> list[LoadedLane]:
        """What was loaded since the last publication."""
        return self._lanes(sa.select(lanes_loaded).where(_UNPROVED))

    def all(self) -> list[LoadedLane]:
        """Every lane, by business and date."""
        return self._lanes(sa.select(lanes_loaded).order_by(_c.business_id, _c.date, _c.slice))

    def prove(self, lanes: Collection[LoadedLane]) -> None:
        """Remember that these were found in the warehouse as they are here; one that was loaded again meanwhile is not."""
        with self._state.write() as connection:
            for lane in lanes:
                same = (*_is(lane), _c.answer_sha256 == lane.answer_sha256, _c.rows == lane.rows)
                connection.execute(sa.update(lanes_loaded).where(*same).values(proved=True))

    def prove_all(self) -> None:
        """Hold nothing of today's against the warehouse any more: another one is about to take its place."""
        with self._state.write() as connection:
            connection.execute(sa.update(lanes_loaded).where(_UNPROVED).values(proved=True))

    def forget_before(self, day: date) -> None:
        """Every date before this one; called before its rows go, so that a kill leaves a warehouse that knows more."""
        with self._state.write() as connection:
            connection.execute(sa.delete(lanes_loaded).where(_c.date < day))

    def forget_day(self, business_id: str, day: date) -> None:
        """A date of a business; called before its rows go."""
        with self._state.write() as connection:
            connection.execute(sa.delete(lanes_loaded).where(_c.business_id == business_id, _c.date == day))

    def replace(self, lanes: Collection[LoadedLane]) -> None:
        """Know these and no others: what a warehouse that was made anew, or that of an earlier release, has."""
        with self._state.write() as connection:
            connection.execute(sa.delete(lanes_loaded))
            piece = []
            for lane in lanes:
                piece.append({**_values(lane), "proved": True})
                if len(piece) == _PIECE:
                    connection.execute(sa.insert(lanes_loaded), piece)
                    piece = []
            if piece:
                connection.execute(sa.insert(lanes_loaded), piece)

    def _lanes(self, query: "sa.Select[tuple[object, ...]]") -> list[LoadedLane]:
        with self._state.read() as connection:
            rows = connection.execute(query).mappings()
            return [LoadedLane(**{name: value for name, value in row.items() if name != "proved"}) for row in rows]


def _values(lane: LoadedLane) -> dict[str, object]:
    return {
        "business_id": lane.business_id,
        "date": lane.date,
        "slice": lane.slice,
        "rows": lane.rows,
        "sessions": lane.sessions,
        "answer_sha256": lane.answer_sha256,
    }


def _is(lane: LoadedLane) -> tuple[sa.ColumnElement[bool], ...]:
    return _c.business_id == lane.business_id, _c.date == lane.date, _c.slice == lane.slice
