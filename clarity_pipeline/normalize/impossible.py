"""Numbers of raw tuples that cannot be, where folding would hide them: a scroll depth of 130 beside one of 50 makes a mean of 90.

A raw tuple that is a row by itself is published as it came, and found there. Where several are one row, its count or average is
None instead, as for a cell that could not be read, and the finding `impossible_in_a_fold` says of how many sessions. Pure.
"""

from collections.abc import Iterator, Sequence

from clarity_pipeline.clarity.answer import Answer
from clarity_pipeline.clarity.group import Group
from clarity_pipeline.clarity.measure import Measure, Number
from clarity_pipeline.clarity.measures import MEASURES
from clarity_pipeline.normalize.page_identity import PageIdentity
from clarity_pipeline.normalize.tuples import Tuples, join
from clarity_pipeline.normalize.values import values_of

_ONE_OFF = 1
"""A friction metric's sessions may be one off (187 against 188 was captured, `docs/clarity-api.md#meaning`)."""


def folded_rows(group: Group, values: Sequence[Number | None], *, measure: Measure, tuples: Tuples) -> set[int]:
    """Rows of several raw tuples, one of which has a number that cannot be."""
    rows = (tuples.row_of[group.keys[place]] for place in _places(group, values, measure))
    return {row for row in rows if tuples.raw_count[row] > 1}


def sessions_by_measure(answer: Answer, *, pages: PageIdentity) -> dict[str, int]:
    """By measure the sessions of the rows that are None for that reason; nothing for nearly every answer, in a millisecond."""
    found = [
        (measure, group, values) for measure, group, values in _of(answer) if any(True for _ in _places(group, values, measure))
    ]
    if not found:
        return {}
    tuples = join(answer, pages=pages)
    sessions = [0] * len(tuples.keys)
    for key, count in tuples.sessions_of.items():
        if key in tuples.row_of:
            sessions[tuples.row_of[key]] += int(count)
    rows_of = {measure.column: folded_rows(group, values, measure=measure, tuples=tuples) for measure, group, values in found}
    return {column: sum(sessions[row] for row in rows) for column, rows in rows_of.items() if rows}


def _of(answer: Answer) -> Iterator[tuple[Measure, Group, Sequence[Number | None]]]:
    for measure in MEASURES:
        if group := answer.groups.get(measure.group):
            yield measure, group, values_of(group, measure)


def _places(group: Group, values: Sequence[Number | None], measure: Measure) -> Iterator[int]:
    sessions = group.numbers["sessionsCount"] if "sessionsCount" in measure.fields else None
    for place, value in enumerate(values):
        if value is None:
            continue
        most = measure.most
        if sessions is not None and (of := sessions[place]) is not None:
            most = of + _ONE_OFF
        if value < 0 or (most is not None and value > most):
            yield place
