"""A lost date's rows out of two answers to one question, taken together: the longer window minus the shorter.

Called with the pair that `clarity.recoverable` names, and followed by the warehouse, as `normalize` is. Pure. It never guesses:
what the pair does not tell is NULL, left out or marked.

Both sides are normalised and joined by `dimension_hash`, not by raw tuple: click ids make those of two days different ones.
But a cut (`docs/clarity-api.md#cap`) takes other raw tuples from either side, and what is left no longer subtracts: a landing
page whose click ids the cut took from the longer window alone goes below zero. So a cut pair is first reduced to what compares.

A pair of full lanes takes about 100 ms, nearly all of it in `normalize` (measured).
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import compress
from typing import Any

import pyarrow as pa

from clarity_pipeline.clarity.answer import Answer
from clarity_pipeline.clarity.dimensions import Slice
from clarity_pipeline.clarity.group import Group
from clarity_pipeline.clarity.measure import Number
from clarity_pipeline.clarity.measures import MEASURES
from clarity_pipeline.clarity.recoverable import DaysLate, difference_window
from clarity_pipeline.clarity.row_keys import Key
from clarity_pipeline.clarity.window import Quality, coverage, window
from clarity_pipeline.normalize.columns import DAILY_METRICS_SCHEMA
from clarity_pipeline.normalize.normalize import Lane, normalize
from clarity_pipeline.normalize.page_identity import PLAIN, PageIdentity
from clarity_pipeline.normalize.plausible import refuse_implausible
from clarity_pipeline.normalize.subtract import subtract
from clarity_pipeline.normalize.tuples import join

_RECOVERED: Quality = "recovered"
_VISITS = tuple(measure.column for measure in MEASURES if measure.fold == "sum" and measure.adds_up)
"""What shows that somebody was there. A tuple without any of it belongs to the other dates of the window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveredLane:
    """What is true of every row of a recovered lane: `normalize.Lane`, with a pair's two instants in place of one.

    The longer answer (the minuend) was asked for `days_late` + 1 days and the shorter for `days_late`, at most
    `recoverable.PAIR_MINUTES` apart, which is for the caller to see to.
    """

    business_id: str
    date: date
    slice: Slice
    days_late: DaysLate
    minuend_fetched_at: datetime
    subtrahend_fetched_at: datetime
    loaded_at: datetime
    pages: PageIdentity = PLAIN

    @property
    def window(self) -> tuple[datetime, datetime]:
        """The span `(start, end]` that the rows stand for."""
        return difference_window(
            self.days_late, minuend_fetched_at=self.minuend_fetched_at, subtrahend_fetched_at=self.subtrahend_fetched_at
        )

    def _side(self, *, num_of_days: int, fetched_at: datetime) -> Lane:
        start, end = window(fetched_at, num_of_days)
        return Lane(
            business_id=self.business_id,
            date=self.date,
            slice=self.slice,
            window_start=start,
            window_end=end,
            fetched_at=fetched_at,
            num_of_days=num_of_days,
            pages=self.pages,
            loaded_at=self.loaded_at,
        )

    @property
    def minuend(self) -> Lane:
        """The longer window as a lane of its own."""
        return self._side(num_of_days=self.days_late + 1, fetched_at=self.minuend_fetched_at)

    @property
    def subtrahend(self) -> Lane:
        """The shorter window as a lane of its own."""
        return self._side(num_of_days=self.days_late, fetched_at=self.subtrahend_fetched_at)


@dataclass(frozen=True, slots=True)
class Recovered:
    """The rows, and how much of the pair did not fit, for the job and its metadata.

    `left_out`: tuples of which nothing can be told. The shorter window alone holds them, which only edges explain; of a cut pair,
    either one alone; or their sessions were not sent, and nothing else shows a visit.

    `negative`: tuples with a count below zero by more than rounding, whether or not a row is left of them.
    """

    rows: pa.Table
    left_out: int
    negative: int


