"""Percentages with a percent sign, read only where the other figures of their row allow one reading.

`"23.7%"` of 20 sessions is 4.74 of them: no share of whole sessions, so nobody knows what it means. `"15%"` of 20 is three, if
the row says 85 for those without and counts at least three page views and events. Called by `metric_rows`.
"""

import re
from collections.abc import Mapping
from typing import Any

from clarity_pipeline.clarity.measure import Number

_SHARE = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,2})?)%")
_WITH, _WITHOUT = "sessionsWithMetricPercentage", "sessionsWithoutMetricPercentage"
SHARES = (_WITH, _WITHOUT)

_MOST_SESSIONS = 10_000
"""Beyond these two decimals of a percent mean several numbers of sessions."""


def proved(sent: Mapping[str, Any], known: Mapping[str, Number | None]) -> dict[str, float]:
    """The two shares of a friction row by field, where they are sent with a percent sign and proved; empty where they are not.

    `sent` are the values of the row's fields as they came, `known` their numbers.
    """
    sessions, pages, events = (known.get(name) for name in ("sessionsCount", "pagesViews", "subTotal"))
    shares = {name: _share(sent.get(name), known.get(name)) for name in SHARES}
    if None in (sessions, pages, events, *shares.values()) or not 0 < int(sessions or 0) <= _MOST_SESSIONS:
        return {}
    (with_it, _), (without, _) = shares[_WITH] or ("", 0), shares[_WITHOUT] or ("", 0)
    readings = [
        affected
        for affected in range(int(sessions or 0) + 1)
        if _is(with_it, affected, sessions)
        and _is(without, int(sessions or 0) - affected, sessions)
        and affected <= (pages or 0) <= (events or 0)
        and (affected > 0) == ((events or 0) > 0)
    ]
    if len(readings) != 1:
        return {}
    return {name: float(found[0]) for name, found in shares.items() if found is not None and found[1]}


def _share(value: Any, number: Number | None) -> tuple[str, bool] | None:
    """A share as text, and whether it came with a sign."""
    if number is not None:
        return f"{number:.2f}", False
    found = _SHARE.fullmatch(value) if isinstance(value, str) else None
    return (found[1], True) if found else None


def _is(share: str, affected: int, sessions: Number | None) -> bool:
    """Whether that many sessions are this share, to the decimals that it is written with."""
    decimals = len(share.partition(".")[2])
    off = abs(100 * affected / (sessions or 1) - float(share))
    return bool(off <= 0.5 / 10**decimals + 1e-9)
