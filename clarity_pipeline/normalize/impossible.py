"""Numbers that cannot be: a scroll depth of 130, a share of 250 %, more sessions with a dead click than there were sessions.

Such a number never becomes one of ours. The row's count or average is None instead, as for a cell that could not be read, and a
finding says of how many sessions: `number_out_of_range`, or `impossible_in_a_fold` where the row was put together from several
raw tuples, whose mean would have hidden it (130 beside 50 makes 90). Its `raw_payload` keeps what came. Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from clarity_pipeline.clarity.answer import Answer
from clarity_pipeline.clarity.gaps import SESSIONS, TRAFFIC
from clarity_pipeline.clarity.group import Group
from clarity_pipeline.clarity.measure import Measure, Number
from clarity_pipeline.clarity.measures import MEASURES
from clarity_pipeline.clarity.row_keys import Key
from clarity_pipeline.normalize.page_identity import PageIdentity
from clarity_pipeline.normalize.tuples import Tuples, join
from clarity_pipeline.normalize.values import values_of

_ONE_OFF = 1
"""A friction metric's sessions may be one off (187 against 188 was captured, `docs/clarity-api.md#meaning`)."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A measure, and the sessions of the rows that are None for it: rows of one raw tuple, and rows of several."""

    column: str
    alone: int | None
    folded: int | None


def impossible_rows(group: Group, values: Sequence[Number | None], *, measure: Measure, tuples: Tuples, capped: bool) -> set[int]:
    """Rows with a raw tuple whose number cannot be, or whose affected sessions together are more than there were.

    In an answer that was cut, whose metrics hold other tuples each, nothing is held against the sessions of Traffic.
    """
    rows = {tuples.row_of[group.keys[place]] for place in _places(group, values, measure)}
    if _is_affected(measure) and not capped and _is_beyond(group, values, tuples.sessions_of):
        rows |= _rows_beyond(group, values, tuples)
    return rows


def left_out(answer: Answer, *, pages: PageIdentity) -> list[LeftOut]:
    """What of an answer is None for that reason; nothing for nearly every answer, in two milliseconds."""
    sessions_of = _sessions(answer)
    found = [
        (measure, group, values)
        for measure, group, values in _of(answer)
        if any(True for _ in _places(group, values, measure))
        or (_is_affected(measure) and _is_beyond(group, values, sessions_of))
    ]
    if not found:
        return []
    tuples = join(answer, pages=pages)
    sessions = [0] * len(tuples.keys)
    for key, count in tuples.sessions_of.items():
        if key in tuples.row_of:
            sessions[tuples.row_of[key]] += int(count)
    told = []
    for measure, group, values in found:
        rows = impossible_rows(group, values, measure=measure, tuples=tuples, capped=bool(answer.capped_metrics))
        alone = [sessions[row] for row in rows if tuples.raw_count[row] == 1]
        folded = [sessions[row] for row in rows if tuples.raw_count[row] > 1]
        if rows:
            told.append(LeftOut(measure.column, sum(alone) if alone else None, sum(folded) if folded else None))
    return told


def _of(answer: Answer) -> Iterator[tuple[Measure, Group, Sequence[Number | None]]]:
    for measure in MEASURES:
        if group := answer.groups.get(measure.group):
            yield measure, group, values_of(group, measure)


def _places(group: Group, values: Sequence[Number | None], measure: Measure) -> Iterator[int]:
    sessions = group.numbers["sessionsCount"] if _is_affected(measure) else None
    for place, value in enumerate(values):
        if value is None:
            continue
        most = measure.most if measure.most is not None else measure.most_in_a_row
        if sessions is not None and (of := sessions[place]) is not None:
            most = of + _ONE_OFF
        if value < 0 or (most is not None and value > most):
            yield place


def _is_affected(measure: Measure) -> bool:
    """Whether it counts sessions with at least one event."""
    return "sessionsCount" in measure.fields


def _is_beyond(group: Group, values: Sequence[Number | None], sessions_of: Mapping[Key, Number]) -> bool:
    """Whether a raw tuple has more affected sessions than Traffic has sessions: without one no row has."""
    affected: dict[Key, Number] = {}
    for key, value in zip(group.keys, values, strict=False):
        if value is not None:
            affected[key] = affected.get(key, 0) + value
    return any(value > sessions_of.get(key, value) + _ONE_OFF for key, value in affected.items())


def _rows_beyond(group: Group, values: Sequence[Number | None], tuples: Tuples) -> set[int]:
    affected: dict[int, Number] = {}
    for key, value in zip(group.keys, values, strict=True):
        if value is not None:
            affected[tuples.row_of[key]] = affected.get(tuples.row_of[key], 0) + value
    sessions: dict[int, Number] = {}
    for key, count in tuples.sessions_of.items():
        if (row := tuples.row_of.get(key)) is not None:
            sessions[row] = sessions.get(row, 0) + count
    return {row for row, value in affected.items() if value > sessions.get(row, value) + tuples.raw_count[row] * _ONE_OFF}


def _sessions(answer: Answer) -> dict[Key, Number]:
    traffic = answer.groups.get(TRAFFIC)
    found: dict[Key, Number] = {}
    if traffic is not None:
        for key, count in zip(traffic.keys, traffic.numbers[SESSIONS], strict=False):
            found[key] = found.get(key, 0) + (count or 0)
    return found
