"""All measurements of the report, spread over processes: plain numbers, ready for JSON."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from benchmarks.alerts import harsher, weekdays
from benchmarks.alerts.jumps import PLANS, first_days, within
from benchmarks.alerts.naive import DETECTORS
from benchmarks.alerts.ours import NAME
from benchmarks.alerts.power import best_power, best_power_from_baseline
from benchmarks.alerts.quiet import PAGES_ALONE, PAGES_TOGETHER, Alarms, page_jump, quiet_pages, quiet_site, quiet_years
from benchmarks.alerts.sites import SIGNALS, SIZES
from clarity_pipeline.simulator.site import Event

Numbers = dict[str, Any]
BASELINE_DAYS = 28
PAGE_SIZES = (2_000, 20_000)


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured; the full one takes some four minutes on two idle cores, the quick one half a minute."""

    quiet_sites: int = 200
    jump_sites: int = 200
    page_sites: int = 8
    harsh_sites: int = 40
    page_days: int = 400
    page_jump_sites: int = 50
    weekday_sites: int = 60


QUICK = Extent(quiet_sites=12, jump_sites=20, page_sites=2, harsh_sites=3, page_days=100, page_jump_sites=6, weekday_sites=3)


@dataclass(slots=True)
class Measured:
    """`quiet` by signal and size, `jumps` by signal, size, plan and detector, and so on: what the report prints."""

    quiet: list[Numbers] = field(default_factory=list)
    jumps: list[Numbers] = field(default_factory=list)
    best: list[Numbers] = field(default_factory=list)
    pages: list[Numbers] = field(default_factory=list)
    page_jumps: list[Numbers] = field(default_factory=list)
    harsh: list[Numbers] = field(default_factory=list)
    weekdays: list[Numbers] = field(default_factory=list)


def measure(extent: Extent, *, processes: int = 2) -> Measured:
    """Everything; the same numbers whatever `processes` is."""
    measured = Measured()
    with ProcessPoolExecutor(processes) as pool:

        def later(work: Callable[..., Any], **arguments: Any) -> Callable[[], Any]:
            return pool.submit(work, **arguments).result

        cases: list[tuple[Event, int]] = [(event, size) for event in SIGNALS for size in SIZES]
        step = max(1, extent.quiet_sites // 8)
        quiet = {
            case: [
                later(quiet_years, event=case[0], size=case[1], first=first, sites=min(step, extent.quiet_sites - first))
                for first in range(0, extent.quiet_sites, step)
            ]
            for case in cases
        }
        jumps = {
            (*case, plan): later(first_days, plan=plan, event=case[0], size=case[1], sites=extent.jump_sites)
            for case in cases
            for plan in PLANS
        }
        pages = {
            size: [
                later(quiet_pages, event="dead_clicks", size=size, first=first, sites=1, days=extent.page_days)
                for first in range(extent.page_sites)
            ]
            for size in PAGE_SIZES
        }
        page_jumps = {size: later(page_jump, event="dead_clicks", size=size, sites=extent.page_jump_sites) for size in PAGE_SIZES}
        rhythms = {
            (size, rhythm): later(weekdays.compare, event="dead_clicks", size=size, rhythm=rhythm, sites=extent.weekday_sites)
            for size in (400, 2_000)
            for rhythm in weekdays.RHYTHMS
        }

        harsh = {
            (size, kind): later(harsher.false_alarms, kind=kind, event="dead_clicks", size=size, sites=extent.harsh_sites)
            for size in (100, 400, 2_000)
            for kind in harsher.KINDS
        }

        for (event, size), parts in quiet.items():
            measured.quiet.append({"event": event, "size": size, **_quiet(_sum(parts))})
        for (event, size, plan), result in jumps.items():
            for detector, seen in result().items():
                by_day = {f"day {day}": within(seen, day) for day in (1, 3, 7, 14)}
                measured.jumps.append({"event": event, "size": size, "plan": plan, "detector": detector, **by_day})
        for event, size in cases:
            measured.best.append({"event": event, "size": size, **_best(event, size)})
        for size, parts in pages.items():
            alarms = _sum(parts)
            for name in (PAGES_TOGETHER, PAGES_ALONE):
                a_year = {"opened": alarms.a_year(alarms.opened, name), "fired_days": alarms.a_year(alarms.fired_days, name)}
                measured.pages.append({"size": size, "way": name, **a_year})
        measured.page_jumps = [{"size": size, **result()} for size, result in page_jumps.items()]
        measured.harsh = [{"size": size, "kind": kind, "opened": result()} for (size, kind), result in harsh.items()]
        measured.weekdays = [
            {"size": size, "rhythm": rhythm, "way": way, **numbers}
            for (size, rhythm), result in rhythms.items()
            for way, numbers in result().items()
        ]
    return measured


def _sum(parts: list[Callable[[], Any]]) -> Alarms:
    total = Alarms()
    for part in parts:
        total.add(part())
    return total


def _quiet(alarms: Alarms) -> Numbers:
    names = (NAME, *DETECTORS)
    unknown = sum(count for (outcome, _), count in alarms.outcomes.items() if outcome == "unknown")
    looks = sum(count * looks for (_, looks), count in alarms.outcomes.items())
    return {
        "site_years": alarms.days / 365,
        "opened": {name: alarms.a_year(alarms.opened, name) for name in names},
        "fired_days": {name: alarms.a_year(alarms.fired_days, name) for name in names},
        "unknown_share": unknown / alarms.days,
        "looks": looks / alarms.days,
    }


def _best(event: Event, size: int) -> Numbers:
    """What no test can do better for a threefold jump, by window; the normal count is that of the quiet sites."""
    sites = [quiet_site(number, size=size, event=event) for number in range(6)]
    a_day = sum(float(site.signal_sessions.mean()) for site in sites) / len(sites)
    found: Numbers = {"events_a_day": a_day}
    for days in (1, 3, 7):
        found[f"rate known, {days} days"] = best_power(a_day * days)
        few = a_day * days < 60  # beyond, both are 1
        found[f"rate from 28 days, {days} days"] = (
            best_power_from_baseline(a_day * days, windows=BASELINE_DAYS / days) if few else 1.0
        )
    return found
