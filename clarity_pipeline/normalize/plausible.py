"""Whether two answers can be a longer and a shorter window at all, asked before one is subtracted from the other.

A proxy, a cache or a change at Clarity may answer 1, 2 and 3 days with the same numbers; their difference would be a date of
zeros that nobody had. So a pair is held against itself and against the dates around, and what fits neither stays lost.
"""

from collections import Counter
from collections.abc import Sequence
from statistics import median

from clarity_pipeline.clarity.answer import Answer
from clarity_pipeline.clarity.gaps import SESSIONS, TRAFFIC
from clarity_pipeline.clarity.measure import Number
from clarity_pipeline.clarity.row_keys import Key
from clarity_pipeline.clarity.wire import METRICS
from clarity_pipeline.errors import ClarityPipelineError

MOST_BELOW_ZERO = 0.1
"""The share of the shorter window's sessions that the longer may lack: what came between the two calls is under 1 % of a date."""

LEAST_BELOW_ZERO = 10
"""Fewer sessions than that are the edges of a small site."""

LEAST_EXPECTED = 30
"""Dates with fewer sessions than that may as well have none."""

FARTHEST = 50
"""How many times fewer, or more, sessions than its neighbours a date may have: a quiet Sunday has a tenth of them."""


class ImplausibleDifference(ClarityPipelineError):
    """The two answers that were to tell a lost date are no longer and shorter window of one site; the date stays lost."""

    reason = "implausible_difference"


def refuse_implausible(minuend: Answer, subtrahend: Answer, *, days: int, neighbours: Sequence[Number] = ()) -> None:
    """Raise `ImplausibleDifference` unless the longer answer minus the shorter, which is of so many `days`, can be a date.

    `neighbours` are the sessions of dates near it, in the same lane. Of a pair that Clarity cut only equality tells anything.
    """
    longer, shorter = _sessions(minuend), _sessions(subtrahend)
    if _has_visits(subtrahend) and _figures(minuend) == _figures(subtrahend):
        raise _implausible(f"Clarity's answers for {days + 1} days and for {days} are equal row by row, so they are no windows")
    if minuend.capped_metrics or subtrahend.capped_metrics or longer is None or shorter is None:
        return
    below = sum(max(count - longer.get(key, 0), 0) for key, count in shorter.items())
    total = sum(shorter.values())
    if below >= LEAST_BELOW_ZERO and below > MOST_BELOW_ZERO * total:
        raise _implausible(
            f"Clarity's answer for {days + 1} days lacks {below:,} of the {total:,} sessions of its answer for {days}"
        )
    rest = sum(longer.values()) - total
    expected = median([*neighbours, total / days])
    if expected >= LEAST_EXPECTED and not expected / FARTHEST <= rest <= expected * FARTHEST:
        raise _implausible(
            f"Clarity's answers for {days + 1} days and for {days} leave {rest:,} sessions for a date whose neighbours have"
            f" {expected:,.0f}"
        )


def _implausible(what: str) -> ImplausibleDifference:
    return ImplausibleDifference(f"{what}; nothing is made of their difference, and the date stays lost")


def _figures(answer: Answer) -> dict[str, Counter[tuple[object, ...]]]:
    """What each metric says of each tuple, in whatever order."""
    return {
        name: Counter(zip(group.keys, *group.numbers.values(), strict=True))
        for name, group in answer.groups.items()
        if name in METRICS and not METRICS[name].listed
    }


def _sessions(answer: Answer) -> Counter[Key] | None:
    """By raw tuple, as Traffic says; None without it."""
    traffic = answer.groups.get(TRAFFIC)
    if traffic is None:
        return None
    found: Counter[Key] = Counter()
    for key, count in zip(traffic.keys, traffic.numbers[SESSIONS], strict=True):
        found[key] += int(count or 0)
    return found


def _has_visits(answer: Answer) -> bool:
    sessions = _sessions(answer)
    return any(answer.row_counts.values()) if sessions is None else any(sessions.values())
