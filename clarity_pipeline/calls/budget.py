"""Who may spend how many of a project's ten calls of a UTC day: arithmetic over what is spent already, and nothing else.

Asked by `quota` inside the transaction that claims a slot, and by whoever says beforehand what a day's calls are for. The four
daily lanes own one call each until they have made it. Of the other six, two are kept for tests by a person; four go to whoever
asks first among tests, retries, `refetch`, totals and recoveries. Pure: no clock, no database.
"""

from collections.abc import Iterable
from typing import Literal

from clarity_pipeline.clarity.dimensions import DAILY_SLICES

CALLS_A_DAY = 10
"""Clarity's limit a project (`docs/clarity-api.md#quota`)."""

KEPT_FOR_TESTS = 2
"""So that a person who has just pasted a token can verify it, whatever the machine has done that day."""

PORTAL_TESTS_A_DAY = 2
"""A client may not spend what the agency needs."""

Purpose = Literal["sync", "retry", "test", "portal", "refetch", "recovery"]
"""What a call is for. `test` is a person of the agency, `portal` a client; `sync` is a lane of the day, or its totals."""

Spent = tuple[str, str | None]
"""Purpose and slice of a call that is spent; the purpose of one that a 429 tells of is `external`, its slice None."""

_TESTS = {"test", "portal"}


def calls_free(spent: Iterable[Spent], *, purpose: Purpose, slice_name: str) -> int:
    """How many calls of the day this purpose may still take, 0 when none; a lane's own call is one of them."""
    taken = list(spent)
    owed = DAILY_SLICES.keys() - {slice_of for why, slice_of in taken if why == "sync"}
    free = CALLS_A_DAY - len(taken)
    if purpose == "sync" and slice_name in owed:
        return free
    free -= len(owed)
    if purpose == "portal":
        free = min(free, PORTAL_TESTS_A_DAY - sum(why == "portal" for why, _ in taken))
    elif purpose != "test":
        free -= max(0, KEPT_FOR_TESTS - sum(why in _TESTS for why, _ in taken))
    return max(0, free)
