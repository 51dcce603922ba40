"""Which numbers can be, as SQL conditions: one definition for the check, the findings and what sums leave out.

NULL is neither. NaN counts as greater than any number, so it is found too. A friction metric's sessions may be one off
Traffic's in each raw tuple (187 against 188 was captured), hence `rows_merged`. In a lane that was cut each metric kept its own
thousand tuples, so there they are not held against each other.
"""

from clarity_pipeline.clarity.measure import Measure
from clarity_pipeline.clarity.measures import COUNTED, SIGNALS, WEIGHTED
from generate.lines import listed

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
        return f"0 and coalesce(sessions + if(truncated, {measure.column}, rows_merged), {measure.column})"
    return None


def tells(measure: Measure) -> str:
    """Of a count, whether a row tells it; what a cut took is not known to be missing."""
    return f"coalesce({is_possible(measure)}, truncated)"


def sessions_left_out() -> str:
    """By measure that rules may name, the sessions of rows whose number cannot be, or did not come although the lane is whole.

    Of an average without a number its weight says the same.
    """
    entries = listed(
        *(
            f"{{'measure': '{each.column}', 'sessions': sum(sessions) filter ({_does_not_tell(each)})}}"
            for each in (*COUNTED, *WEIGHTED)
        )
    )
    lines = ["nullif(map_from_entries([entry for entry in [", *(f"    {line}" for line in entries)]
    return "\n".join((*lines, "] if entry.sessions > 0]), map {}) as left_out"))


def _does_not_tell(measure: Measure) -> str:
    return is_impossible(measure) if measure.fold == "mean" else f"not {tells(measure)}"
