"""What real answers hold beside plain visits, put upon a date from chance of its own: every other visit stays as drawn.

`window.py` calls it. Anchors are pages of their own on the wire (12 of a real site's 60 URLs). Visitors who count as users and
have no session make users exceed sessions in 24 of 132 real answers: of nine in ten Clarity keeps no URL (the `Url: null` row has
1 to 11 % of the users, no session and no bot), the others stand in the rows of ordinary pages (`docs/clarity-api.md#rows`).
"""

import hashlib
from dataclasses import replace
from datetime import date

import numpy as np

from clarity_pipeline.simulator.cutting import joined, pick
from clarity_pipeline.simulator.sessions import HUMAN, NO_SESSION, Sessions
from clarity_pipeline.simulator.site import Site

_JUMPS = 0.15
"""Share of the views of a page with anchors that are seen at one of them."""

_WITHOUT_URL = 0.9

_SPREAD = 0.7
"""How far the share without a session wobbles from date to date (standard deviation over mean)."""


def chance_of(site: Site, day: date, seed: int, what: str) -> np.random.Generator:
    """Chance for one thing of one date, which moves nothing else."""
    project = int.from_bytes(hashlib.sha256(f"{what} {site.project_id}".encode()).digest()[:8])
    return np.random.default_rng([seed, project, day.toordinal()])


def jumped(sessions: Sessions, site: Site, rng: np.random.Generator) -> Sessions:
    """The same sessions, some of their views at an anchor of the page."""
    urls = {url: place for place, url in enumerate(sessions.values["url"])}
    url = sessions.view_codes["url"].copy()
    luck, which = rng.random(len(url)), rng.integers(0, 2**31, len(url))
    for page in site.pages:
        plain = urls.get(f"https://{site.host}{page.path}")
        if not page.anchors or plain is None:
            continue
        at = np.flatnonzero((sessions.view_codes["url"] == plain) & (luck < _JUMPS))
        places = [urls.setdefault(f"https://{site.host}{page.path}#{anchor}", len(urls)) for anchor in page.anchors]
        url[at] = np.array(places)[which[at] % len(places)]
    return replace(sessions, view_codes=sessions.view_codes | {"url": url}, values=sessions.values | {"url": tuple(urls)})


def with_no_session(sessions: Sessions, site: Site, rng: np.random.Generator) -> Sessions:
    """The date's sessions and behind them the visitors who have none."""
    humans = np.flatnonzero(sessions.kind == HUMAN)
    if not site.no_session_share or not len(humans):
        return sessions
    mean = site.no_session_share * len(humans) * rng.gamma(_SPREAD**-2, _SPREAD**2)
    like = pick(sessions, rng.choice(humans, rng.poisson(mean)))
    first = np.cumsum(like.pages) - like.pages
    count = len(like.kind)
    url = np.where(rng.random(count) < _WITHOUT_URL, sessions.values["url"].index(None), like.view_codes["url"][first])
    zeros = np.zeros(count, dtype=np.int64)
    alone = replace(
        like,
        kind=np.full(count, NO_SESSION),
        user=rng.integers(2**61, 2**62, count),
        pages=np.ones(count, dtype=np.int64),
        view_session=np.arange(count),
        view_codes={"url": url, "title": like.view_codes["title"][first]},
        scroll=zeros.astype(float),
        active_s=zeros,
        total_s=zeros,
        events=np.zeros((len(sessions.events), count), dtype=np.int64),
    )
    return joined([sessions, alone])
