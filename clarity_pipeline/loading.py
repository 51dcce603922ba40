"""The second half of a lane: its answer in the vault becomes its rows in the warehouse. Spends no call, ever.

Used by the `clarity_daily_metrics/<slice>` assets. It replaces what was there, also by nothing: a day without visits has
zero rows, and yesterday's rows must not survive it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from clarity_pipeline.businesses.business import Business
from clarity_pipeline.businesses.sync_jobs import RECOVERED
from clarity_pipeline.clarity.answer import Answer
from clarity_pipeline.clarity.dimensions import Slice
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.lane_answer import LaneAnswer, Told, days_late_of, told
from clarity_pipeline.metrics.difference import RecoveredLane, recover
from clarity_pipeline.metrics.normalize import Lane, normalize
from clarity_pipeline.rooms import Rooms
from clarity_pipeline.vault import StoredAnswer
from clarity_pipeline.warehouse.lane import Pair

if TYPE_CHECKING:
    import pyarrow


class NothingToLoad(ClarityPipelineError):
    """The vault has no usable answer for this lane."""

    reason = "nothing_to_load"


@dataclass(frozen=True, slots=True)
class Made:
    """The rows of a lane; of a recovered one also how many tuples the pair does not tell, and how many were below zero."""

    rows: "pyarrow.Table"
    left_out: int = 0
    negative: int = 0


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded, since when it stands, and what told it."""

    rows: int
    loaded_at: datetime
    told: Told
    left_out: int = 0
    negative: int = 0

    @property
    def stored(self) -> StoredAnswer:
        """The lane's answer; of a pair, the longer."""
        return self.told.by.stored

    @property
    def answer(self) -> Answer:
        """What `stored` says."""
        return self.told.answer


def load_lane(rooms: Rooms, *, business_id: str, date: date, asked: Slice) -> Loaded:
    """Normalise what tells the lane and replace its rows of (business, date, slice) in one transaction.

    The lane's job gets its number of rows, or the reason why there are none. Raises `NothingToLoad`, `VaultDamaged`,
    `AnswerMalformed`, `OwnRowsStand` or `WarehouseBusy`.
    """
    try:
        loaded = _load(rooms, business_id=business_id, date=date, asked=asked)
    except ClarityPipelineError as error:
        rooms.jobs.load_failed(business_id, date=date, slice_name=asked.name, reason=error.reason, detail=str(error))
        raise
    cut = "cut_at_cap" if loaded.answer.capped_metrics else None
    reason = RECOVERED if loaded.told.by.shorter else cut
    rooms.jobs.loaded(business_id, date=date, slice_name=asked.name, rows=loaded.rows, loaded_at=loaded.loaded_at, reason=reason)
    return loaded


def _load(rooms: Rooms, *, business_id: str, date: date, asked: Slice) -> Loaded:
    found = told(rooms.vault, business_id=business_id, date=date, asked=asked)
    if found is None:
        raise NothingToLoad(
            f"the vault has no answer for {business_id} {date} {asked.name}; materialise clarity_raw/{asked.name}"
        )
    loaded_at = rooms.clock()
    made = rows_of(found, asked=asked, business=rooms.connections.get(business_id), loaded_at=loaded_at)
    failpoint("lane_normalised")
    window_start, window_end = found.by.window
    replaced = rooms.warehouse.replace_lane(
        made.rows,
        business_id=business_id,
        date=date,
        slice_name=asked.name,
        window_start=window_start,
        window_end=window_end,
        answer_sha256=found.by.stored.sha256,
        loaded_at=loaded_at,
        pair=pair_of(found.by),
    )
    failpoint("lane_loaded")
    return Loaded(replaced.rows, replaced.loaded_at, found, left_out=made.left_out, negative=made.negative)


def rows_of(told: Told, *, asked: Slice, business: Business, loaded_at: datetime) -> Made:
    """The rows that a lane's answer makes, or a pair's difference: also what `replay` makes of it. Raises `AnswerMalformed`."""
    by = told.by
    kept_parameters = frozenset(business.kept_query_parameters)
    if by.shorter is None or told.shorter is None:
        lane = Lane(
            business_id=by.stored.business_id,
            date=by.date,
            slice=asked,
            window_start=by.stored.window_start,
            window_end=by.stored.window_end,
            fetched_at=by.stored.fetched_at,
            num_of_days=by.stored.num_of_days,
            kept_parameters=kept_parameters,
            keep_path_ids=business.keep_path_ids,
            loaded_at=loaded_at,
        )
        return Made(normalize(told.answer, lane=lane))
    pair = RecoveredLane(
        business_id=by.stored.business_id,
        date=by.date,
        slice=asked,
        days_late=days_late_of(by.shorter),
        minuend_fetched_at=by.stored.fetched_at,
        subtrahend_fetched_at=by.shorter.fetched_at,
        kept_parameters=kept_parameters,
        keep_path_ids=business.keep_path_ids,
        loaded_at=loaded_at,
    )
    difference = recover(told.answer, told.shorter, lane=pair)
    return Made(difference.rows, left_out=difference.left_out, negative=difference.negative)


def pair_of(by: LaneAnswer) -> Pair | None:
    """What the warehouse keeps of a pair, beside the window of its difference."""
    if by.shorter is None:
        return None
    return Pair(by.stored.fetched_at, subtracted_sha256=by.shorter.sha256, subtracted_fetched_at=by.shorter.fetched_at)
