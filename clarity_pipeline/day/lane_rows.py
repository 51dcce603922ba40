"""What an answer in the vault becomes: the rows of its lane, and what else it tells. Spends no call, ever.

A lane's load and `replay` do the same with an answer, so that a warehouse made anew is the one that grew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from clarity_pipeline.clarity.damage import Damage
from clarity_pipeline.clarity.dimensions import Slice
from clarity_pipeline.connections.business import Business
from clarity_pipeline.normalize.difference import RecoveredLane, subtract_answers
from clarity_pipeline.normalize.normalize import Lane, normalize
from clarity_pipeline.normalize.site_lists import site_lists
from clarity_pipeline.trust.answer_findings import found_in, found_in_numbers
from clarity_pipeline.trust.page_findings import found_in_pages
from clarity_pipeline.vault.lane_answer import LaneAnswer, Told, days_late_of
from clarity_pipeline.warehouse.findings import OfAnswer, write_of_answer
from clarity_pipeline.warehouse.lane import Pair, Replaced, replace
from clarity_pipeline.warehouse.neighbours import sessions_before
from clarity_pipeline.warehouse.site_lists import replace_site_lists
from clarity_pipeline.warehouse.spellings import note_spellings

if TYPE_CHECKING:
    import pyarrow
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Made:
    """The rows of a lane, the lists that came with its answer, and what of its answer (of a pair, of both) could not be read.

    Of a recovered lane also how many tuples the pair does not tell, and how many were below zero.
    """

    rows: "pyarrow.Table"
    lists: "pyarrow.Table | None" = None
    left_out: int = 0
    negative: int = 0
    damage: tuple[Damage, ...] = ()
    found: tuple[OfAnswer, ...] = ()
    """What the answer itself is found to be."""


def rows_of(told: Told, *, business: Business, loaded_at: datetime, neighbours: Sequence[int] = ()) -> Made:
    """What a lane's answer makes, or a pair's difference. Pure. Raises `AnswerMalformed` or `ImplausibleDifference`.

    A pair makes no lists: two top lists do not subtract. `neighbours` are the sessions of dates near a lost one.
    """
    by, stored = told.by, told.by.stored
    if by.shorter is None or told.shorter is None:
        lane = Lane(
            business_id=stored.business_id,
            date=by.date,
            slice=told.answer.asked,
            window_start=stored.window_start,
            window_end=stored.window_end,
            fetched_at=stored.fetched_at,
            num_of_days=stored.num_of_days,
            pages=business.pages,
            loaded_at=loaded_at,
        )
        found = (*found_in(told.answer, damage=told.damage), *found_in_numbers(told.answer, business.pages))
        lists = site_lists(told.answer, lane=lane)
        if stored.slice_name == "url_device":
            found += found_in_pages(told.answer, business.pages)
        return Made(normalize(told.answer, lane=lane), lists, damage=told.damage, found=found)
    pair = RecoveredLane(
        business_id=stored.business_id,
        date=by.date,
        slice=told.answer.asked,
        days_late=days_late_of(by.shorter),
        minuend_fetched_at=stored.fetched_at,
        subtrahend_fetched_at=by.shorter.fetched_at,
        pages=business.pages,
        loaded_at=loaded_at,
    )
    difference = subtract_answers(told.answer, told.shorter, lane=pair, neighbours=neighbours)
    left_out, negative = difference.left_out, difference.negative
    found = found_in(told.answer, damage=told.damage, is_pair=True, left_out=left_out, negative=negative)
    return Made(difference.rows, left_out=left_out, negative=negative, damage=told.damage, found=found)


def neighbours_of(connection: "DuckDBPyConnection", told: Told) -> tuple[int, ...]:
    """What the dates before a lost one had; nothing where the answer is the date's own."""
    by = told.by
    if by.shorter is None:
        return ()
    return sessions_before(connection, business_id=by.stored.business_id, date=by.date, slice_name=by.stored.slice_name)


def write(connection: "DuckDBPyConnection", by: LaneAnswer, made: Made, *, asked: Slice, loaded_at: datetime) -> Replaced:
    """Put the rows in the place of what the lane had, and the lists, and what was found, in the caller's transaction.

    Raises `OwnRowsStand`. `by` is what tells the lane, `asked` the question that it answers.
    """
    stored, pair = by.stored, None
    if by.shorter is not None:
        pair = Pair(stored.fetched_at, subtracted_sha256=by.shorter.sha256, subtracted_fetched_at=by.shorter.fetched_at)
    note_spellings(connection, made.rows, business_id=stored.business_id)
    if made.lists is not None:
        replace_site_lists(connection, made.lists, business_id=stored.business_id, date=by.date, slice_name=stored.slice_name)
    window_start, window_end = by.window
    replaced = replace(
        connection,
        made.rows,
        business_id=stored.business_id,
        date=by.date,
        slice_name=stored.slice_name,
        window_start=window_start,
        window_end=window_end,
        answer_sha256=stored.sha256,
        loaded_at=loaded_at,
        dimensions=asked.dimension_names,
        pair=pair,
    )
    write_of_answer(connection, made.found, business_id=stored.business_id, date=by.date, slice_name=stored.slice_name)
    return replaced
