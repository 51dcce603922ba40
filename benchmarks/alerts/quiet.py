"""Years in which nothing changes: how often does each detector cry wolf?"""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from benchmarks.alerts.naive import BEFORE, DETECTORS
from benchmarks.alerts.ours import NAME, answers, incidents, page_answers
from benchmarks.alerts.sites import SHAPES, Series, habits, no_change, page_days, site_days
from clarity_pipeline.rules.spike.spike_verdict import Outcome
from clarity_pipeline.simulator.site import Event

DAYS = 400
"""35 of them are only history, so that what is counted is a year."""


@dataclass(slots=True)
class Alarms:
    """Over some site-years: opened incidents and fired days by detector, the days evaluated, and ours by outcome and looks."""

    sites: int = 0
    days: int = 0
    opened: Counter[str] = field(default_factory=Counter)
    fired_days: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[tuple[Outcome, int]] = field(default_factory=Counter)

    def a_year(self, counted: Counter[str], name: str) -> float:
        """By site and year."""
        return counted[name] / self.days * 365

    def add(self, other: "Alarms") -> None:
        """Take in another's site-years."""
        self.sites += other.sites
        self.days += other.days
        self.opened.update(other.opened)
        self.fired_days.update(other.fired_days)
        self.outcomes.update(other.outcomes)


def quiet_site(number: int, *, size: float, event: Event, days: int = DAYS) -> Series:
    """The days of one of the sites; a third each are shaped like the large shop, the company and the small trade."""
    of = habits(list(SHAPES)[number % len(SHAPES)])
    rng = np.random.default_rng([2026, int(size), len(event), number])
    return site_days(of, size=size, event=event, factors=no_change(days, len(of.visits)), rng=rng)


def quiet_years(*, size: float, event: Event, first: int, sites: int, days: int = DAYS) -> Alarms:
    """The sites from number `first` on."""
    alarms = Alarms(sites=sites, days=sites * (days - BEFORE))
    for number in range(first, first + sites):
        series = quiet_site(number, size=size, event=event, days=days)
        ours = answers(series)
        alarms.outcomes.update(ours.outcomes)
        for name, fired in {NAME: ours.fired, **{name: detector(series) for name, detector in DETECTORS.items()}}.items():
            alarms.opened[name] += incidents(fired)
            alarms.fired_days[name] += int(fired.sum())
    return alarms


PAGES_TOGETHER, PAGES_ALONE = "50 pages, Benjamini-Hochberg", "50 pages, each by itself"


def quiet_pages(*, size: float, event: Event, first: int, sites: int, days: int = DAYS) -> Alarms:
    """Fifty pages of a site: incidents of all its pages are added, since each would be an alert."""
    of = habits("fifty_pages")
    alarms = Alarms(sites=sites, days=sites * (days - BEFORE))
    for number in range(first, first + sites):
        rng = np.random.default_rng([2027, int(size), len(event), number])
        series = page_days(of, size=size, event=event, factors=no_change(days, len(of.visits)), rng=rng)
        pages = {page.path: each for page, each in zip(of.site.pages, series, strict=True)}
        for name, together in ((PAGES_TOGETHER, True), (PAGES_ALONE, False)):
            fired = page_answers(pages, together=together).values()
            alarms.opened[name] += sum(incidents(each) for each in fired)
            alarms.fired_days[name] += sum(int(each.sum()) for each in fired)
    return alarms


def page_jump(*, size: float, event: Event, sites: int, factor: float = 3.0, days: int = 7) -> dict[str, float]:
    """Share of sites whose busiest page's jump is seen by day 1, 3 and 7: among fifty pages, and in the whole site's numbers."""
    of = habits("fifty_pages")
    factors = no_change(BEFORE + days, len(of.visits))
    factors[BEFORE:, of.busiest] = factor
    first: dict[str, list[int]] = {"page, among 50": [], "whole site": []}
    for number in range(sites):
        seed = [2028, int(size), len(event), number]
        series = page_days(of, size=size, event=event, factors=factors, rng=np.random.default_rng(seed))
        pages = {page.path: each for page, each in zip(of.site.pages, series, strict=True)}
        whole = site_days(of, size=size, event=event, factors=factors, rng=np.random.default_rng(seed))
        fired = {"page, among 50": page_answers(pages)[of.site.pages[of.busiest].path], "whole site": answers(whole).fired}
        for name, each in fired.items():
            first[name].append(int(np.argmax(each[BEFORE:])) + 1 if each[BEFORE:].any() else days + 1)
    return {f"{name}, by day {day}": sum(one <= day for one in ones) / sites for name, ones in first.items() for day in (1, 3, 7)}
