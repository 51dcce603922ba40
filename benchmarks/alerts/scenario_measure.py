"""Every scenario by size and detector, spread over processes: plain numbers, ready for JSON."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from benchmarks.alerts.jumps import within
from benchmarks.alerts.mixed import DETECTORS, FAULTS, of_pages, power, quiet
from benchmarks.alerts.ours import NAME
from benchmarks.alerts.scenarios import SCENARIOS

Numbers = dict[str, Any]
SIZES = (100, 500, 3_000)
BY_PAGE = ("ordinary", *(name for name in SCENARIOS if name.startswith(("campaign", "launch", "device"))))
"""Scenarios whose pages are tested too: twelve times the work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioExtent:
    """Sites of each scenario and size; sites with a fault; and those whose pages are tested."""

    sites: int = 20
    faults: int = 100
    page_sites: int = 4
    seed: int = 1


@dataclass(slots=True)
class ScenariosMeasured:
    """`alarms` by scenario, size and detector; `power` by fault, size and detector; `pages` by scenario and size."""

    alarms: list[Numbers] = field(default_factory=list)
    power: list[Numbers] = field(default_factory=list)
    pages: list[Numbers] = field(default_factory=list)


def measure_scenarios(extent: ScenarioExtent, *, processes: int = 2) -> ScenariosMeasured:
    """The same numbers whatever `processes` is."""
    found = ScenariosMeasured()
    with ProcessPoolExecutor(processes) as pool:

        def later(work: Callable[..., Any], *which: str, **arguments: Any) -> Callable[[], Any]:
            return pool.submit(work, *which, seed=extent.seed, **arguments).result

        cases = [(name, size) for name in SCENARIOS for size in SIZES]
        alarms = {case: later(quiet, case[0], size=case[1], sites=extent.sites) for case in cases}
        faults = {
            (what, size): later(power, "ordinary", what, size=size, sites=extent.faults) for what in FAULTS for size in SIZES
        }
        pages = {(name, size): later(of_pages, name, size=size, sites=extent.page_sites) for name in BY_PAGE for size in SIZES}
        for (name, size), counted in alarms.items():
            each = counted()
            for detector in DETECTORS:
                found.alarms.append({"scenario": name, "size": size, "detector": detector, "a_year": each.a_year(detector)})
            found.alarms[-len(DETECTORS)]["crowds"] = each.crowds / each.site_years
            found.alarms[-len(DETECTORS)]["ms"] = 1_000 * each.seconds / extent.sites
        for (what, size), seen in faults.items():
            for detector, days in seen().items():
                by_day = {f"day {day}": within(days, day) for day in (1, 3, 7)}
                found.power.append({"fault": what, "size": size, "detector": detector, **by_day})
        found.pages = [{"scenario": name, "size": size, "a_year": told()} for (name, size), told in pages.items()]
    return found


def ours(found: ScenariosMeasured, scenario: str, size: int, detector: str = NAME) -> Numbers:
    """One line of the alarms."""
    wanted = (scenario, size, detector)
    return next(each for each in found.alarms if (each["scenario"], each["size"], each["detector"]) == wanted)
