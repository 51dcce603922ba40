"""The second half of a lane: its answer in the vault becomes its rows in the warehouse. Spends no call, ever.

Used by the `clarity_daily_metrics/<slice>` assets. It replaces what was there, also by nothing: a day without visits has
zero rows, and yesterday's rows must not survive it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from clarity_pipeline.clarity.answer import Answer
from clarity_pipeline.clarity.dimensions import Slice
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.lane_answer import usable_answer
from clarity_pipeline.metrics.normalize import Lane, normalize
from clarity_pipeline.rooms import Rooms
from clarity_pipeline.vault import StoredAnswer

if TYPE_CHECKING:
    import pyarrow


class NothingToLoad(ClarityPipelineError):
    """The vault has no usable answer for this lane."""

    reason = "nothing_to_load"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded, since when it stands, and from which answer."""

    rows: int
    loaded_at: datetime
    stored: StoredAnswer
    answer: Answer


def load_lane(rooms: Rooms, *, business_id: str, date: date, asked: Slice) -> Loaded:
    """Normalise the lane's answer and replace its rows of (business, date, slice) in one transaction.

    The lane's job gets its number of rows, or the reason why there are none. Raises `NothingToLoad`, `VaultDamaged`,
    `AnswerMalformed` or `WarehouseBusy`.
    """
    try:
        loaded = _load(rooms, business_id=business_id, date=date, asked=asked)
    except ClarityPipelineError as error:
        rooms.jobs.load_failed(business_id, date=date, slice_name=asked.name, reason=error.reason, detail=str(error))
        raise
    cut = "cut_at_cap" if loaded.answer.capped_metrics else None
    rooms.jobs.loaded(business_id, date=date, slice_name=asked.name, rows=loaded.rows, loaded_at=loaded.loaded_at, reason=cut)
    return loaded


def _load(rooms: Rooms, *, business_id: str, date: date, asked: Slice) -> Loaded:
    found = usable_answer(rooms.vault, business_id=business_id, date=date, asked=asked)
    if found is None:
        raise NothingToLoad(
            f"the vault has no answer for {business_id} {date} {asked.name}; materialise clarity_raw/{asked.name}"
        )
    stored, answer = found
    loaded_at = rooms.clock()
    business = rooms.connections.get(business_id)
    rows = rows_of(
        stored,
        answer,
        asked=asked,
        kept_parameters=frozenset(business.kept_query_parameters),
        keep_path_ids=business.keep_path_ids,
        loaded_at=loaded_at,
    )
    failpoint("lane_normalised")
    replaced = rooms.warehouse.replace_lane(
        rows,
        business_id=business_id,
        date=date,
        slice_name=asked.name,
        window_start=stored.window_start,
        window_end=stored.window_end,
        answer_sha256=stored.sha256,
        loaded_at=loaded_at,
    )
    failpoint("lane_loaded")
    return Loaded(replaced.rows, replaced.loaded_at, stored, answer)


def rows_of(
    stored: StoredAnswer,
    answer: Answer,
    *,
    asked: Slice,
    kept_parameters: frozenset[str],
    loaded_at: datetime,
    keep_path_ids: bool = False,
) -> "pyarrow.Table":
    """The rows that a stored answer makes: also what `replay` makes of it."""
    lane = Lane(
        business_id=stored.business_id,
        date=stored.date,
        slice=asked,
        window_start=stored.window_start,
        window_end=stored.window_end,
        fetched_at=stored.fetched_at,
        num_of_days=stored.num_of_days,
        kept_parameters=kept_parameters,
        keep_path_ids=keep_path_ids,
        loaded_at=loaded_at,
    )
    return normalize(answer, lane=lane)
