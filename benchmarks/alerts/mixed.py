"""False alarms and power on sites with pages, devices and sources: ours beside three peers, on the same days.

Called by `scenario_measure`. A false alarm is an incident opened with nothing broken on any page; fired days in a row are one.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from benchmarks.alerts.mixed_sites import LANDING, MixedSite, Plan, draw
from benchmarks.alerts.naive import BEFORE, Bools
from benchmarks.alerts.ours import NAME, answers, incidents
from benchmarks.alerts.ours_by_mix import of_its_pages, of_the_site
from benchmarks.alerts.peers import PEERS
from benchmarks.alerts.quiet import DAYS
from benchmarks.alerts.scenarios import SCENARIOS, fault

BLIND = "ours without the mix"

DETECTORS: dict[str, Callable[[MixedSite], Bools]] = {
    NAME: lambda site: of_the_site(site).fired,
    BLIND: lambda site: answers(site.series()).fired,
    **{name: (lambda site, peer=peer: peer(site.series())) for name, peer in PEERS.items()},
}
FAULTS: dict[str, tuple[float, int | None]] = {
    "site x2": (2.0, None),
    "site x3": (3.0, None),
    "page x3": (3.0, LANDING),
}
"""Factor and page of what is broken from the 60th day on."""

FAULT_DAY = 60


@dataclass(slots=True)
class Counted:
    """Over some site-years of one scenario and size: incidents opened by detector, and processor seconds of ours.

    `crowds` of ours say that all pages moved alike, with other visits than usual.
    """

    site_years: float = 0.0
    opened: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    crowds: int = 0

    def a_year(self, name: str) -> float:
        """Incidents of a detector a site and year."""
        return self.opened[name] / self.site_years if self.site_years else 0.0


def site_year(scenario: str, *, size: int, number: int, seed: int) -> MixedSite:
    """One site of a scenario."""
    rng = _rng(scenario, size=size, number=number, seed=seed)
    of, plan = SCENARIOS[scenario](rng)
    return draw(of, plan, size=size, rng=rng)


def quiet(scenario: str, *, size: int, sites: int, seed: int) -> Counted:
    """Years in which nothing is broken."""
    found = Counted(site_years=sites * (DAYS - BEFORE) / 365)
    for number in range(sites):
        site = site_year(scenario, size=size, number=number, seed=seed)
        started = time.process_time()
        ours = of_the_site(site)
        found.seconds += time.process_time() - started
        found.opened[NAME] += incidents(ours.fired)
        found.crowds += incidents(ours.crowds)
        for name, detector in DETECTORS.items():
            if name != NAME:
                found.opened[name] += incidents(detector(site))
    return found


def of_pages(scenario: str, *, size: int, sites: int, seed: int) -> float:
    """Incidents of all pages together a site and year, with nothing broken."""
    found = [of_its_pages(site_year(scenario, size=size, number=number, seed=seed)) for number in range(sites)]
    return sum(incidents(fired) for pages in found for fired in pages.values()) * 365 / (DAYS - BEFORE) / sites


def power(scenario: str, what: str, *, size: int, sites: int, seed: int) -> dict[str, list[int | None]]:
    """By detector, on which day each site's fault was first seen, within 14; false alarms of those days included."""
    factor, page = FAULTS[what]
    seen: dict[str, list[int | None]] = {name: [] for name in DETECTORS}
    for number in range(sites):
        rng = _rng(scenario, size=size, number=number, seed=seed + 1)
        of, plan = SCENARIOS[scenario](rng)
        rates = (plan.rates * fault(factor=factor, page=page, day=FAULT_DAY))[: FAULT_DAY + 14]
        visits = np.broadcast_to(plan.visits, (DAYS, *plan.visits.shape[1:]))[: FAULT_DAY + 14]
        own = {name: each[: FAULT_DAY + 14] for name, each in plan.own.items()}
        site = draw(of, Plan(visits, rates, own), size=size, rng=rng)
        for name, detector in DETECTORS.items():
            after = np.flatnonzero(detector(site)[FAULT_DAY:])
            seen[name].append(int(after[0]) + 1 if len(after) else None)
    return seen


def _rng(scenario: str, *, size: int, number: int, seed: int) -> np.random.Generator:
    return np.random.default_rng([seed, size, number, list(SCENARIOS).index(scenario)])
