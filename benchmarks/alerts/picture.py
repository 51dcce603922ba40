"""The report's picture: how often each detector cries wolf, and how soon ours sees a threefold jump."""

from pathlib import Path

import matplotlib

from benchmarks.alerts.measure import Measured
from benchmarks.alerts.naive import DETECTORS
from benchmarks.alerts.ours import NAME
from benchmarks.alerts.sites import SIGNALS, SIZES

_LEAST = 0.02
"""What a logarithmic axis shows for none."""


def draw(measured: Measured, path: Path) -> None:
    """Write the PNG: a row a signal."""
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(len(SIGNALS), 2, figsize=(13, 9), layout="constrained")
    for (alarms, seen), event in zip(axes, SIGNALS, strict=True):
        name = event.replace("_", " ")
        quiet = {row["size"]: row for row in measured.quiet if row["event"] == event}
        for detector in (NAME, *DETECTORS):
            rates = [max(_LEAST, quiet[size]["opened"][detector]) for size in SIZES]
            ours = detector == NAME
            alarms.plot(SIZES, rates, marker="o", linewidth=3 if ours else 1.2, label=detector, color="black" if ours else None)
        alarms.axhline(1, color="grey", linestyle="--")
        alarms.annotate("one a year", (SIZES[0], 1.15), color="grey")
        alarms.set(xscale="log", yscale="log", title=f"{name}: false alarms a site and year, nothing changed")
        alarms.set(xlabel="sessions a day", ylabel=f"incidents opened ({_LEAST:g}: none)")

        rows = [row for row in measured.jumps if row["event"] == event and row["plan"] == "site x3"]
        ours_by_size = {row["size"]: row for row in rows if row["detector"] == NAME}
        for day in (1, 3, 7):
            seen.plot(SIZES, [ours_by_size[size][f"day {day}"] for size in SIZES], marker="o", label=f"ours, by day {day}")
        best = {row["size"]: row for row in measured.best if row["event"] == event}
        ceiling = [best[size]["rate known, 1 days"] for size in SIZES]
        seen.plot(SIZES, ceiling, linestyle=":", color="black", label="best possible on day 1")
        seen.axhline(0.9, color="grey", linestyle="--")
        seen.set(xscale="log", ylim=(0, 1.03), title=f"{name}: a threefold jump of the whole site is seen")
        seen.set(xlabel="sessions a day", ylabel="share of sites")
        seen.legend(fontsize=8, loc="lower right")
        for axis in (alarms, seen):
            axis.set_xticks(SIZES, [f"{size:,}" for size in SIZES])
            axis.grid(alpha=0.3)
    figure.legend(*axes[0][0].get_legend_handles_labels(), loc="outside lower left", ncols=6, fontsize=9)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
