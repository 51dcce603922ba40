"""How often lost consent is told of a country where nothing happens, and on which day it is told where it happens.

Sites of forty countries, the n-th with a share of 1/n, of 60 visits a day: most countries have one visit or less, where chance is
largest. Visitors see eight pages; the lane counts a visit on each page that it saw. Three kinds of visitors: pages are
geometric; six in ten leave at once; two in a hundred read up to two hundred pages. What is measured are the two steps of
production, the wide one of `sql/statements/regime_countries.sql` (made anew here) and `trust.lost_consent`.
"""

from datetime import date, timedelta
from math import log

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Figure, arguments, finish
from clarity_pipeline.day.regimes import PERHAPS_LEFT
from clarity_pipeline.trust.lost_consent import CHANCE, CountryDay, lost_consent
from clarity_pipeline.trust.regime import LEAST_NORMAL_DAYS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

START = date(2026, 1, 1)
DAYS, PAGES, COUNTRIES, VISITS = 365, 8, 40, 60.0
KINDS = ("geometric", "most leave at once", "a few read everything")
LATE, ON = 28, 14
"""Consent is lost on the 29th day, for so many days."""


def pages_of(rng: np.random.Generator, visits: int, kind: str) -> Ints:
    """How many page views each visit has."""
    pages: Ints = rng.geometric(1 / 2.8, visits)
    if kind == "most leave at once":
        pages = np.where(rng.random(visits) < 0.6, 1, 1 + rng.geometric(0.4 / 1.8, visits))
    if kind == "a few read everything":
        pages = np.where(rng.random(visits) < 0.02, rng.integers(20, 200, visits), pages)
    return pages


def days_of(rng: np.random.Generator, number: Ints, kind: str, *, lost: slice = slice(0)) -> Floats:
    """Of consecutive days with so many visits: sessions of the lane, surplus, and both beside the busiest page, as (days, 4)."""
    pages = pages_of(rng, int(number.sum()), kind)
    day = np.repeat(np.arange(len(number)), number)
    without = np.zeros(len(number), dtype=bool)
    without[lost] = True
    views_alone = without[day]
    pages, day = (
        np.concatenate([pages[~views_alone], np.ones(int(pages[views_alone].sum()), dtype=np.int64)]),
        np.concatenate([day[~views_alone], np.repeat(day[views_alone], pages[views_alone])]),
    )
    popular = 1 / np.arange(1, PAGES + 1)
    owner = np.repeat(np.arange(len(pages)), pages)
    page = np.searchsorted(np.cumsum(popular) / popular.sum(), rng.random(len(owner)))
    pairs = np.unique(owner * PAGES + page)
    visit, place = pairs // PAGES, pairs % PAGES
    key = day[visit] * PAGES + place
    size = len(number) * PAGES
    sessions = np.bincount(key, minlength=size).reshape(-1, PAGES)
    surplus = np.bincount(key, weights=pages[visit] - 1.0, minlength=size).reshape(-1, PAGES)
    rows, busiest = np.arange(len(number)), sessions.argmax(axis=1)
    whole, whole_surplus = sessions.sum(axis=1), surplus.sum(axis=1)
    return np.stack(
        [whole, whole_surplus, whole - sessions[rows, busiest], whole_surplus - surplus[rows, busiest]], axis=1
    ).astype(float)


def may_be(history: Floats) -> bool:
    """The wide first step, of one country's days."""
    there = np.flatnonzero(history[:, 0])
    sessions, surplus = history[there, 0], history[there, 1]
    first = np.searchsorted(there, there - 27)
    total, beyond = (np.concatenate([[0.0], np.cumsum(each)]) for each in (sessions, surplus))
    upto = np.arange(1, len(there) + 1)
    known = upto - first >= LEAST_NORMAL_DAYS
    if not known.any():
        return False
    usual = float(((beyond[upto] - beyond[first]) / (total[upto] - total[first]))[known].max())
    without = surplus <= PERHAPS_LEFT * sessions * usual
    days = int((~without).sum())
    mean = float(surplus[~without].sum() / sessions[~without].sum())
    spread = max(1 + mean, float((((surplus - mean * sessions) ** 2 / (mean * sessions))[~without]).sum()) / max(days - 1, 1))
    run = np.cumsum(~without)
    seen, left = np.bincount(run, weights=sessions * without), np.bincount(run, weights=surplus * without)
    size = mean * seen / (spread - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        above = np.where(left > 0, left * np.log(left / (mean * seen)), 0.0)
        evidence = above - (left + size) * np.log((left + size) / (mean * seen + size))
    return bool((evidence[seen > 0] >= -log(CHANCE)).any())


def as_days(history: Floats) -> list[CountryDay]:
    """As the second step takes them."""
    return [
        CountryDay(START + timedelta(days=number), int(row[0]), float(row[1]), int(row[2]), float(row[3]))
        for number, row in enumerate(history)
    ]


def false_events(rng: np.random.Generator, *, site_years: int, kind: str) -> tuple[int, int]:
    """Events of countries where nothing happens, and how many country-years passed the first step."""
    shares = 1 / np.arange(1, COUNTRIES + 1)
    events = passed = 0
    for _ in range(site_years):
        busy = rng.gamma(100, 1 / 100, DAYS)
        for share in VISITS * shares / shares.sum():
            history = days_of(rng, rng.poisson(share * busy), kind)
            if may_be(history):
                passed += 1
                events += len(lost_consent("X", as_days(history)))
    return events, passed


def told_by(rng: np.random.Generator, *, visits: float, kind: str, times: int, days: int) -> float:
    """Share of the countries of so many visits a day whose loss is told by the `days`-th day of it."""
    found = 0
    for _ in range(times):
        history = days_of(rng, rng.poisson(visits, LATE + days), kind, lost=slice(LATE, LATE + days))
        found += may_be(history) and bool(lost_consent("X", as_days(history)))
    return found / times


if __name__ == "__main__":
    parser = arguments(__doc__)
    parser.add_argument("--site-years", type=int, default=100, metavar="N", help="of each kind of visitors")
    parser.add_argument("--times", type=int, default=100, metavar="N", help="countries of each size that lose consent")
    parser.add_argument("--seed", type=int, default=20261130, metavar="N")
    given = parser.parse_args()
    chance = np.random.default_rng(given.seed)
    figures = []
    total = 0
    for each in KINDS:
        events, passed = false_events(chance, site_years=given.site_years, kind=each)
        total += events
        figures.append(Figure(f"country-years looked at day by day, {each}", passed / given.site_years, "a year"))
    rate = 1000 * total / (len(KINDS) * given.site_years)
    figures.append(Figure("false events in 1,000 site-years of 40 countries", rate, "events", 1.0, at_least=False))
    for visits in (3.0, 10.0, 30.0, 100.0):
        for days in (1, 3, 7, ON):
            told = told_by(chance, visits=visits, kind=KINDS[0], times=given.times, days=days)
            figures.append(Figure(f"told by day {days} of the loss, {visits:g} visits a day", told, "share"))
    finish(figures, as_json=given.json)
