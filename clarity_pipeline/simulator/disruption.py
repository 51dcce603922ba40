"""What makes a site's numbers lie for some days, put upon sessions that were drawn: pure, without chance of its own.

`window.py` calls it for each date, so that answers and truth both see what Clarity would have seen. Every other date, and what a
disruption does not touch, stays as it was drawn. How each looks from outside is told by `Disruption` in `site.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType

import numpy as np

from clarity_pipeline.simulator.cutting import joined, kept, pick
from clarity_pipeline.simulator.sessions import BOT, HUMAN, Sessions
from clarity_pipeline.simulator.site import Disruption, DisruptionKind, Site

_FIRST_USER_OF_A_VIEW = 2**62
"""Above every visitor that is drawn, so that nobody is known."""


def disrupted(sessions: Sessions, site: Site, day: date) -> Sessions:
    """The date's sessions as Clarity sees them."""
    for each in site.disruptions:
        if each.holds_on(day):
            sessions = _KINDS[each.kind](sessions, site, each)
    return sessions


def _consent_missing(sessions: Sessions, _site: Site, disruption: Disruption) -> Sessions:
    if disruption.countries:
        names = np.array([name in disruption.countries for name in sessions.values["country"]])
        there = names[sessions.session_codes["country"]]
        return joined([kept(sessions, ~there), _each_view_a_session(kept(sessions, there))])
    return _each_view_a_session(sessions)


def _each_view_a_session(sessions: Sessions) -> Sessions:
    of = sessions.view_session
    views = len(of)
    user = np.where(
        sessions.kind[of] == HUMAN, _FIRST_USER_OF_A_VIEW + sessions.start_us[of] + np.arange(views), sessions.user[of]
    )
    return replace(
        sessions,
        start_us=sessions.start_us[of],
        kind=sessions.kind[of],
        user=user,
        pages=np.ones(views, dtype=np.int64),
        session_codes={name: codes[of] for name, codes in sessions.session_codes.items()},
        view_session=np.arange(views),
    )


def _tag_removed(sessions: Sessions, _site: Site, _disruption: Disruption) -> Sessions:
    return pick(sessions, np.zeros(0, dtype=np.int64))


def _bot_wave(sessions: Sessions, _site: Site, disruption: Disruption) -> Sessions:
    bots = np.flatnonzero(sessions.kind == BOT)
    return pick(sessions, np.concatenate([np.arange(len(sessions.kind)), np.repeat(bots, disruption.bots_times - 1)]))


def _host_change(sessions: Sessions, site: Site, disruption: Disruption) -> Sessions:
    urls = [url and url.replace(site.host, disruption.new_host).replace(site.host.upper(), disruption.new_host.upper())
            for url in sessions.values["url"]]  # fmt: skip
    return replace(sessions, values=sessions.values | {"url": tuple(urls)})


_KINDS: Mapping[DisruptionKind, Callable[[Sessions, Site, Disruption], Sessions]] = MappingProxyType(
    {"consent_missing": _consent_missing, "tag_removed": _tag_removed, "bot_wave": _bot_wave, "host_change": _host_change}
)
