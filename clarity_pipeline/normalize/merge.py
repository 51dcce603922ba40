"""Columns of numbers out of metric groups: what each measure is in each row, when raw tuples have become rows.

Counts are added. Averages are weighted by the human sessions of their raw tuple, and rows that share one raw tuple share its
weight, since nothing says which of them belongs to which. A value that was sent for none of a row's raw tuples is None, except
where its absence means zero.

A number of which a part is not known is not known: where one raw tuple of a row has a cell that could not be read, or that cannot
be (`impossible`), or had sessions and was not sent, the row's count and its average are None, never the sum or the mean of the
others. Only of a metric that Clarity cut it is the sum of the others, in a lane marked truncated. Called by `normalize`.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import zip_longest

from clarity_pipeline.clarity.answer import Answer
from clarity_pipeline.clarity.group import Group
from clarity_pipeline.clarity.measure import Measure, Number
from clarity_pipeline.clarity.measures import MEASURES
from clarity_pipeline.normalize.impossible import impossible_rows
from clarity_pipeline.normalize.tuples import Tuples
from clarity_pipeline.normalize.values import Column, values_of


def merge(answer: Answer, tuples: Tuples) -> dict[str, Column]:
    """Each measure's column, by name."""
    columns: dict[str, Column] = {}
    in_doubt: dict[str, set[int]] = {}
    lacking = _lacking(answer, tuples)
    for measure in MEASURES:
        group = answer.groups.get(measure.group)
        if group is None:
            columns[measure.column] = [None] * len(tuples.keys)
            continue
        values = values_of(group, measure)
        doubtful = lacking.get(measure.group, set()) | set(_unread_rows(group, values, measure=measure, tuples=tuples))
        doubtful |= impossible_rows(group, values, measure=measure, tuples=tuples, capped=bool(answer.capped_metrics))
        column = _sums(group, values, tuples) if measure.fold == "sum" else _means(group, values, tuples)
        if measure.whole and measure.fold == "mean":
            column = [None if mean is None else round(mean) for mean in column]
        columns[measure.column] = column
        for row in doubtful:
            column[row] = None
        in_doubt[measure.column] = doubtful
    for measure in MEASURES:
        if measure.zero_without_sessions:
            doubtful = in_doubt.get(measure.column, set())
            columns[measure.column] = [
                0 if value is None and sessions == 0 and row not in doubtful else value
                for row, (value, sessions) in enumerate(zip(columns[measure.column], columns["sessions"], strict=True))
            ]
    return columns


def _lacking(answer: Answer, tuples: Tuples) -> dict[str, set[int]]:
    """By metric the rows of which a raw tuple with sessions was not sent; a metric that was cut says nothing of what it lacks."""
    capped = set(answer.capped_metrics)
    visited = {key for key, sessions in tuples.sessions_of.items() if sessions and key in tuples.row_of}
    return {
        name: {tuples.row_of[key] for key in visited.difference(group.keys)}
        for name, group in answer.groups.items()
        if name not in capped and len(group.keys) == len(group.rows)
    }


def _unread_rows(group: Group, values: Column, *, measure: Measure, tuples: Tuples) -> Iterator[int]:
    """Rows with a cell that holds no number, or null although there were sessions."""
    if None not in values:
        return
    unread: set[int] = set().union(*(group.unread.get(field, ()) for field in measure.fields))
    own = group.numbers.get("totalSessionCount")
    for place, (key, value) in enumerate(zip(group.keys, values, strict=True)):
        sessions = tuples.sessions_of.get(key) if own is None else own[place]
        if value is None and (place in unread or sessions != 0):
            yield tuples.row_of[key]


def _sums(group: Group, values: Column, tuples: Tuples) -> Column:
    sums: Column = [None] * len(tuples.keys)
    for key, value in zip(group.keys, values, strict=True):
        if value is not None:
            row = tuples.row_of[key]
            so_far = sums[row]
            sums[row] = value if so_far is None else so_far + value
    return sums


def _means(group: Group, values: Column, tuples: Tuples) -> Column:
    parts: list[list[tuple[Number, float]]] = [[] for _ in tuples.keys]
    for key, value, weight in zip(group.keys, values, _weights(group, tuples), strict=True):
        if value is not None and weight > 0:
            parts[tuples.row_of[key]].append((value, weight))
    return [_mean(part) for part in parts]


def _weights(group: Group, tuples: Tuples) -> list[float]:
    """Human sessions behind each row of the group; one where nobody says, since only Traffic holds tuples without any."""
    times = Counter(group.keys)
    shared = [tuples.sessions_of.get(key, 1) / times[key] for key in group.keys]
    own = group.numbers.get("totalSessionCount", [])
    return [share if sessions is None else sessions for sessions, share in zip_longest(own, shared)]


def _mean(parts: list[tuple[Number, float]]) -> Number | None:
    if len(parts) < 2:
        return parts[0][0] if parts else None  # as sent, to the last digit
    return sum(value * weight for value, weight in parts) / sum(weight for _, weight in parts)
