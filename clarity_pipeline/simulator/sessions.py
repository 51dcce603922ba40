"""The truth: every session of a site on a UTC date, drawn in one vectorised go from (seed, project, date).

`window.py` cuts and caches what `draw_day` gives; `answers.py` and `truth.py` count it. Nothing here knows of metrics, HTTP
or the present: a date's sessions are the same whenever and in whatever order they are asked for, and a planted change
moves no other session, event or date.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from clarity_pipeline.simulator.raw_urls import FORMS, STRAY_URLS, catalogue
from clarity_pipeline.simulator.site import EVENTS, Site

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Label = str | None

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAY_US = 86_400_000_000

HUMAN, BOT, NO_SESSION = 0, 1, 2
"""Kinds of session. NO_SESSION is a user who has no session, mostly without a URL (`docs/clarity-api.md#rows`)."""

_HOURS = (2.0, 1.3, 0.9, 0.7, 0.7, 1.0, 1.8, 3.2, 4.4, 5.0, 5.3, 5.5, 5.6, 5.3, 5.1, 5.1, 5.3, 5.7, 6.3, 7.0, 7.4, 6.8, 5.2, 3.4)
_LONGEST_SESSION = 30
_NO_URL_VISITS = 2


@dataclass(frozen=True, slots=True, eq=False)
class Sessions:
    """Columns of sessions (length S) and of their page views (length V); every session has at least one view.

    `session_codes` and `view_codes` hold, by dimension name, places in `values[name]`. Beside our dimension names there are
    `referrer` and `title`, which only the no-dimension answer shows.
    """

    start_us: Ints
    kind: Ints
    user: Ints
    pages: Ints
    session_codes: dict[str, Ints]
    view_session: Ints
    view_codes: dict[str, Ints]
    scroll: Floats
    active_s: Ints
    total_s: Ints
    events: Ints  # one line an event, in the order of EVENTS
    values: dict[str, tuple[Label, ...]]

    def codes(self, dimension: str) -> Ints:
        """The dimension's code of each page view."""
        if dimension in self.view_codes:
            return self.view_codes[dimension]
        return self.session_codes[dimension][self.view_session]


def draw_day(site: Site, day: date, seed: int) -> Sessions:
    """Draw the sessions that start on a UTC date, strictly inside it, so that windows ending at midnight are that date."""
    project = int.from_bytes(hashlib.sha256(site.project_id.encode()).digest()[:8])
    rng = np.random.default_rng([seed, project, day.toordinal()])
    kind = _kinds(rng, site, day)
    human = kind == HUMAN
    sessions = len(kind)

    start_us = ((day - EPOCH.date()).days * DAY_US) + _instants(rng, sessions)
    platform = _choose(rng, [each.weight for each in site.platforms], sessions)
    arrival = np.where(human, _choose(rng, [each.weight for each in site.arrivals], sessions), _unpaid(site))
    country = _choose(rng, [share for _, share in site.countries], sessions)

    pages = np.where(human, rng.geometric(1 / site.pages_a_session, sessions), 1).clip(1, _LONGEST_SESSION)
    view_session = np.repeat(np.arange(sessions), pages)
    views = len(view_session)
    page = _choose(rng, [each.weight for each in site.pages], views)
    first = np.cumsum(pages) - pages
    _land_on_ads(site, page, first, arrival)
    url, urls = _urls(rng, site, kind=kind, arrival=arrival, page=page, first=first)

    by_human = human[view_session]
    total_s = np.where(by_human, rng.lognormal(np.log(25), 1.0, views).clip(0, 3600), 0).astype(np.int64)
    active_s = (total_s * rng.beta(2.5, 2, views)).astype(np.int64)
    scroll = np.where(by_human, np.rint(7 + 93 * rng.beta(1.6, 1.4, views)), 0)

    dimensions: dict[str, tuple[Ints, Sequence[Label]]] = {
        "device": (platform, [each.device for each in site.platforms]),
        "os": (platform, [each.os for each in site.platforms]),
        "browser": (platform, [each.browser for each in site.platforms]),
        "country": (country, [name for name, _ in site.countries]),
        "source": (arrival, [each.source for each in site.arrivals]),
        "medium": (arrival, [each.medium for each in site.arrivals]),
        "campaign": (arrival, [each.campaign for each in site.arrivals]),
        "channel": (arrival, [each.channel for each in site.arrivals]),
        "referrer": (arrival, [each.referrer for each in site.arrivals]),
    }
    coded = {name: _code(codes, labels) for name, (codes, labels) in dimensions.items()}
    title, titles = _code(page, [each.title for each in site.pages])
    return Sessions(
        start_us=start_us,
        kind=kind,
        user=_users(rng, site, sessions),
        pages=pages,
        session_codes={name: codes for name, (codes, _) in coded.items()},
        view_session=view_session,
        view_codes={"url": url, "title": title},
        scroll=scroll,
        active_s=active_s,
        total_s=total_s,
        events=_events(rng, site, day, page=page) * by_human,
        values={name: values for name, (_, values) in coded.items()} | {"url": urls, "title": titles},
    )


