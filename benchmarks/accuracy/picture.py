"""The picture of the report: how far off, by situation, both methods beside each other, on a scale by powers of ten."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle

from benchmarks.accuracy.errors import METHODS, SITUATIONS
from benchmarks.accuracy.measures import BOUNDS, Kind

matplotlib.use("Agg")

_COLOURS = {"ours": "#1f6fb4", "afternoon": "#d1495b", "afternoon_read_back": "#edae9c"}
_NAMES = {"ours": "ours", "afternoon": "afternoon", "afternoon_read_back": "afternoon, read back"}
_PANELS: tuple[tuple[str, Kind, str, float], ...] = (
    ("sessions", "count", "sessions, % off", 100),
    ("scroll_depth", "points", "scroll depth, points off", 1),
    ("engagement_time_ms", "time", "engagement time, % off", 100),
)
_LEAST = 0.005
_BOUND_OF = {
    "aligned": "aligned",
    "recovered 1 day late": "recovered",
    "recovered 2 days late": "recovered",
}


def draw(said: pd.DataFrame, path: Path) -> None:
    """Write the picture; boxes are quartiles, whiskers the 5th and 95th percentile, lines the targets."""
    from matplotlib import pyplot

    situations = [each for each in SITUATIONS if (said["situation"] == each).any()]
    figure, axes = pyplot.subplots(2, len(_PANELS), figsize=(17, 10), sharex=True, layout="constrained")
    for line, level in zip(axes, ("business-day", "URL-day"), strict=True):
        for axis, (measure, kind, title, factor) in zip(line, _PANELS, strict=True):
            of_panel = said[(said["level"] == level) & (said["measure"] == measure)]
            for place, situation in enumerate(situations):
                of_situation = of_panel[of_panel["situation"] == situation]
                _boxes(axis, of_situation, place=place, factor=factor)
                if situation in _BOUND_OF and level == "business-day":
                    bound = BOUNDS[_BOUND_OF[situation]][kind] * factor
                    axis.hlines(bound, place - 0.45, place + 0.45, colors="black", linestyles="dashed", linewidth=1.2)
            axis.set_yscale("log")
            axis.set_ylim(_LEAST * 0.8, None)
            axis.set_title(f"{level}: {title}", fontsize=11)
            axis.set_xticks(range(len(situations)), situations, rotation=35, ha="right", fontsize=9)
            axis.grid(axis="y", alpha=0.3)
    handles: list[Artist] = [Rectangle((0, 0), 1, 1, color=colour) for colour in _COLOURS.values()]
    handles.append(Line2D([0], [0], color="black", linestyle="dashed"))
    figure.legend(
        handles, [*_NAMES.values(), "target, for the 95th percentile of a judged site"], loc="outside upper center", ncols=4
    )
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _boxes(axis: Axes, said: pd.DataFrame, *, place: int, factor: float) -> None:
    for step, method in enumerate(METHODS):
        off = said[f"{method}_error"].dropna()
        if len(off):
            drawn = axis.boxplot(
                [(off * factor).clip(lower=_LEAST)],
                positions=[place + (step - 1) * 0.28],
                widths=0.24,
                whis=(5, 95),
                showfliers=False,
                patch_artist=True,
                manage_ticks=False,
                medianprops={"color": "white"},
            )
            _paint(drawn["boxes"], _COLOURS[method])


def _paint(boxes: Sequence[PathPatch], colour: str) -> None:
    for box in boxes:
        box.set_facecolor(colour)
        box.set_edgecolor(colour)
