"""Everything that is lived, spread over processes: the nights of each site, and the fault days. Called by `__main__`.

A process is started anew rather than forked, since a fork would copy the threads of whoever calls.
"""

import multiprocessing
import sys
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass

from benchmarks.accuracy.chronicle import Chronicle, live
from benchmarks.accuracy.fault_days import Outcome, live_all
from benchmarks.accuracy.ours import scratch
from benchmarks.accuracy.sites import SITES, Measured
from benchmarks.accuracy.stories import LARGEST


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    sites: tuple[Measured, ...]
    nights: int
    fault_days: int
    largest: int


FULL = Size(SITES, nights=60, fault_days=1_000, largest=LARGEST)
QUICK = Size(tuple(each for each in SITES if each.site.sessions_a_day <= 5_000), nights=15, fault_days=40, largest=400)
_FAULT_DAYS_AT_ONCE = 20


def measure(size: Size, *, seed: int, processes: int) -> tuple[list[Chronicle], list[Outcome]]:
    """Everything, the longest first; progress goes to standard error."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        lived: list[Future[Chronicle]] = [
            pool.submit(_chronicle, measured, nights=size.nights, seed=seed) for measured in reversed(size.sites)
        ]
        seeds = [seed * 1_000_000 + number for number in range(size.fault_days)]
        starts = range(0, len(seeds), _FAULT_DAYS_AT_ONCE)
        faulty: list[Future[list[Outcome]]] = [
            pool.submit(_fault_days, seeds[start : start + _FAULT_DAYS_AT_ONCE], largest=size.largest) for start in starts
        ]
        outcomes = [outcome for future in faulty for outcome in future.result()]
        return [future.result() for future in reversed(lived)], outcomes


def _chronicle(measured: Measured, *, nights: int, seed: int) -> Chronicle:
    with scratch() as home:
        return live(measured, home=home, count=nights, seed=seed, progress=progress)


def _fault_days(seeds: list[int], *, largest: int) -> list[Outcome]:
    outcomes = live_all(seeds, largest=largest)
    progress(f"fault days: seeds {seeds[0]} to {seeds[-1]}")
    return outcomes


def progress(text: str) -> None:
    """Say how far it is, on standard error."""
    print(text, file=sys.stderr, flush=True)
