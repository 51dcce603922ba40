"""Any stretch of time over a site's sessions, and the cache that makes repeated questions cheap.

`SessionLog` is what the answers and the server ask. A session belongs to a window by the instant at which it starts, whole:
its page views and events count there even when they happen after the window's end. Clarity's own rule is not published;
this one makes adjacent windows disjoint, so that a date is the sum of its parts.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import numpy as np

from clarity_pipeline.simulator.disruption import disrupted
from clarity_pipeline.simulator.sessions import EPOCH, MICROSECOND, Bools, Label, Sessions, draw_day
from clarity_pipeline.simulator.site import Site

_DAYS_KEPT = 5
_WINDOWS_KEPT = 2
"""A window of three days touches four dates; a date of 40,000 sessions takes 14 MB."""


class SessionLog:
    """The sessions of one site, drawn date by date when they are first asked for; safe to share between threads."""

    def __init__(self, site: Site, seed: int) -> None:
        self.site = site
        self.seed = seed
        self.day = lru_cache(_DAYS_KEPT)(self._day)
        self.window = lru_cache(_WINDOWS_KEPT)(self._window)

    def _day(self, day: date) -> Sessions:
        return disrupted(draw_day(self.site, day, self.seed), self.site, day)

    def _window(self, end: datetime, num_of_days: int) -> Sessions:
        """Sessions that start in `(end - num_of_days x 24 h, end]`; `end` is aware."""
        start = end - timedelta(days=num_of_days)
        first, last = start.astimezone(UTC).date(), end.astimezone(UTC).date()
        days = [self.day(first + timedelta(days=place)) for place in range((last - first).days + 1)]
        low, high = (start - EPOCH) // MICROSECOND, (end - EPOCH) // MICROSECOND
        return _join([_keep(each, (low < each.start_us) & (each.start_us <= high)) for each in days])


def _keep(sessions: Sessions, kept: Bools) -> Sessions:
    if kept.all():
        return sessions
    views = kept[sessions.view_session]
    places = np.cumsum(kept) - 1
    return Sessions(
        start_us=sessions.start_us[kept],
        kind=sessions.kind[kept],
        user=sessions.user[kept],
        pages=sessions.pages[kept],
        session_codes={name: codes[kept] for name, codes in sessions.session_codes.items()},
        view_session=places[sessions.view_session[views]],
        view_codes={name: codes[views] for name, codes in sessions.view_codes.items()},
        scroll=sessions.scroll[views],
        active_s=sessions.active_s[views],
        total_s=sessions.total_s[views],
        events=sessions.events[:, views],
        values=sessions.values,
    )


def _join(parts: Sequence[Sessions]) -> Sessions:
    """Put dates behind one another; only their URLs are coded differently, so only those are coded anew."""
    urls: dict[Label, int] = {}
    recoded = []
    for part in parts:
        new = np.array([urls.setdefault(url, len(urls)) for url in part.values["url"]], dtype=np.int64)
        recoded.append(new[part.view_codes["url"]])
    offsets = np.cumsum([0, *(len(part.kind) for part in parts)])
    return Sessions(
        start_us=np.concatenate([part.start_us for part in parts]),
        kind=np.concatenate([part.kind for part in parts]),
        user=np.concatenate([part.user for part in parts]),
        pages=np.concatenate([part.pages for part in parts]),
        session_codes={name: np.concatenate([part.session_codes[name] for part in parts]) for name in parts[0].session_codes},
        view_session=np.concatenate([part.view_session + offset for part, offset in zip(parts, offsets, strict=False)]),
        view_codes={
            "url": np.concatenate(recoded),
            "title": np.concatenate([part.view_codes["title"] for part in parts]),
        },
        scroll=np.concatenate([part.scroll for part in parts]),
        active_s=np.concatenate([part.active_s for part in parts]),
        total_s=np.concatenate([part.total_s for part in parts]),
        events=np.concatenate([part.events for part in parts], axis=1),
        values=parts[0].values | {"url": tuple(urls)},
    )
