"""Columns of numbers of the longer window minus those of the shorter: what each measure was in the day between.

Counts subtract. An average is the weighted difference: what all sessions of the longer window add up to, less those of the
shorter, for each session that remains. Distinct users are NULL, since nobody says who came on both days. Called by
`difference`, with columns that are joined already; the opposite of `merge`.
"""

from collections.abc import Mapping

from clarity_pipeline.clarity.measure import Measure, Number
from clarity_pipeline.clarity.measures import MEASURES
from clarity_pipeline.normalize.values import Column

ROUNDED_SHARE = 0.0001
"""How far a count made from a share may be off, for each session on either side.

The wire rounds the share to two decimals of a percent: 0.00005 of a tuple's sessions at most, before they are made whole. So
affected sessions are exact below 10,000 sessions and off by less than twice that above. Other counts are sent as they are.
"""

_LARGEST = 2**63 - 1


def subtract(longer: Mapping[str, Column], shorter: Mapping[str, Column]) -> tuple[dict[str, Column], list[list[str]]]:
    """Each measure's column by name, and for each row the names of the counts that went below zero by more than rounding.

    A count below zero is 0. What either side does not say is None, except where no session remains, which means 0 (`columns`).
    """
    weights = list(zip(longer["sessions"], shorter["sessions"], strict=True))
    negative: list[list[str]] = [[] for _ in weights]
    columns: dict[str, Column] = {}
    for measure in MEASURES:
        name = measure.column
        sides = list(zip(longer[name], shorter[name], strict=True))
        if not measure.adds_up:
            columns[name] = [None] * len(sides)
        elif measure.fold == "sum":
            tolerance = ROUNDED_SHARE if "sessionsWithMetricPercentage" in measure.fields else 0
            columns[name] = left = [None if ours is None or theirs is None else ours - theirs for ours, theirs in sides]
            for row, value in enumerate(left):
                if value is not None and value < 0:
                    left[row] = 0
                    if -value > tolerance * sum(sessions or 0 for sessions in weights[row]):
                        negative[row].append(name)
        else:
            means = [_mean(side, weight, _possible(measure)) for side, weight in zip(sides, weights, strict=True)]
            columns[name] = [None if mean is None else round(mean) for mean in means] if measure.whole else means
    for measure in MEASURES:
        if measure.zero_without_sessions:
            columns[measure.column] = [
                0 if value is None and sessions == 0 else value
                for value, sessions in zip(columns[measure.column], columns["sessions"], strict=True)
            ]
    return columns, negative


def _possible(measure: Measure) -> tuple[Number, Number]:
    """Where an average can lie at all: the wire rounds times to seconds, and the difference of two large sums shows it."""
    return measure.least, _LARGEST if measure.most is None else measure.most


def _mean(
    means: tuple[Number | None, Number | None], weights: tuple[Number | None, Number | None], possible: tuple[Number, Number]
) -> Number | None:
    (ours, theirs), (our_weight, their_weight) = means, weights
    if ours is None or our_weight is None or their_weight is None or our_weight <= their_weight:
        return None
    if their_weight == 0:
        return ours  # as sent, to the last digit
    if theirs is None:
        return None
    lowest, highest = possible
    return min(max((ours * our_weight - theirs * their_weight) / (our_weight - their_weight), lowest), highest)