def subtract_answers(minuend: Answer, subtrahend: Answer, *, lane: RecoveredLane, neighbours: Sequence[Number] = ()) -> Recovered:
    """The rows of one lost lane, in `DAILY_METRICS_SCHEMA`, one a canonical tuple that was seen on the date.

    A row's `fetched_at` and `rows_merged` are the longer window's, which holds every raw tuple of the shorter. `raw_payload` is
    `{"minuend": {metric: rows}, "subtrahend": {...}, "fetched_at": [of both], "negative": [columns that were below zero]}`.
    `neighbours` are the sessions of dates near it. Raises `ImplausibleDifference`, and `AnswerMalformed` as `normalize` does.
    """
    refuse_implausible(minuend, subtrahend, days=lane.days_late, neighbours=neighbours)
    cut = bool(minuend.capped_metrics or subtrahend.capped_metrics)
    left_out = 0
    if cut:
        minuend, subtrahend, left_out = _comparable(minuend, subtrahend, lane=lane)
    longer, shorter = normalize(minuend, lane=lane.minuend), normalize(subtrahend, lane=lane.subtrahend)
    place = {key: row for row, key in enumerate(shorter["dimension_hash"].to_pylist())}
    partner = [place.pop(key, None) for key in longer["dimension_hash"].to_pylist()]

    def partners(column: str, absent: object) -> list[Any]:
        values = shorter[column].to_pylist()
        return [absent if row is None else values[row] for row in partner]

    unsaid = {each.column for each in MEASURES if subtrahend.groups and each.group not in subtrahend.groups}
    columns, negative = subtract(
        {each.column: longer[each.column].to_pylist() for each in MEASURES},
        {each.column: partners(each.column, None if each.column in unsaid else 0) for each in MEASURES},
    )
    payloads = zip(longer["raw_payload"].to_pylist(), partners("raw_payload", "{}"), negative, strict=True)
    seen = [any(counts) for counts in zip(*(columns[name] for name in _VISITS), strict=True)]
    untold = sum(sessions is None and not there for sessions, there in zip(columns["sessions"], seen, strict=True))
    of_rows: dict[str, Sequence[object]] = {**columns, "raw_payload": _raw_payloads(payloads, lane=lane)}
    start, end = lane.window
    of_lane = {
        "window_start": start,
        "window_end": end,
        "quality": _RECOVERED,
        "coverage": coverage(lane.date, start, end),
        "truncated": cut,
    }
    rows = longer.filter(pa.array(seen, pa.bool_()))
    for number, field in enumerate(DAILY_METRICS_SCHEMA):
        if field.name in of_rows:
            rows = rows.set_column(number, field, pa.array(list(compress(of_rows[field.name], seen)), field.type))
        elif field.name in of_lane:
            rows = rows.set_column(number, field, pa.repeat(pa.scalar(of_lane[field.name], field.type), rows.num_rows))
    return Recovered(rows, left_out=left_out + untold + len(place), negative=sum(map(bool, negative)))


def _raw_payloads(payloads: Iterable[tuple[str, str, list[str]]], *, lane: RecoveredLane) -> list[str]:
    fetched_at = json.dumps([lane.minuend_fetched_at.isoformat(), lane.subtrahend_fetched_at.isoformat()])
    return [
        f'{{"minuend":{ours},"subtrahend":{theirs},"fetched_at":{fetched_at},"negative":{json.dumps(negative)}}}'
        for ours, theirs, negative in payloads
    ]


def _comparable(minuend: Answer, subtrahend: Answer, *, lane: RecoveredLane) -> tuple[Answer, Answer, int]:
    """A cut pair without what its cut made incomparable, and how many canonical tuples that left out.

    Canonical tuples stay that both sides hold. Of their raw tuples, metric by metric, those count that both sides hold, and those
    of the longer window alone where the shorter is whole. So no count is more than the date's own.
    """
    ours, theirs = (join(answer, pages=lane.pages) for answer in (minuend, subtrahend))
    on_both = set(ours.keys) & set(theirs.keys)
    raw = {key for side in (ours, theirs) for key, row in side.row_of.items() if side.keys[row] in on_both}
    cut = set(subtrahend.capped_metrics)
    longer = {
        name: _only(group, raw.intersection(subtrahend.groups[name].keys) if name in cut else raw)
        for name, group in minuend.groups.items()
    }
    shorter = {
        name: _only(group, raw.intersection(minuend.groups[name].keys))
        for name, group in subtrahend.groups.items()
        if name in minuend.groups
    }
    left_out = len(set(ours.keys) ^ set(theirs.keys))
    return replace(minuend, groups=longer), replace(subtrahend, groups=shorter), left_out


def _only(group: Group, keys: set[Key]) -> Group:
    if len(group.keys) < len(group.rows):
        return group  # a metric that we do not know, without the dimensions
    return group.only([key in keys for key in group.keys])
