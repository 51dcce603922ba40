"""Columns of numbers out of metric groups: what each measure is in each row, when raw tuples have become rows.

Counts are added. Averages are weighted by the human sessions of their raw tuple, and rows that share one raw tuple share its
weight, since nothing says which of them belongs to which. A value that was sent for none of a row's raw tuples is None, except
where its absence means zero; one that a cut took from some of them is the sum of the others, in a lane marked truncated.
Called by `normalize`.
"""

from collections import Counter
from itertools import zip_longest

from clarity_pipeline.clarity.answer import Answer, Group, Number
from clarity_pipeline.clarity.measure import Measure
from clarity_pipeline.clarity.measures import MEASURES
from clarity_pipeline.normalize.tuples import Tuples

Column = list[Number | None]


def merge(answer: Answer, tuples: Tuples) -> dict[str, Column]:
    """Each measure's column, by name."""
    columns: dict[str, Column] = {}
    for measure in MEASURES:
        group = answer.groups.get(measure.group)
        if group is None:
            columns[measure.column] = [None] * len(tuples.keys)
        elif measure.fold == "sum":
            columns[measure.column] = _sums(group, measure=measure, tuples=tuples)
        else:
            columns[measure.column] = _means(group, measure=measure, tuples=tuples)
    for measure in MEASURES:
        if measure.zero_without_sessions:
            columns[measure.column] = [
                0 if value is None and sessions == 0 else value
                for value, sessions in zip(columns[measure.column], columns["sessions"], strict=True)
            ]
    return columns


def _values(group: Group, measure: Measure) -> Column:
    fields = [group.numbers[field] for field in measure.fields]
    make = measure.make
    if make is None:
        return fields[0]
    return [None if None in sent else make(*sent) for sent in zip(*fields, strict=True)]


def _sums(group: Group, *, measure: Measure, tuples: Tuples) -> Column:
    sums: Column = [None] * len(tuples.keys)
    for key, value in zip(group.keys, _values(group, measure), strict=True):
        if value is not None:
            row = tuples.row_of[key]
            so_far = sums[row]
            sums[row] = value if so_far is None else so_far + value
    return sums


def _means(group: Group, *, measure: Measure, tuples: Tuples) -> Column:
    parts: list[list[tuple[Number, float]]] = [[] for _ in tuples.keys]
    for key, value, weight in zip(group.keys, _values(group, measure), _weights(group, tuples), strict=True):
        if value is not None and weight > 0:
            parts[tuples.row_of[key]].append((value, weight))
    means = [_mean(part) for part in parts]
    return [None if mean is None else round(mean) for mean in means] if measure.whole else means


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
