"""The second half of a lane: its answer in the vault becomes its rows in the warehouse. Spends no call, ever.

Used by the `clarity_daily_metrics/<slice>` assets. It replaces what was there, also by nothing: a day without visits has
zero rows, and yesterday's rows must not survive it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from clarity_pipeline.calls.cut_lanes import CutLane
from clarity_pipeline.calls.sync_jobs import RECOVERED
from clarity_pipeline.clarity.answer import Answer
from clarity_pipeline.clarity.dimensions import DAILY_SLICES, TOTALS, Slice
from clarity_pipeline.connections.business import Business
from clarity_pipeline.day.site import own_answer
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.home import Home
from clarity_pipeline.normalize.difference import RecoveredLane, recover
from clarity_pipeline.normalize.normalize import Lane, normalize
from clarity_pipeline.normalize.site_lists import site_lists
from clarity_pipeline.trust.record import Judged, reconcile
from clarity_pipeline.trust.statements import COVERED_SHARE
from clarity_pipeline.vault.lane_answer import LaneAnswer, Told, days_late_of
from clarity_pipeline.vault.vault import StoredAnswer
from clarity_pipeline.warehouse.lane import Pair
from clarity_pipeline.warehouse.site_lists import replace_site_lists

if TYPE_CHECKING:
    import pyarrow
    from duckdb import DuckDBPyConnection


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
    """What was loaded, since when it stands, what told it, and what was found of the date's lanes then."""

    rows: int
    loaded_at: datetime
    told: Told
    judged: Judged
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


def load_lane(home: Home, *, business_id: str, date: date, asked: Slice) -> Loaded:
    """Normalise what tells the lane and replace its rows of (business, date, slice) in one transaction.

    The lane's job gets its number of rows, or the reason why there are none. Raises `NothingToLoad`, `VaultDamaged`,
    `AnswerMalformed`, `OwnRowsStand` or `WarehouseBusy`.
    """
    try:
        loaded = _load(home, business_id=business_id, date=date, asked=asked)
    except ClarityPipelineError as error:
        home.jobs.load_failed(business_id, date=date, slice_name=asked.name, reason=error.reason, detail=str(error))
        raise
    cut = "cut_at_cap" if loaded.answer.capped_metrics else None
    reason = RECOVERED if loaded.told.by.shorter else cut
    home.cut_lanes.note(business_id, date=date, lanes=cut_lanes(loaded.judged, business_id=business_id, date=date))
    home.jobs.loaded(business_id, date=date, slice_name=asked.name, rows=loaded.rows, loaded_at=loaded.loaded_at, reason=reason)
    return loaded


def _load(home: Home, *, business_id: str, date: date, asked: Slice) -> Loaded:
    business, found = own_answer(home, business_id, date=date, asked=asked)
    if found is None:
        raise NothingToLoad(
            f"the vault has no answer for {business_id} {date} {asked.name}; materialise clarity_raw/{asked.name}"
        )
    loaded_at = home.clock()
    made = rows_of(found, business=business, loaded_at=loaded_at)
    failpoint("lane_normalised")
    window_start, window_end = found.by.window
    judged = Judged({})

    def then(connection: "DuckDBPyConnection") -> None:
        nonlocal judged
        what_follows(connection, found, business=business)
        judged = reconcile(connection, business_id=business_id, date=date)

    replaced = home.warehouse.replace_lane(
        made.rows,
        business_id=business_id,
        date=date,
        slice_name=asked.name,
        window_start=window_start,
        window_end=window_end,
        answer_sha256=found.by.stored.sha256,
        loaded_at=loaded_at,
        dimensions=found.answer.asked.dimension_names,
        pair=pair_of(found.by),
        then=then,
    )
    failpoint("lane_loaded")
    return Loaded(replaced.rows, replaced.loaded_at, found, judged, left_out=made.left_out, negative=made.negative)


def cut_lanes(judged: Judged, *, business_id: str, date: date) -> list[CutLane]:
    """Lanes of the date that were cut, or asked with fewer dimensions than their slice has.

    Recovered ones are none of these: that two or three days are cut says nothing of one.
    """
    shares = {each.finding.slice_name: each.finding for each in judged.findings if each.statement == COVERED_SHARE}
    found = []
    for name, asked in DAILY_SLICES.items():
        lane = judged.lanes.get(name)
        if lane is None or lane.is_recovered:
            continue
        dimensions = tuple(lane.asked.split(",")) if lane.asked else asked.dimension_names
        if lane.truncated or dimensions != asked.dimension_names:
            share = shares[name]
            ratio = share.ratio if lane.truncated and share.method else None
            found.append(CutLane(business_id, date, name, dimensions, lane.truncated, ratio, share.method))
    return found


def rows_of(told: Told, *, business: Business, loaded_at: datetime) -> Made:
    """The rows that a lane's answer makes, or a pair's difference: also what `replay` makes of it. Raises `AnswerMalformed`."""
    by = told.by
    if by.shorter is None or told.shorter is None:
        return Made(normalize(told.answer, lane=_lane(told, business=business, loaded_at=loaded_at)))
    pair = RecoveredLane(
        business_id=by.stored.business_id,
        date=by.date,
        slice=told.answer.asked,
        days_late=days_late_of(by.shorter),
        minuend_fetched_at=by.stored.fetched_at,
        subtrahend_fetched_at=by.shorter.fetched_at,
        kept_parameters=frozenset(business.kept_query_parameters),
        keep_path_ids=business.keep_path_ids,
        loaded_at=loaded_at,
    )
    difference = recover(told.answer, told.shorter, lane=pair)
    return Made(difference.rows, left_out=difference.left_out, negative=difference.negative)


def what_follows(connection: "DuckDBPyConnection", told: Told, *, business: Business) -> None:
    """Write what else an answer tells, in the transaction of its rows: the lists of the totals. Also called by `replay`.

    A pair tells no lists: two top lists do not subtract.
    """
    by = told.by
    if by.shorter is None and by.stored.slice_name == TOTALS.name:
        lane = _lane(told, business=business, loaded_at=by.stored.fetched_at)
        replace_site_lists(connection, site_lists(told.answer, lane=lane), business_id=by.stored.business_id, date=by.date)


def pair_of(by: LaneAnswer) -> Pair | None:
    """What the warehouse keeps of a pair, beside the window of its difference."""
    if by.shorter is None:
        return None
    return Pair(by.stored.fetched_at, subtracted_sha256=by.shorter.sha256, subtracted_fetched_at=by.shorter.fetched_at)


def _lane(told: Told, *, business: Business, loaded_at: datetime) -> Lane:
    stored = told.by.stored
    return Lane(
        business_id=stored.business_id,
        date=told.by.date,
        slice=told.answer.asked,
        window_start=stored.window_start,
        window_end=stored.window_end,
        fetched_at=stored.fetched_at,
        num_of_days=stored.num_of_days,
        kept_parameters=frozenset(business.kept_query_parameters),
        keep_path_ids=business.keep_path_ids,
        loaded_at=loaded_at,
    )
