"""The issue's targets, each with the statistic that it is held against, and whether it is reached.

"Within" means: the 95th percentile over the business-days of all sites, in that situation, that are not cut and on which one
session is worth less than the bound (for a count of events: what one session with any of them has). Of the other, smaller days
it is said how many are within one session.
"""

from dataclasses import dataclass

import pandas as pd

from benchmarks.accuracy.errors import resolved
from benchmarks.accuracy.measures import BOUNDS, MEASURES, Kind

PERCENTILE = 0.95
_OF_KIND: dict[Kind, str] = {"count": "%", "points": "points", "time": "%"}
_SITUATIONS = {"aligned": ("aligned",), "recovered": ("recovered 1 day late", "recovered 2 days late")}


@dataclass(frozen=True, slots=True)
class Target:
    """`reached` is None where no day could be measured.

    `small_days` are those on which one session is worth more than the bound, `small_within` the share of them within one session.
    `of_window` is the same percentile against the truth of the 24 hours that the row declares.
    """

    quality: str
    measure: str
    unit: str
    bound: float
    days: int
    ours: float | None
    of_window: float | None
    afternoon: float | None
    afternoon_read_back: float | None
    small_days: int
    small_within: float | None
    reached: bool | None


def targets(said: pd.DataFrame) -> list[Target]:
    """All of section 5 that is about business-days."""
    return [
        _target(said[said["situation"].isin(situations)], quality=quality, measure=measure.name, kind=measure.kind)
        for quality, situations in _SITUATIONS.items()
        for measure in MEASURES
        if measure.kind in BOUNDS[quality] and measure.name != "total_time_ms"
    ]


def _target(said: pd.DataFrame, *, quality: str, measure: str, kind: Kind) -> Target:
    bound = BOUNDS[quality][kind]
    days = said[(said["measure"] == measure) & (said["level"] == "business-day") & said["ours"].notna()]
    large = resolved(days, quality)
    ours = _percentile(days.loc[large, "ours_error"])
    small = days[~large]
    within = None
    if kind == "count" and len(small):
        within = float(((small["ours"] - small["true"]).abs() <= small["one_session"].clip(lower=1)).mean())
    return Target(
        quality=quality,
        measure=measure,
        unit=_OF_KIND[kind],
        bound=bound,
        days=int(large.sum()),
        ours=ours,
        of_window=_percentile(days.loc[large, "window_error"]),
        afternoon=_percentile(days.loc[large, "afternoon_error"]),
        afternoon_read_back=_percentile(days.loc[large, "afternoon_read_back_error"]),
        small_days=len(small),
        small_within=within,
        reached=None if ours is None else ours <= bound,
    )


def _percentile(off: pd.Series) -> float | None:
    found = off.dropna()
    return float(found.quantile(PERCENTILE)) if len(found) else None
