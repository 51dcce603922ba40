"""What the scenarios came to, as Markdown and as figures with targets."""

from collections.abc import Iterator

from benchmarks.alerts.mixed import DETECTORS, FAULTS
from benchmarks.alerts.ours import NAME
from benchmarks.alerts.scenario_measure import SIZES, ScenarioExtent, ScenariosMeasured, ours
from benchmarks.alerts.scenarios import SCENARIOS
from benchmarks.report import Figure

TARGETS = {
    "ordinary": 0.6,
    "campaign bursts onto one landing page": 0.3,
    "launch days, their audience can be seen": 0.3,
    "device mix walks from 30 to 90 % phones": 0.3,
}
"""False alarms a site and year that a scenario may have; those without one are told as they are."""


def scenario_figures(found: ScenariosMeasured, extent: ScenarioExtent) -> Iterator[Figure]:
    """What must hold, with two standard errors of so few site-years."""
    for scenario in SCENARIOS:
        for size in SIZES:
            told = ours(found, scenario, size)
            target = TARGETS.get(scenario)
            if target is not None:
                target += 2 * (target / extent.sites) ** 0.5
            yield Figure(f"{scenario}, {size:,} a day", told["a_year"], "a year", target, at_least=False)


def scenario_markdown(found: ScenariosMeasured, extent: ScenarioExtent) -> str:
    """Tables: alarms, those of pages, power."""
    sizes = " / ".join(f"{size:,}" for size in SIZES)
    lines = [
        f"# Sites whose visits or rates move with nothing broken ({extent.sites} site-years each, seed {extent.seed})",
        "",
        f"Alarms of dead clicks a site and year at {sizes} sessions a day. A crowd is an alarm that says: all pages alike, with"
        " so many times the visits.",
        "",
        f"| site | {' | '.join(DETECTORS)} | of ours, crowds |",
        f"|{'---|' * (len(DETECTORS) + 2)}",
    ]
    for scenario in SCENARIOS:
        told = [" / ".join(f"{ours(found, scenario, size, name)['a_year']:.1f}" for size in SIZES) for name in DETECTORS]
        crowds = " / ".join(f"{ours(found, scenario, size)['crowds']:.1f}" for size in SIZES)
        lines.append(f"| {scenario} | {' | '.join(told)} | {crowds} |")
    lines += ["", "Alarms of all twelve pages together, ours:", "", "| site | alarms a site and year |", "|---|---|"]
    for scenario in dict.fromkeys(each["scenario"] for each in found.pages):
        told = [f"{each['a_year']:.1f}" for each in found.pages if each["scenario"] == scenario]
        lines.append(f"| {scenario} | {' / '.join(told)} |")
    lines += [
        "",
        "A fault on an ordinary site, seen by day 1 / 3 / 7:",
        "",
        f"| fault, sessions a day | {' | '.join(DETECTORS)} |",
    ]
    lines.append(f"|{'---|' * (len(DETECTORS) + 1)}")
    for what in FAULTS:
        for size in SIZES:
            told = [_seen(found, what, size, name) for name in DETECTORS]
            lines.append(f"| {what}, {size:,} | {' | '.join(told)} |")
    took = max(each["ms"] for each in found.alarms if each["detector"] == NAME)
    lines += ["", f"A site-year of ours took at most {took:.0f} ms of a processor.", ""]
    return "\n".join(lines)


def _seen(found: ScenariosMeasured, what: str, size: int, detector: str) -> str:
    wanted = (what, size, detector)
    each = next(row for row in found.power if (row["fault"], row["size"], row["detector"]) == wanted)
    return " / ".join(f"{each[f'day {day}']:.2f}" for day in (1, 3, 7))
