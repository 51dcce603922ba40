"""The issue's targets, each with the statistic that it is held against, site by site.

"Within" means the 95th percentile over a site's business-days in that situation that are not cut. A site is judged where the
bound is worth at least three sessions on its median day: at 400 sessions a day, the five minutes before a call at 00:05 hold 0.6
of a visitor on either side, and whether two or three came decides; no client can be better than that. What is not judged is
reported all the same.
"""

from dataclasses import dataclass

import pandas as pd

from benchmarks.accuracy.measures import BOUNDS, MEASURES, PERCENTILE, Kind

SESSIONS_OF_CHANCE = 3
_UNITS: dict[Kind, str] = {"count": "%", "points": "points", "time": "%"}
_SITUATIONS = {"aligned": ("aligned",), "recovered": ("recovered 1 day late", "recovered 2 days late")}


@dataclass(frozen=True, slots=True)
class Target:
    """One target at one site: 95th percentiles over its `days`, None where no day has a number.

    `of_window` is ours against the truth of the 24 hours that the row declares. `within_one_session` is the share of days that
    are off by one session or less (counts only).
    """

    quality: str
    measure: str
    site: str
    unit: str
    bound: float
    days: int
    judged: bool
    ours: float | None
    of_window: float | None
    afternoon: float | None
    afternoon_read_back: float | None
    within_one_session: float | None

    @property
    def reached(self) -> bool:
        """Whether the site's days are within the bound."""
        return self.ours is not None and self.ours <= self.bound


def targets(said: pd.DataFrame) -> list[Target]:
    """All of section 5 that is about business-days, for each site that has such days."""
    days = said[(said["level"] == "business-day") & said["ours"].notna()]
    found = []
    for quality, situations in _SITUATIONS.items():
        of_quality = days[days["situation"].isin(situations)]
        for measure in MEASURES:
            if measure.kind in _UNITS and measure.name != "total_time_ms":
                of_measure = of_quality[of_quality["measure"] == measure.name]
                for site, of_site in of_measure.groupby("site", sort=False):
                    found.append(_target(of_site, quality=quality, measure=measure.name, kind=measure.kind, site=str(site)))
    return found


def _target(days: pd.DataFrame, *, quality: str, measure: str, kind: Kind, site: str) -> Target:
    one_session = days["one_session"].clip(lower=1)
    size = days["true"] / one_session if kind == "count" else days["visitors"]
    return Target(
        quality=quality,
        measure=measure,
        site=site,
        unit=_UNITS[kind],
        bound=BOUNDS[quality][kind],
        days=len(days),
        judged=bool(size.median() * BOUNDS[quality]["count"] >= SESSIONS_OF_CHANCE),
        ours=_percentile(days["ours_error"]),
        of_window=_percentile(days["window_error"]),
        afternoon=_percentile(days["afternoon_error"]),
        afternoon_read_back=_percentile(days["afternoon_read_back_error"]),
        within_one_session=float(((days["ours"] - days["true"]).abs() <= one_session).mean()) if kind == "count" else None,
    )


def _percentile(off: pd.Series) -> float | None:
    found = off.dropna()
    return float(found.quantile(PERCENTILE)) if len(found) else None
