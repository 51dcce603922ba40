"""The second half of a lane: its answer in the vault becomes its rows in the warehouse. Spends no call, ever.

Used by the `clarity_daily_metrics/<slice>` assets. It replaces what was there, also by nothing: a day without visits has
zero rows, and yesterday's rows must not survive it.
"""

from dataclasses import dataclass
from datetime import date

from clarity_pipeline.clarity.answer import Answer
from clarity_pipeline.clarity.dimensions import Slice
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.lane_answer import usable_answer
from clarity_pipeline.metrics.normalize import Lane, normalize
from clarity_pipeline.rooms import Rooms
from clarity_pipeline.vault import StoredAnswer


class NothingToLoad(ClarityPipelineError):
    """The vault has no usable answer for this lane."""

    reason = "nothing_to_load"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded, and from which answer."""

    rows: int
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
    rooms.jobs.loaded(business_id, date=date, slice_name=asked.name, rows=loaded.rows, reason=cut)
    return loaded


def _load(rooms: Rooms, *, business_id: str, date: date, asked: Slice) -> Loaded:
    found = usable_answer(rooms.vault, business_id=business_id, date=date, asked=asked)
    if found is None:
        raise NothingToLoad(
            f"the vault has no answer for {business_id} {date} {asked.name}; materialise clarity_raw/{asked.name}"
        )
    stored, answer = found
    loaded_at = rooms.clock()
    rows = normalize(
        answer,
        lane=Lane(
            business_id=business_id,
            date=date,
            slice=asked,
            window_start=stored.window_start,
            window_end=stored.window_end,
            fetched_at=stored.fetched_at,
            num_of_days=stored.num_of_days,
            kept_parameters=frozenset(rooms.connections.get(business_id).kept_query_parameters),
            loaded_at=loaded_at,
        ),
    )
    failpoint("lane_normalised")
    count = rooms.warehouse.replace_lane(
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
    return Loaded(count, stored, answer)
