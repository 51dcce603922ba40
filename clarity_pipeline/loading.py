"""The second half of a lane: its answer in the vault becomes its rows in the warehouse. Spends no call, ever.

Used by the `clarity_daily_metrics/<slice>` assets. It replaces what was there, also by nothing: a day without visits has
zero rows, and yesterday's rows must not survive it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from clarity_pipeline.businesses.cut_lanes import CutLane
from clarity_pipeline.clarity.answer import Answer
from clarity_pipeline.clarity.dimensions import DAILY_SLICES, TOTALS, Slice
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.lane_answer import usable_answer
from clarity_pipeline.metrics.normalize import Lane, normalize
from clarity_pipeline.metrics.site_lists import site_lists
from clarity_pipeline.rooms import Rooms
from clarity_pipeline.trust.record import Judged, reconcile
from clarity_pipeline.trust.statements import COVERED_SHARE
from clarity_pipeline.vault import StoredAnswer
from clarity_pipeline.warehouse.site_lists import replace_site_lists

if TYPE_CHECKING:
    import pyarrow
    from duckdb import DuckDBPyConnection


class NothingToLoad(ClarityPipelineError):
    """The vault has no usable answer for this lane."""

    reason = "nothing_to_load"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded, since when it stands, from which answer, and what was found of the date's lanes then."""

    rows: int
    loaded_at: datetime
    stored: StoredAnswer
    answer: Answer
    judged: Judged


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
    rooms.cut_lanes.note(business_id, date=date, lanes=cut_lanes(loaded.judged, business_id=business_id, date=date))
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
    kept_parameters = frozenset(rooms.connections.get(business_id).kept_query_parameters)
    rows = rows_of(stored, answer, kept_parameters=kept_parameters, loaded_at=loaded_at)
    failpoint("lane_normalised")
    judged = Judged({})

    def then(connection: "DuckDBPyConnection") -> None:
        nonlocal judged
        what_follows(connection, stored, answer, kept_parameters=kept_parameters)
        judged = reconcile(connection, business_id=business_id, date=date)

    replaced = rooms.warehouse.replace_lane(
        rows,
        business_id=business_id,
        date=date,
        slice_name=asked.name,
        window_start=stored.window_start,
        window_end=stored.window_end,
        answer_sha256=stored.sha256,
        loaded_at=loaded_at,
        dimensions=answer.asked.dimension_names,
        then=then,
    )
    failpoint("lane_loaded")
    return Loaded(replaced.rows, replaced.loaded_at, stored, answer, judged)


def cut_lanes(judged: Judged, *, business_id: str, date: date) -> list[CutLane]:
    """Lanes of the date that were cut, or asked with fewer dimensions than their slice has."""
    shares = {each.finding.slice_name: each.finding for each in judged.findings if each.statement == COVERED_SHARE}
    found = []
    for name, asked in DAILY_SLICES.items():
        lane = judged.lanes.get(name)
        if lane is None:
            continue
        dimensions = tuple(lane.asked.split(",")) if lane.asked else asked.dimension_names
        if lane.truncated or dimensions != asked.dimension_names:
            share = shares[name]
            ratio = share.ratio if lane.truncated and share.method else None
            found.append(CutLane(business_id, date, name, dimensions, lane.truncated, ratio, share.method))
    return found


def rows_of(stored: StoredAnswer, answer: Answer, *, kept_parameters: frozenset[str], loaded_at: datetime) -> "pyarrow.Table":
    """The rows that a stored answer makes: also what `replay` makes of it."""
    return normalize(answer, lane=_lane(stored, answer.asked, kept_parameters=kept_parameters, loaded_at=loaded_at))


def what_follows(
    connection: "DuckDBPyConnection", stored: StoredAnswer, answer: Answer, *, kept_parameters: frozenset[str]
) -> None:
    """Write what else an answer tells, in the transaction of its rows: the lists of the totals. Also called by `replay`."""
    if stored.slice_name == TOTALS.name:
        lane = _lane(stored, TOTALS, kept_parameters=kept_parameters, loaded_at=stored.fetched_at)
        replace_site_lists(connection, site_lists(answer, lane=lane), business_id=stored.business_id, date=stored.date)


def _lane(stored: StoredAnswer, asked: Slice, *, kept_parameters: frozenset[str], loaded_at: datetime) -> Lane:
    return Lane(
        business_id=stored.business_id,
        date=stored.date,
        slice=asked,
        window_start=stored.window_start,
        window_end=stored.window_end,
        fetched_at=stored.fetched_at,
        num_of_days=stored.num_of_days,
        kept_parameters=kept_parameters,
        loaded_at=loaded_at,
    )
