"""Our test as the night runs it: by what the mix of each day's visits leads one to expect, of the site and of its pages."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from benchmarks.alerts.mixed_sites import DEVICES, PAGES, SOURCES, MixedSite
from benchmarks.alerts.naive import BEFORE, Bools
from benchmarks.alerts.ours import day
from benchmarks.alerts.sites import FIRST
from clarity_pipeline.rules.engine.mix import Cells, Mix
from clarity_pipeline.rules.spike.baseline import Standard
from clarity_pipeline.rules.spike.page_spikes import spikes_among
from clarity_pipeline.rules.spike.spike import Weighed, weigh
from clarity_pipeline.rules.spike.spike_settings import DEFAULT

SIGNAL = "dead_click"
LANES = {"url_device": ("device", DEVICES), "url_source": ("source", SOURCES)}


@dataclass(frozen=True, slots=True)
class ByMix:
    """D days: those that fired, and of these the ones that say all pages moved alike, with other visits than usual."""

    fired: Bools
    crowds: Bools


def mix_of(site: MixedSite) -> Mix:
    """What the warehouse's lanes tell of it."""
    lanes = {}
    for name, (lane, size) in LANES.items():
        visits, hits = (each.reshape(len(each), -1) for each in site.lane(lane))
        urls = [_url(page) for page in range(PAGES) for _ in range(size)]
        lanes[name] = Cells(FIRST, urls, [str(value) for _ in range(PAGES) for value in range(size)], visits, {SIGNAL: hits})
    return Mix(lanes)


def of_the_site(site: MixedSite) -> ByMix:
    """Every day from the 36th on."""
    series, mix = site.series(), mix_of(site)
    found = ByMix(np.zeros(len(series.sessions), dtype=bool), np.zeros(len(series.sessions), dtype=bool))
    past = [day(series, number) for number in range(BEFORE)]
    for number in range(BEFORE, len(found.fired)):
        today = day(series, number)
        weighed = weigh(today, past[-BEFORE:], DEFAULT, standard=_standard(mix, None, today.date))
        outcome = weighed.outcome(DEFAULT.alpha) if isinstance(weighed, Weighed) else weighed.outcome
        found.fired[number] = fired = outcome == "fired"
        if fired:
            first = today.date - timedelta(days=DEFAULT.days_before)
            found.crowds[number] = mix.crowd(SIGNAL, first=first, length=DEFAULT.baseline_days, day=today.date) is not None
        past.append(day(series, number, fired=fired))
    return found


def of_its_pages(site: MixedSite) -> dict[int, Bools]:
    """Every day of every page, false discoveries held over them."""
    mix, pages = mix_of(site), {page: site.page(page) for page in range(PAGES)}
    days = len(site.visits)
    past = {page: [day(series, number) for number in range(BEFORE)] for page, series in pages.items()}
    fired = {page: np.zeros(days, dtype=bool) for page in pages}
    for number in range(BEFORE, days):
        today = {page: (day(series, number), past[page][-BEFORE:]) for page, series in pages.items()}
        on = FIRST + timedelta(days=number)
        standards = {page: told for page in pages if (told := _standard(mix, _url(page), on)) is not None}
        for page, verdict in spikes_among(today, DEFAULT, standards=standards).items():
            fired[page][number] = verdict.outcome == "fired"
            past[page].append(day(pages[page], number, fired=bool(fired[page][number])))
    return fired


def _standard(mix: Mix, page: str | None, on: date) -> Standard | None:
    return mix.standard(SIGNAL, page, first=on - timedelta(days=DEFAULT.days_before), length=DEFAULT.baseline_days, last=on)


def _url(page: int) -> str:
    return f"/{page}"
