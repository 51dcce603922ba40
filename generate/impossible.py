"""Which numbers can be, as SQL conditions: one definition for the check, the findings and what sums leave out.

NULL is neither. NaN counts as greater than any number, so it is found too. A friction metric's sessions may be one off
Traffic's in each raw tuple (187 against 188 was captured), hence `rows_merged`. In a lane that was cut each metric kept its own
thousand tuples, so there they are not held against each other.
"""

from clarity_pipeline.clarity.measure import Measure
from clarity_pipeline.clarity.measures import SIGNALS

_OF_SESSIONS = {each.sessions for each in SIGNALS}


def is_possible(measure: Measure) -> str:
    """True for a tuple whose number of that measure can be."""
    if (bounds := _bounds(measure)) is not None:
        return f"{measure.column} between {bounds}"
    return f"{measure.column} >= 0" if measure.whole else f"{measure.column} >= 0 and isfinite({measure.column})"


def is_impossible(measure: Measure) -> str:
    """True for a tuple whose number cannot be."""
    if (bounds := _bounds(measure)) is not None:
        return f"{measure.column} not between {bounds}"
    return f"{measure.column} < 0" if measure.whole else f"{measure.column} < 0 or not isfinite({measure.column})"


def _bounds(measure: Measure) -> str | None:
    if measure.most is not None:
        return f"0 and {measure.most}"
    if measure.column in _OF_SESSIONS:
        return f"0 and sessions + if(truncated, {measure.column}, rows_merged)"
    return None
