"""When an alert of a leaf is over: its value is clearly back, below a lower level than the one it fired at, for enough days.

A value that hovers around its limit would open and end an alert each week: a limit at 1.1 times the mean opens 17 a year, one
over single days 78 (`benchmarks.openings`, which ends each case the old way too). So what fired goes on until the value is past
the ending level (`ends_at`, else the one that is worked out here), and has been so for as many days with an answer in a row
(`resolve_after_days` of the rule, else the most that any of its leaves asks for). Used by `kinds`.
"""

from clarity_pipeline.rules.language.leaves import Change, Operator, SinceChange, Spike, Threshold
from clarity_pipeline.rules.language.metric import metric_of

CALM_DAYS = 3
"""One calm day is chance on a site that is small, or whose rate wobbles."""

MOST_CALM_DAYS = 7
"""A week: one whose rate has a weekly rhythm is below its limit on each Sunday."""

SHARE_OF_LIMIT = 0.15
"""How far behind a limit an alert of it ends: `benchmarks.openings` tried a tenth to a fifth, and three to ten days."""

_RISING: frozenset[Operator] = frozenset({"above", "at_least"})


def threshold_ends_at(leaf: Threshold) -> float | None:
    """In the metric's unit, some way of the limit behind it; None for what is yes or no."""
    if metric_of(leaf.metric).kind == "flag":
        return None
    back = SHARE_OF_LIMIT * abs(leaf.value)
    return _given_or(leaf.ends_at, leaf.value - back if leaf.operator in _RISING else leaf.value + back)


def change_ends_at(leaf: Change) -> float:
    """A ratio to normal, half of the way back to 1; the leaf's own where that is no way back."""
    half = (1 + leaf.ratio) / 2
    return _given_or(leaf.ends_at, min(leaf.ratio, half) if leaf.operator in _RISING else max(leaf.ratio, half))


def tested_ends_at(leaf: Spike | SinceChange) -> float:
    """A ratio to normal, half of the way from the smallest that matters back to 1."""
    return _given_or(leaf.ends_at, (1 + leaf.ratio_floor) / 2)


def calm_days(window_days: int) -> int:
    """A whole window that holds no day of the trouble, up to a week."""
    return max(CALM_DAYS, min(MOST_CALM_DAYS, window_days))


def still_beyond(value: float, level: float, operator: Operator) -> bool:
    """Whether a value has not come back past the level yet."""
    return value > level if operator in _RISING else value < level


def _given_or(given: float | None, worked_out: float) -> float:
    return worked_out if given is None else given
