"""From what was said to errors, and from errors to the lines of the report: n, median, 95th percentile.

Pure arithmetic over the frames of `chronicle`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from benchmarks.accuracy.chronicle import NOTHING, Chronicle
from benchmarks.accuracy.measures import MEASURES, SITE_MEASURES, Kind

METHODS = ("ours", "afternoon", "afternoon_read_back")
LEVELS = ("business-day", "URL-day", "site-day")
SITUATIONS = (
    "aligned",
    "shifted, up to 1 h late",
    "shifted, up to 3 h late",
    "shifted, up to 6 h late",
    "recovered 1 day late",
    "recovered 2 days late",
    "recovered, hours after midnight",
    "cut",
    NOTHING,
)
_KINDS: dict[str, Kind] = {**dict.fromkeys(SITE_MEASURES, "count"), **{measure.name: measure.kind for measure in MEASURES}}


@dataclass(frozen=True, slots=True)
class Line:
    """One cell of the report: `n` values of which there is a number, `none` where nothing is stored."""

    level: str
    situation: str
    measure: str
    method: str
    n: int
    none: int
    median: float | None
    p95: float | None


def errors(chronicles: Sequence[Chronicle]) -> pd.DataFrame:
    """What was said, with the kind of each measure and the error of each method in a column `<method>_error` (NaN: none)."""
    said = pd.concat([chronicle.said for chronicle in chronicles], ignore_index=True)
    said["kind"] = said["measure"].map(_KINDS)
    for method in (*METHODS, "window"):
        stored, true = (said["ours"], said["true_of_window"]) if method == "window" else (said[method], said["true"])
        stored, true = stored.astype(float), true.astype(float)
        relative_to = true.where(said["kind"] != "count", true.clip(lower=1)).where(said["kind"] != "points", 1).replace(0, 1)
        said[f"{method}_error"] = (stored - true).abs() / relative_to
    return said


def lines(said: pd.DataFrame) -> list[Line]:
    """Every level x situation x measure x method that has dates."""
    found = []
    for (level, situation, measure), group in said.groupby(["level", "situation", "measure"], sort=False):
        for method in METHODS:
            off = group[f"{method}_error"].dropna()
            median, p95 = off.quantile([0.5, 0.95]) if len(off) else (None, None)
            found.append(Line(level, situation, measure, method, len(off), len(group) - len(off), median, p95))
    return sorted(found, key=lambda line: (LEVELS.index(line.level), SITUATIONS.index(line.situation)))