def _kinds(rng: np.random.Generator, site: Site, day: date) -> Ints:
    """How many of each kind come; a site without humans has nobody at all."""
    mean = site.sessions_a_day * site.weekdays[day.weekday()]
    humans = rng.poisson(mean * _wobble(rng, site.sessions_cv))
    bots = rng.poisson(mean * site.bot_share / (1 - site.bot_share) * _wobble(rng, 2 * site.sessions_cv))
    return np.repeat([HUMAN, BOT, NO_SESSION], [humans, bots, _NO_URL_VISITS if mean else 0])


def _wobble(rng: np.random.Generator, cv: float) -> float:
    return float(rng.gamma(cv**-2, cv**2)) if cv else 1.0


def _instants(rng: np.random.Generator, count: int) -> Ints:
    """Microseconds into the date along the hour-of-day curve; neither midnight is ever drawn."""
    share = np.concatenate(([0.0], np.cumsum(_HOURS))) / sum(_HOURS)
    instants: Ints = np.interp(rng.random(count), share, np.arange(25) * (DAY_US / 24)).astype(np.int64)
    return instants.clip(1, DAY_US - 1)


def _choose(rng: np.random.Generator, weights: Sequence[float], count: int) -> Ints:
    edges = np.cumsum(np.asarray(weights, dtype=float))
    drawn: Ints = np.searchsorted(edges / edges[-1], rng.random(count), side="right").clip(0, len(edges) - 1)
    return drawn


def _unpaid(site: Site) -> int:
    """The arrival of whoever is no human: the first one that lands on no ad page."""
    return next((place for place, each in enumerate(site.arrivals) if each.landing is None), 0)


def _users(rng: np.random.Generator, site: Site, count: int) -> Ints:
    """Visitors: a share of sessions belongs to a pool of known ones, the others are seen once in the life of the site."""
    known = rng.integers(0, max(1, round(4 * site.sessions_a_day)), count)
    return np.where(rng.random(count) < site.returning_share, known, rng.integers(2**32, 2**62, count))


def _land_on_ads(site: Site, page: Ints, first: Ints, arrival: Ints) -> None:
    places = {each.path: place for place, each in enumerate(site.pages)}
    landings = np.array([-1 if each.landing is None else places[each.landing] for each in site.arrivals])[arrival]
    page[first[landings >= 0]] = landings[landings >= 0]


def _urls(
    rng: np.random.Generator, site: Site, *, kind: Ints, arrival: Ints, page: Ints, first: Ints
) -> tuple[Ints, tuple[Label, ...]]:
    """The raw URL of each view; those of ad landings are written one by one since nearly each is unique."""
    known = catalogue(site)
    odd = rng.random(len(page)) < site.odd_url_share
    form = np.where(odd, rng.integers(1, len(FORMS), len(page)), 0)
    url = known.codes[page, form]
    stray = rng.integers(1, len(STRAY_URLS), len(kind))
    lost = (kind == BOT) & (rng.random(len(kind)) < 0.04)
    url[first[lost]] = stray[lost]
    url[first[kind == NO_SESSION]] = 0

    tagged = np.array([bool(each.tags or each.click_tags) for each in site.arrivals])
    ads = np.flatnonzero(tagged[arrival] & (kind == HUMAN))
    unique = (rng.random(len(ads)) < site.click_id_share).tolist()
    click_ids = rng.integers(2**48, 2**62, len(ads)).tolist()
    places = {text: place for place, text in enumerate(known.urls)}
    for session, with_id, click_id in zip(ads.tolist(), unique, click_ids, strict=True):
        came = site.arrivals[arrival[session]]
        choices = (with_id and came.click_tags) or came.tags or came.click_tags
        query = choices[click_id % len(choices)].replace("{id}", f"{click_id:016x}")
        address = f"https://{site.host}{site.pages[page[first[session]]].path}?{query}"
        url[first[session]] = places.setdefault(address, len(places))
    return url, tuple(places)


def _events(rng: np.random.Generator, site: Site, day: date, *, page: Ints) -> Ints:
    """Events of each view; all draws are made whatever the rates are, so that a change moves nothing else."""
    events = np.zeros((len(EVENTS), len(page)), dtype=np.int64)
    rates = {rate.event: rate for rate in site.rates}
    for line, event in enumerate(EVENTS):
        wobble, luck = _wobble(rng, site.rates_cv), rng.random(len(page))
        storm_luck, storm = rng.random(len(page)), rng.integers(60, 101, len(page))
        rate = rates.get(event)
        size = rng.geometric(1 / (rate.cluster if rate else 1.0), len(page))
        if rate is not None:
            chance = np.array([_chance(site, day, event=event, path=each.path, rates=dict(each.rates)) for each in site.pages])
            hit = luck < rate.per_view * wobble * chance[page]
            events[line] = hit * (size + (storm_luck < rate.storm) * storm)
    return events


def _chance(site: Site, day: date, *, event: str, path: str, rates: dict[str, float]) -> float:
    factor = rates.get(event, 1.0)
    for change in site.changes:
        if change.event == event and change.page in (None, path) and change.holds_on(day):
            factor *= change.factor
    return factor


def _code(codes: Ints, labels: Sequence[Label]) -> tuple[Ints, tuple[Label, ...]]:
    """Fold equal labels: several arrivals share a source."""
    values = tuple(dict.fromkeys(labels))
    return np.array([values.index(label) for label in labels], dtype=np.int64)[codes], values
